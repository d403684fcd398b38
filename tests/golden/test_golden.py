import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ambassador import features
from ambassador.features import FEATURES
from tests.golden.case import BASE, BASES, CASES, HERE, LONGEST, Case, Outcome, all_cases, outcome
from tests.golden.envoy_batch import refusal

# What every listener has, so that no case could show a difference.
SHOWN_BY_BASE = {"router", "access_log"}
PACKAGE = Path(features.__file__).parent
LAYERS = [PACKAGE, *(PACKAGE.parent / layer for layer in ("kinds", "compile", "model"))]
# Given by sources before there are objects; their own tests show them.
GIVEN_BY_SOURCES = {
    "INVALID_YAML", "INVALID_OBJECT", "UNREADABLE", "TOO_LARGE", "SOURCE_GONE", "DUPLICATE_KEY", "DUPLICATE_OBJECT",
}  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("golden")


@cache
def outcome_once(case: Case, folder: Path) -> Outcome:
    return outcome(case, folder)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_given_manifests_when_compiled_then_these_problems_and_differences(
    case: Case, folder: Path, request: pytest.FixtureRequest
) -> None:
    found = outcome_once(case, folder).text
    if request.config.getoption("--update-golden", default=False):
        case.expected.write_text(found)
    assert found == case.expected.read_text(), f"see {case.manifest}; if this is right: pytest --update-golden"


def test_given_all_cases_when_envoy_judges_them_then_it_takes_them(folder: Path) -> None:
    cases = all_cases()
    resources = [outcome_once(case, folder).compiled.resources for case in cases]
    words = refusal(resources, folder)
    guilty = [case.name for case, one in zip(cases, resources, strict=True) if words and refusal([one], folder)]
    assert (words, guilty) == ("", [])


def test_given_a_case_without_its_clusters_when_envoy_judges_it_then_it_is_refused(folder: Path) -> None:
    """Or the test above could be one that sends Envoy nothing to judge."""
    whole = outcome_once(Case("service/address"), folder).compiled.resources
    assert refusal([whole], folder) == ""
    assert "unknown cluster" in refusal([replace(whole, clusters={})], folder)


def test_every_case_is_short_and_has_both_files() -> None:
    cases = all_cases()
    assert {path for path in CASES.rglob("*.out.yaml")} == {case.expected for case in cases}
    files = [BASE, *BASES.values(), *(file for case in cases for file in (case.manifest, case.expected))]
    lengths = {str(file.relative_to(HERE)): len(file.read_text().splitlines()) for file in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_every_feature_has_a_case() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py") if re.search(r"^FEATURE = ", path.read_text(), re.MULTILINE)}
    shown = {path.name for path in (CASES / "features").iterdir() if any(path.glob("*.in.yaml"))}
    assert len(modules) == len(FEATURES)
    assert modules - shown == SHOWN_BY_BASE


def test_every_reason_that_compile_gives_has_a_case(folder: Path) -> None:
    texts = [path.read_text() for layer in LAYERS for path in layer.glob("*.py") if path.name != "problems.py"]
    given = {name for text in texts for name in re.findall(r"\bReason\.([A-Z_]+)", text)}
    shown = {problem.reason.name for case in all_cases() for problem in outcome_once(case, folder).problems}
    assert len(given) > 15
    assert given - shown == {"INVALID_OBJECT"}  # only a bug of ours gives it
    assert shown - given <= GIVEN_BY_SOURCES
