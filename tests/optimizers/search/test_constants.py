"""The numbers in a function: which are dimensions, and how others are written in their places."""

from __future__ import annotations

import ast
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optimizers.search.functions import FUNCTIONS
from trace_lsp.optimizers.search.constants import Constants, numbers_in
from trace_lsp.optimizers.search.edits import fingerprint
from trace_lsp.optimizers.search.ranges import Number
from trace_lsp.optimizers.search.target import Target

SLOW = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def body(line: str) -> Constants:
    return Constants(f"def f(x, k=0.5, *, n: int = 7):\n    {line}\n", "f")


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("return 0.5 * x + 3", ["0.5", "3"]),
        ("return -0.5 * x - 0.25", ["-0.5", "0.25"]),
        ("return -(0.5) * x", ["-(0.5)"]),
        ("return -x ** 0.5", ["0.5"]),
        ("return 1_000.0 if x > 12 else 0x10", ["1_000.0", "12", "0x10"]),
        # 0 and 1 are where something begins, a step, a sign.
        ("return 0 if x < 1 else -1", []),
        ("return 0.0 if x < 1.0 else -1.0", ["0.0", "1.0", "-1.0"]),
        # What indexes or counts.
        ("return x[2] + x[3:-4] + x[5 * k]", []),
        ("return [round(0.5 * i, 2) for i in range(2, 3 * k)]", ["0.5"]),
        ("return x ** 2 + x % 3 + x // 4 + (x << 5)", []),
        ("return '-' * 20 + [2, 3] * 4", []),
        ("return len(x) - 2 if len(x) > 3 else x.count(4) * 5", []),
        ("return 2.5 if x == 3 else 3.5 if x in (4, 5) else 4.5", ["2.5", "3.5", "4.5"]),
        ("return {2: 3, 4: 5}", ["3", "5"]),
        # What is no number that can be searched.
        ("return True, None, '2', 3j, f'{4:5}', 1e999, 10000000000000000", []),
    ],
)
def test_which_numbers_are_measures(line: str, labels: list[str]) -> None:
    constants = body(line)
    assert list(constants.dimensions) == [f"line 2: {label}" for label in labels]


def test_equal_ones_on_a_line_are_told_apart() -> None:
    constants = body("return 0.5 * x + 0.5 * k + 0.5")
    assert list(constants.dimensions) == ["line 2: 0.5", "line 2: 0.5 (2)", "line 2: 0.5 (3)"]
    changed = constants.with_values({"line 2: 0.5 (2)": 0.75})
    assert "return 0.5 * x + 0.75 * k + 0.5" in changed


def test_a_dimension_begins_at_the_number() -> None:
    constants = body("return -2.5 * x + 7")
    assert constants.values == {"line 2: -2.5": -2.5, "line 2: 7": 7}
    first, second = constants.dimensions.values()
    assert isinstance(first, Number)
    assert isinstance(second, Number)
    assert (first.start, first.is_whole) == (-2.5, False)
    assert (second.start, second.is_whole) == (7, True)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("x - 0.5", -0.25, "x - (-0.25)"),
        ("x -0.5", -0.25, "x -(-0.25)"),
        ("x * -0.5", -0.25, "x * -0.25"),
        ("x * -0.5", 0.25, "x * 0.25"),
        ("0.5 ** x", -0.25, "(-0.25) ** x"),
        ("x ** -0.5", -0.25, "x ** -0.25"),
        ("x ** 0.5", -0.25, "x ** (-0.25)"),
        ("-0.5 ** x", -0.25, "-(-0.25) ** x"),
        ("+0.5", -0.25, "+(-0.25)"),
        ("0.5 .real", 0.25, "(0.25) .real"),
        ("(.5)if x else k", 2.0, "(2.0)if x else k"),
        ("x if k else.5", 2.0, "x if k else 2.0"),
        ("x < 5", -8, "x < -8"),
        ("x < 5", 8.0, "x < 8"),
        ("x + 2.0", 8, "x + 8.0"),
        ("x + 2.0", 1e-20, "x + 1e-20"),
        ("1_000.0", 1000.0, "1_000.0"),
    ],
)
def test_a_value_is_written_so_that_it_can_stand_there(
    before: str, value: float, after: str
) -> None:
    constants = body(f"return {before}")
    (label,) = constants.dimensions
    changed = constants.with_values({label: value})
    assert changed.splitlines()[1] == f"    return {after}"
    compile(changed, "f", "exec")


def test_the_rest_of_the_text_stays() -> None:
    source = "RATE = 0.5\n\nclass Größe:\n    def f(x,  y = 2.5):  # 0.5\n        '''0.5'''\n        return (x*0.5,\n            'ü 0.5')  # → 0.5\n"  # fmt: skip
    constants = Constants(source, "Größe.f")
    (label,) = constants.dimensions
    assert label == "line 6: 0.5"
    assert constants.with_values({label: 3.0}) == source.replace("x*0.5", "x*3.0")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, 2.5])
def test_what_cannot_stand_there_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is no whole number, and stands for one on line 2"):
        body("return x + 3").with_values({"line 2: 3": value})
    with pytest.raises(KeyError):
        body("return x + 3").with_values({"line 2: 4": 1})


LAST = "    return -2.5 ** a - 3.5 .real * 2.5 ** -0.5 + +4.5\n"
WRITTEN = FUNCTIONS.map(lambda source: source + LAST)


def constants_of(source: str) -> Constants:
    assume(fingerprint(source) is not None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Constants(source, "f")


@SLOW
@given(WRITTEN)
def test_the_values_as_they_are_change_nothing(source: str) -> None:
    constants = constants_of(source)
    assert constants.with_values(constants.values) == source
    assert constants.with_values({}) == source


@SLOW
@given(WRITTEN, st.data())
def test_any_values_read_back(source: str, data: Any) -> None:
    constants = constants_of(source)
    values = {
        label: data.draw(
            st.integers(-(10**6), 10**6)
            if isinstance(value, int)
            else st.floats(allow_nan=False, allow_infinity=False)
        )
        for label, value in constants.values.items()
    }
    made = constants.with_values(values)
    assert fingerprint(made) is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = (numbers_in(Target(each, "f")) for each in (source, made))
        assert shape(source) == shape(made)
    assert len(before) == len(after)
    wanted = [repr(values.get(label_of(constants, each), each.value)) for each in before]
    assert [repr(each.value) for each in after] == wanted


def label_of(constants: Constants, written: Any) -> str:
    at = (written.node.lineno, written.node.col_offset)
    found = constants._written.items()
    labels = [label for label, each in found if (each.node.lineno, each.node.col_offset) == at]
    return labels[0] if labels else ""


def shape(source: str) -> str:
    """The tree without its numbers."""

    class Without(ast.NodeTransformer):
        def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
            inner = self.visit(node.operand)
            is_number = isinstance(inner, ast.Name) and inner.id == "NUMBER"
            if is_number and isinstance(node.op, ast.USub):
                return inner
            node.operand = inner
            return node

        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            is_number = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
            return ast.Name("NUMBER", ast.Load()) if is_number else node

    return ast.dump(Without().visit(ast.parse(source)))
