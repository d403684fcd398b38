"""`ambassador explain` on the sample manifests, as it is typed: no instance runs."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]


def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ambassador", "explain", *arguments]
    return subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=60)


def on_samples(*arguments: str) -> subprocess.CompletedProcess[str]:
    return explain(*arguments, "--config", "examples/demo")


def test_given_a_url_then_the_route_its_line_and_every_other_route_are_told() -> None:
    done = on_samples("http://127.0.0.1:8080/quote/x")
    assert (done.returncode, done.stderr) == (0, "")
    summary = " ".join(done.stdout.partition("\n\n")[0].split())
    assert "goes to quote" in summary
    assert "mapping/default/quote" in summary
    stations = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(("●", "◆"))]
    assert stations == ["listener", "host", "route", "backend"]
    assert "path: /quote/x → /x" in done.stdout
    candidates = done.stdout.partition("in the order in which they are asked")[2]
    for name in ("quote", "shop-beta", "shop-canary", "shop", "docs"):
        assert f"mapping/default/{name}" in candidates
    line = (HOME / "examples/demo/quote.yaml").read_text().splitlines().index("  prefix: /quote/") + 1
    assert f"examples/demo/quote.yaml:{line}  spec.prefix" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_given_a_curl_line_then_its_header_decides_and_what_is_not_used_is_noted() -> None:
    line = "curl -sSk -x proxy:3128 -H 'x-beta: yes' \\\n  http://127.0.0.1:8080/shop/"
    done = on_samples(line, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["winner"]["route"]) == ("forward", "mapping/default/shop-beta")
    assert ["x-beta", "yes"] in answer["request"]["headers"]
    assert answer["notes"] == ["-x is ignored"]
    assert answer["curl"] == "curl -H 'x-beta: yes' http://127.0.0.1:8080/shop/"


def test_given_a_canary_then_the_winner_and_its_alternatives_share_all_requests() -> None:
    answer = json.loads(on_samples("http://127.0.0.1:8080/shop/", "--format", "json").stdout)
    shares = {one["route"]: one["share"] for one in (answer["winner"], *answer["alternatives"])}
    assert shares == {"mapping/default/shop": 80, "mapping/default/shop-canary": 20}


def test_given_a_path_that_no_route_takes_then_404_is_an_answer_too() -> None:
    done = on_samples("http://127.0.0.1:8080/nowhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert "404" in done.stdout.partition("\n\n")[0]


@pytest.mark.parametrize("question", ["http://127.0.0.1/a b", "http://", "curl -H 'x: y'", "curl 'http://h"])
def test_given_what_is_no_request_then_one_line_and_exit_code_2(question: str) -> None:
    done = on_samples(question)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("ambassador: the ")


@pytest.mark.parametrize("form", ["text", "json"])
def test_given_credentials_that_decide_a_match_then_they_are_shown_nowhere(form: str, tmp_path: Path) -> None:
    (tmp_path / "private.yaml").write_text(
        """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: private}
spec: {hostname: "*", prefix: /, service: private, headers: {authorization: Basic other}}
"""
    )
    done = explain("http://me:s3cret-word@h:8080/", "--config", str(tmp_path), "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The header authorization is [redacted], not [redacted]" in done.stdout
    assert "s3cret-word" not in done.stdout
    assert base64.b64encode(b"me:s3cret-word").decode() not in done.stdout
