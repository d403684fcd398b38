"""The library resolves the types of a message's fields in the namespace of whoever builds it first.

So a global of ours with the name of one of its classes would silently take that class's place.
"""

import ast
import importlib
import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

import ambassador

ROOT = Path(ambassador.__file__).parent
LIBRARY = "envoy_data_plane"


def imported(path: Path) -> set[str]:
    """Modules of the library that a file imports, or imports from."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(LIBRARY):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in names if name in sys.modules} | {str(node.module)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(LIBRARY)}
    return found


def builders() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.py")) if LIBRARY in path.read_text()]


def module_of(path: Path) -> ModuleType:
    return importlib.import_module(
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    )


def clashes(module: ModuleType, library: set[str]) -> set[str]:
    """Globals that are no class of the library and have the name of one."""
    classes = {
        name
        for one in library
        for name, value in vars(sys.modules[one]).items()
        if inspect.isclass(value) and value.__module__.startswith(LIBRARY)
    }
    ours = {name for name, value in vars(module).items() if not _of_library(value)}
    return classes & ours


def _of_library(value: object) -> bool:
    origin = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", "")
    return str(origin).startswith(LIBRARY)


@pytest.mark.parametrize("path", builders(), ids=lambda path: str(path.relative_to(ROOT)))
def test_given_a_module_that_builds_messages_then_no_global_of_it_has_the_name_of_a_message(path: Path) -> None:
    module = module_of(path)
    assert clashes(module, imported(path)) == set()


def test_given_such_a_global_then_it_is_found() -> None:
    path = next(path for path in builders() if path.name == "routes.py")
    module = ModuleType("example")
    vars(module).update(vars(module_of(path)), Route=object)
    assert clashes(module, imported(path)) == {"Route"}
