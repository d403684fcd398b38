"""What becomes of the figures of `make bench`: kept, compared, plotted."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import compare, docs, plots
from tests.bench.kept import Run, as_markdown, read, write
from tests.bench.parts import ALL_PARTS
from tests.bench.report import Figure, Point
from tests.bench.svg import Line, plot

NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}
EDIT = plots.PLOTS["edit-prefix.svg"]


def figure(line: str, n: int, value: float, floor: float | None = None) -> Figure:
    return Figure("edit", f"{n} {line}", value, "ms", floor=floor, samples=(value,), point=Point(EDIT.name, line, n))


def test_given_figures_when_they_are_written_and_read_then_they_are_the_same(tmp_path: Path) -> None:
    runs = {"edit": Run({"time": "now"}, (figure("product", 10, 4.0, 2.0), Figure("cpu", "x", 1.0, "ms", 3.0)))}
    write(tmp_path / "build" / "bench.json", runs)
    assert read(tmp_path / "build" / "bench.json") == runs


def test_given_a_file_of_another_form_or_none_when_it_is_read_then_there_are_no_figures(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text('{"about": {}, "figures": []}')
    assert read(tmp_path / "old.json") == {}
    assert read(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    ("value", "least", "verdict"), [(0.9, True, "ok"), (0.89, True, "MISS"), (0.91, False, "MISS")]
)
def test_given_a_limit_when_a_figure_is_on_its_wrong_side_then_it_is_missed(
    value: float, least: bool, verdict: str
) -> None:
    assert Figure("rate", "x", value, "x", 0.9, least=least).verdict == verdict


def test_given_runs_when_they_become_markdown_then_each_part_has_its_command_and_its_table() -> None:
    about = dict.fromkeys(("cores", "processor", "system", "python", "envoy", "load"), "1") | {"time": "2026-11-23T10"}
    run = Run(about | {"command": "make it so"}, (figure("product", 10, 4.0, 2.0),))
    text = as_markdown({"edit": run}, {"edit": "Edits"})
    assert text.splitlines() == [
        "### Edits",
        "`make it so`",
        "",
        "1 cores 1, Linux 1, Python 1, Envoy 1, 2026-11-23, load before the run 1.",
        "",
        "| what | figure | floor | ratio | limit | verdict | note |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| 10 product | 4 ms | 2 | 2.00 |  |  |  |",
        "",
    ]


def test_given_two_versions_when_they_are_compared_then_medians_ratios_and_pairs_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    key, only = ("edit", "x"), ("edit", "y")
    base = [{key: (10.0, "ms")}, {key: (20.0, "ms")}, {key: (12.0, "ms"), only: (1.0, "ms")}]
    this = [{key: (6.0, "ms")}, {key: (8.0, "ms")}, {key: (3.0, "ms")}]
    compare.show(base, this, "main")
    lines = capsys.readouterr().out.splitlines()
    assert "| edit | x | 12 ms | 6 ms | 0.50 | 0.25 to 0.60 |" in lines
    assert lines[-1] == "only in some runs: edit: y"


def test_given_figures_when_they_are_plotted_then_the_floor_is_what_the_product_was_compared_with() -> None:
    figures = [figure("product", 10, 4.0, 2.0), figure("product", 1000, 9.0, 6.0), figure("list", 10, 2.5)]
    assert plots.lines_of(EDIT, figures) == [
        Line("Ambassador", [(10, 4.0), (1000, 9.0)]),
        Line("one list a host", [(10, 2.5)]),
        Line("floor", [(10, 2.0), (1000, 6.0)]),
    ]


def test_given_lines_when_they_are_plotted_then_equal_factors_are_equal_distances_in_well_formed_svg() -> None:
    text = plot("a < b", "routes", "ms", [Line("one & all", [(10, 1), (100, 10), (1000, 100)])])
    image = ElementTree.fromstring(text)
    places = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in image.findall("svg:circle", NAMESPACE)]
    (x0, y0), (x1, y1), (x2, y2) = places
    assert (x1 - x0, y0 - y1) == pytest.approx((x2 - x1, y1 - y2), abs=0.2)
    assert x1 > x0 and y1 < y0
    assert [one.text for one in image.findall("svg:title", NAMESPACE)] == ["a < b"]
    assert "prefers-color-scheme: dark" in text


def test_given_too_few_figures_when_plots_are_made_then_it_says_what_to_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = {"edit": Run({}, (figure("product", 10, 4.0, 2.0), figure("product", 1000, 9.0, 6.0)))}
    write(tmp_path / "bench.json", runs)
    monkeypatch.setattr("sys.argv", ["plots", "--json", str(tmp_path / "bench.json"), "--to", str(tmp_path / "plots")])
    assert plots.main() == 0
    assert [one.name for one in (tmp_path / "plots").iterdir()] == ["edit-prefix.svg"]
    assert "rate.svg: " in capsys.readouterr().out


def test_given_a_page_with_marks_when_figures_are_filled_in_then_only_measured_blocks_change() -> None:
    page = "a\n<!-- figures: edit -->\nold\n<!-- /figures -->\nb\n<!-- figures: rate -->\nkept\n<!-- /figures -->\n"
    list_, cpu = figure("list", 10, 2.5), figure("cpu", 10, 1.5)
    filled = docs.filled(page, {"edit": Run({}, (figure("product", 10, 4.0, 2.0), list_, cpu))})
    assert "old" not in filled
    assert "| 10 | prefix edited | 4 | 2 | 2.50 | 2.00 |  |  | 1.50 |" in filled.splitlines()
    assert filled.endswith("b\n<!-- figures: rate -->\nkept\n<!-- /figures -->\n")


def test_the_page_has_a_block_for_every_part() -> None:
    page = docs.PAGE.read_text()
    assert [name for name in ALL_PARTS if f"<!-- figures: {name} -->" not in page] == []
    assert page.count("<!-- figures: ") == page.count("<!-- /figures -->") == len(ALL_PARTS)
