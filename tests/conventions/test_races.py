"""Every race is shown with its guard and without it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

RACES = sorted((Path(__file__).parents[1] / "races").glob("test_*.py"))
FUNCTION = ast.AsyncFunctionDef | ast.FunctionDef


def written_in(tree: ast.Module) -> Iterator[tuple[str, FUNCTION]]:
    """The tests of a module, those in a class as `Class::test`."""
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for one in inside:
            if isinstance(one, FUNCTION) and one.name.startswith("test_"):
                yield prefix + one.name, one


def marked(test: FUNCTION, mark: str) -> set[str]:
    """What a mark of a test says."""
    return {
        str(ast.literal_eval(said))
        for one in test.decorator_list
        if isinstance(one, ast.Call) and ast.unparse(one.func) == f"pytest.mark.{mark}"
        for said in one.args
    }


@pytest.mark.parametrize("path", RACES, ids=lambda path: path.stem)
def test_every_race_has_a_negative_control(path: Path) -> None:
    """A test with a parameter that takes the guard away is the control of itself."""
    tests = dict(written_in(ast.parse(path.read_text())))
    named = set().union(*(marked(test, "control_of") for test in tests.values()))
    assert named <= set(tests), "a control names a test that is not there"
    races = {
        name
        for name, test in tests.items()
        if not marked(test, "control_of") and not marked(test, "no_race")
    }
    assert races <= named, "a race without its control"
