"""`ambassador demo`: what it prints works, edits are live, nothing stays."""

import json
import re
import shlex
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

from gateway_process import ANY_PORTS, Gateway, alive, descendants, started, until


def printed_curls(gateway: Gateway) -> list[list[str]]:
    return [shlex.split(line, comments=True) for line in gateway.lines if line.startswith("  curl ")]


def backend(command: list[str]) -> str:
    done = subprocess.run([*command, "--silent", "--fail"], capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["backend"])


def test_given_the_demo_then_its_curl_lines_work_and_the_page_opens(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    with started(tmp_path, "demo", f"--samples={samples}", *ANY_PORTS) as gateway:
        until(lambda: any("Ctrl-C" in line for line in gateway.lines) or gateway.process.poll() is not None, 60)
        quote, shop, beta = printed_curls(gateway)
        assert (backend(quote), backend(beta)) == ("quote", "shop-beta")
        shares = Counter(backend(shop) for _ in range(100))
        assert set(shares) == {"shop", "shop-canary"}
        # One in five; outside of 5 to 40 of 100 once in ten thousand runs.
        assert 5 <= shares["shop-canary"] <= 40

        (page,) = re.findall(r"http://\S+/diag/$", "\n".join(gateway.lines), re.MULTILINE)
        with urllib.request.urlopen(page, timeout=10) as answer:
            assert answer.status == 200

        edited = (samples / "quote.yaml").read_text().replace("service: quote", "service: shop-beta")
        (samples / "quote.yaml").write_text(edited)
        until(lambda: backend(quote) == "shop-beta", 10)

        below = descendants(gateway.process.pid)
        assert gateway.stop() == 0
        assert not any(alive(pid) for pid in below)
    assert (samples / "quote.yaml").read_text() == edited


def test_given_a_taken_port_then_the_demo_says_which_flag_to_use(tmp_path: Path) -> None:
    with started(tmp_path, "demo", f"--samples={tmp_path / 'samples'}", *ANY_PORTS) as first:
        until(lambda: first.ready_line() or first.process.poll() is not None, 60)
        port = re.findall(r"http://127.0.0.1:(\d+)", first.ready_line())[0]
        (tmp_path / "second").mkdir()
        arguments = [f"--samples={tmp_path / 'other'}", *ANY_PORTS, f"--http-port={port}"]
        with started(tmp_path / "second", "demo", *arguments) as second:
            assert second.process.wait(20) == 1
            (line,) = second.errors.read_text().splitlines()
    assert line == f"ambassador: port {port} is taken: choose another with --http-port, or 0 for any free one"
