"""The rules of the house that no linter sees. Each message names file and line, and what to do instead."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
PRODUCT = ("ambassador", "diag")
PURE = ("ambassador/ir", "ambassador/features", "ambassador/kinds", "ambassador/compile")
# The memo keeps its book, and google-re2 takes options by assignment; nothing there is a value of ours or a message.
MAY_ASSIGN = {"ambassador/compile/memo.py", "ambassador/features/patterns.py"}
VALUES = ("ambassador/model", "ambassador/ir", "ambassador/kinds", "ambassador/features", "ambassador/explain")

MOST_LINES = 300
LONGEST_FUNCTION = 40
DEEPEST = 3

BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Package indexes and the folders of one machine. Written in pieces, so that this file does not name them either.
FOREIGN = re.compile(
    "|".join(
        [
            "/(work|farm)" + "/",
            "/root" + "/",
            "python" + "hosted",
            "py" + r"pi\.org",
            "npm" + r"js\.(org|com)",
            r"proxy\.go" + "lang",
            r"deb\.deb" + "ian",
            r"static\.crates" + r"\.io",
        ]
    )
)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (HOME / folder).rglob("*.py"))


def findings(folders: tuple[str, ...], rule: Callable[[ast.Module], Iterator[tuple[int, str]]]) -> list[str]:
    """`file:line: what` for everything the rule finds below the folders."""
    found = []
    for path in sources(*folders):
        tree = ast.parse(path.read_text())
        found += [f"{path.relative_to(HOME)}:{line}: {what}" for line, what in rule(tree)]
    return found


def long_functions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield node.lineno, f"{node.name} has {lines} lines, at most {LONGEST_FUNCTION}"


def deep_blocks(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            deepest = depth(node.body)
            if deepest > DEEPEST:
                yield node.lineno, f"{node.name} nests {deepest} blocks, at most {DEEPEST}"


def depth(body: list[ast.stmt]) -> int:
    """How deep blocks nest. `elif` is no level of its own; functions inside are judged by themselves."""
    return max((statement_depth(statement) for statement in body), default=0)


def statement_depth(statement: ast.stmt) -> int:
    if not isinstance(statement, BLOCKS):
        return 0
    if isinstance(statement, ast.If) and len(statement.orelse) == 1 and isinstance(statement.orelse[0], ast.If):
        return max(1 + depth(statement.body), statement_depth(statement.orelse[0]))
    bodies = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    bodies += [handler.body for handler in getattr(statement, "handlers", [])]
    bodies += [case.body for case in getattr(statement, "cases", [])]
    return 1 + max(depth(body) for body in bodies)


def hidden_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            imports = [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]
            yield from ((inner.lineno, "import inside a function: it hides a cycle") for inner in imports)
        if isinstance(node, ast.Name | ast.alias) and getattr(node, "id", getattr(node, "name", "")) == "TYPE_CHECKING":
            yield node.lineno, "TYPE_CHECKING: it hides a cycle"


def attribute_writes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`object.__setattr__(self, ...)` is how a frozen value sets a field that it derives from the others."""
    for node in ast.walk(tree):
        for target in targets(node):
            if isinstance(target, ast.Attribute) and not (
                isinstance(target.value, ast.Name) and target.value.id == "self"
            ):
                yield target.lineno, f"{ast.unparse(target)} is assigned: return a new value instead"
        setter = isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "object.__setattr__")
        if isinstance(node, ast.Call) and setter and ast.unparse(node.args[0]) != "self":
            yield node.lineno, "setattr: return a new value instead"


def targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield node.target


def loose_dataclasses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if re.match(r"(dataclasses\.)?dataclass\b", text) and not ("frozen=True" in text and "slots=True" in text):
                yield node.lineno, f"{node.name}: a value is dataclass(frozen=True, slots=True)"


def missing_docstring(tree: ast.Module) -> Iterator[tuple[int, str]]:
    if not ast.get_docstring(tree):
        yield 1, "the module does not say why it exists"


def tracked_files() -> list[Path]:
    """What is or would be committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=HOME, capture_output=True, check=True).stdout.decode().split("\0")
    return [HOME / name for name in names if name and (HOME / name).is_file()]


def test_no_file_is_longer_than_one_can_read_in_one_go() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources(*PRODUCT, "tests")}
    assert len(lengths) > 50
    assert [f"{path.relative_to(HOME)}: {lines}" for path, lines in lengths.items() if lines > MOST_LINES] == []


@pytest.mark.parametrize(
    ("folders", "rule"),
    [
        ((*PRODUCT, "tests"), long_functions),
        ((*PRODUCT, "tests"), deep_blocks),
        ((*PRODUCT, "tests"), hidden_imports),
        (PRODUCT, missing_docstring),
        (VALUES, loose_dataclasses),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_code_keeps_the_rule(folders: tuple[str, ...], rule: Callable[[ast.Module], Iterator[tuple[int, str]]]) -> None:
    assert findings(folders, rule) == []


def test_values_and_messages_are_built_once_and_never_assigned_to() -> None:
    found = findings(PURE, attribute_writes)
    assert [line for line in found if line.split(":")[0] not in MAY_ASSIGN] == []
    assert {line.split(":")[0] for line in found} == MAY_ASSIGN, "an exception that nobody needs any more"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (long_functions, "def f():\n" + "    x = 1\n" * 40),
        (deep_blocks, "def f():\n if a:\n  for b in c:\n   with d:\n    while e:\n     pass"),
        (
            deep_blocks,
            "def f():\n if a:\n  pass\n elif b:\n  try:\n   pass\n  except E:\n   if c:\n    for d in e:\n     pass",
        ),
        (hidden_imports, "def f():\n    import os"),
        (hidden_imports, "from typing import TYPE_CHECKING"),
        (attribute_writes, "route.name = 'x'"),
        (attribute_writes, "a, message.b = 1, 2"),
        (attribute_writes, "object.__setattr__(route, 'name', 'x')"),
        (loose_dataclasses, "@dataclass(frozen=True)\nclass Route:\n    pass"),
        (missing_docstring, "x = 1"),
    ],
)
def test_given_code_that_breaks_a_rule_then_it_is_found(
    rule: Callable[[ast.Module], Iterator[tuple[int, str]]], code: str
) -> None:
    assert list(rule(ast.parse(code)))


def test_the_envoy_folder_is_never_a_python_package() -> None:
    """It would be importable as `envoy` and clash with the wheel of that name."""
    assert list((HOME / "envoy").rglob("*.py")) == []


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    files = tracked_files()
    assert len(files) > 50
    found = []
    for path in files:
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1):
            if FOREIGN.search(line):
                found.append(f"{path.relative_to(HOME)}:{number}: {line.strip()[:120]}")
    assert found == []
