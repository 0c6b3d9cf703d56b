"""Which trainable is meant by a name, by a position, or by neither."""

import pytest

from trace_lsp.errors import NoTrainable, UnknownTrainable
from trace_lsp.source.trainables import find_trainable, find_trainables

from .marked import position_in

PROGRAM = """\
from opto.trace import bundle, node

prompt = node("be kind", trainable=True)

class Agent:
    def __init__(self):
        self.prompt = node("be kind", trainable=True)

    # above
    @bundle(trainable=True)
    def act(self, x):
        self.rate = node(0.1, trainable=True)

        return x

class Other:
    @bundle(trainable=True)
    def act(self): a, b = node(1, trainable=True), node(2, trainable=True)
"""
ALL = find_trainables(PROGRAM, "app.py")
NAMES = (
    "`prompt`, `Agent.__init__.prompt`, `Agent.act`, `Agent.act.rate`, `Other.act`, `Other.act.a` "
    "and `Other.act.b`"
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("prompt", "prompt"),
        ("Agent.act", "Agent.act"),
        ("__init__.prompt", "Agent.__init__.prompt"),
        ("rate", "Agent.act.rate"),
        ("b", "Other.act.b"),
    ],
)
def test_by_name(name: str, found: str) -> None:
    assert find_trainable(ALL, name).name == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("act", "`act` may be `Agent.act` or `Other.act`: say which."),
        ("missing", f"There is no trainable `missing`; there is {NAMES}."),
        ("ct", f"There is no trainable `ct`; there is {NAMES}."),
        ("", f"There is no trainable ``; there is {NAMES}."),
    ],
)
def test_a_name_that_is_not_clear(name: str, message: str) -> None:
    with pytest.raises(UnknownTrainable) as raised:
        find_trainable(ALL, name)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ('\n‸prompt = node("be', "prompt"),
        ('d"‸, trainable=True)\n\nclass', "prompt"),
        ("        self‸.prompt", "Agent.__init__.prompt"),
        ("    ‸@bundle(trainable=True)\n    def act(self, x)", "Agent.act"),
        ("‸    @bundle(trainable=True)\n    def act(self, x)", "Agent.act"),
        ("def a‸ct(self, x)", "Agent.act"),
        ("return x‸", "Agent.act"),
        ("\n‸\n        return x", "Agent.act"),
        ("node(0‸.1", "Agent.act.rate"),
        ("‸self.rate", "Agent.act"),
        ("node(‸1,", "Other.act.a"),
        ("node(2‸,", "Other.act.b"),
        ("act(self)‸: a", "Other.act"),
    ],
)
def test_by_position(at: str, found: str) -> None:
    plain = at.replace("‸", "")
    assert PROGRAM.count(plain) == 1
    _, position = position_in(PROGRAM.replace(plain, at))
    assert find_trainable(ALL, position=position).name == found


def test_a_name_goes_before_a_position() -> None:
    _, position = position_in(PROGRAM.replace("return x", "return ‸x"))
    assert find_trainable(ALL, "prompt", position).name == "prompt"


def test_a_position_outside_of_several() -> None:
    _, position = position_in(PROGRAM.replace("class Agent", "class ‸Agent"))
    with pytest.raises(UnknownTrainable) as raised:
        find_trainable(ALL, position=position)
    assert raised.value.message == f"There is no trainable on line 5: name one of {NAMES}."


def test_several_calls_on_the_line() -> None:
    text = "import opto\na, b = opto.trace.node(1, trainable=True), opto.trace.node(2, trainable=True)‸"
    plain, position = position_in(text.replace("‸", " # ‸"))
    with pytest.raises(UnknownTrainable) as raised:
        find_trainable(find_trainables(plain, "app.py"), position=position)
    assert (
        raised.value.message == "There are several trainables on line 2: name one of `a` and `b`."
    )


def test_neither_name_nor_position() -> None:
    with pytest.raises(UnknownTrainable) as raised:
        find_trainable(ALL)
    assert raised.value.message == f"There are several trainables here: name one of {NAMES}."


def test_the_only_one_is_meant_wherever_the_position_is() -> None:
    text, position = position_in("import opto‸\n\nx = opto.trace.node(1, trainable=True)\n")
    trainables = find_trainables(text, "app.py")
    assert find_trainable(trainables, position=position) == find_trainable(trainables)
    with pytest.raises(UnknownTrainable, match=r"There is no trainable `y`; there is `x`\."):
        find_trainable(trainables, "y")


@pytest.mark.parametrize("name", [None, "f"])
def test_nothing_to_find(name: str | None) -> None:
    with pytest.raises(NoTrainable, match=r"mark a function with @bundle\(trainable=True\)"):
        find_trainable([], name)
