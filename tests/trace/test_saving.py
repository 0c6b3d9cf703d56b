"""Parameters in a file: whole or not at all, and not believed when they come back."""

from __future__ import annotations

import datetime
import decimal
import enum
import io
import os
import pickle
import stat
import subprocess
import sys
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trace_lsp.trace import Node, ParameterNode, bundle, node
from trace_lsp.trace.modules import Module, model
from trace_lsp.trace.parameters import Map, ParameterContainer, Seq
from trace_lsp.trace.recorder import recorder


def trainable(value: Any, name: str | None = None) -> Any:
    return node(value, trainable=True, name=name)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Setting:
    value: int


@model
class Agent:
    def __init__(self) -> None:
        self.rate = trainable(0.5, "rate")
        self.table = trainable({"a": [1, (2, None)], 3: {4, 5}})
        self.inner = Part()
        self.items = Seq(trainable("x"), Map({"k": trainable(b"y")}))
        self.note = "not saved"

    @bundle(trainable=True)
    def act(self, x):
        """Acts."""
        return x


class Part(Module):
    def __init__(self) -> None:
        self.p = trainable(1)

    @bundle(trainable=True)
    def step(self, x):
        return x


def values(container: Any) -> list[Any]:
    return [each.data for each in container.parameters()]


CHANGED = "def act(self, x):\n    return x + 100"


def changed() -> Any:
    agent = Agent()
    agent.rate.update(0.25)
    agent.table.update({"new": (1, frozenset({2}))})
    agent.inner.p.update(2)
    agent.items[0].update("z")
    agent.items[1]["k"].update(complex(1, 2))
    agent.act.parameter.update(CHANGED)
    return agent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "agent"


def test_values_come_back(path: Path) -> None:
    saved = changed()
    saved.save(path)
    agent = Agent()
    agent.note = "kept"
    agent.load(path)
    assert values(agent) == values(saved)
    assert agent.act(1).data == 101
    assert (agent.note, agent.inner is saved.inner) == ("kept", False)


def test_values_come_back_in_another_process(path: Path) -> None:
    changed().save(str(path))
    program = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_saving import Agent
from trace_lsp.trace import node
for _ in range(3): node(1, name="rate")  # names have other numbers here
agent = Agent()
agent.load({str(path)!r})
assert agent.rate.data == 0.25 and agent.act(1).data == 101
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_file_holds_names_and_values_and_no_objects(path: Path) -> None:
    changed().save(path)

    class Plain(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            assert (module, name) in {("builtins", "complex"), ("builtins", "set")}
            return super().find_class(module, name)

    content = Plain(io.BytesIO(path.read_bytes())).load()
    assert content["parameters"]["rate"] == {"name": "rate:0", "value": 0.25}
    assert list(content["parameters"]) == ["rate", "table", "inner", "items", "act"]
    assert list(content["parameters"]["items"]["parameters"]) == ["0", "1"]


def test_a_bundled_function_is_saved_and_loaded(path: Path) -> None:
    @bundle(trainable=True)
    def count(x):
        return len(x)

    count.parameter.update("def count(x):\n    return -len(x)")
    count.save(path)
    count.parameter.update("def count(x):\n    return 0")
    count.load(path)
    assert count("ab").data == -2


def test_a_host_sees_loaded_values(path: Path) -> None:
    changed().save(path)
    seen: list[ParameterNode] = []

    class Host:
        def on_node(self, found: Node) -> None: ...

        def on_update(self, parameter: ParameterNode) -> None:
            seen.append(parameter)

        def override(self, file: str, line: int, is_code: bool) -> None: ...

    agent = Agent()
    recorder.host = Host()  # type: ignore[assignment]
    agent.load(path)
    assert {id(each) for each in seen} == {id(each) for each in agent.parameters()}


def test_a_parameter_that_the_file_lacks_changes_nothing(path: Path) -> None:
    saved = changed()
    del saved.rate
    del saved.inner.p
    saved.save(path)
    agent = Agent()
    before = values(agent)
    with pytest.raises(ValueError, match=r"has no value for rate, inner\.p\. Nothing was changed"):
        agent.load(path)
    assert values(agent) == before


def test_a_container_where_a_value_should_be(path: Path) -> None:
    saved = changed()
    saved.rate = Part()
    saved.save(path)
    with pytest.raises(ValueError, match="has no value for rate"):
        Agent().load(path)


def test_code_must_be_text(path: Path) -> None:
    saved = changed()
    saved.act.parameter.update(5)
    saved.save(path)
    agent = Agent()
    with pytest.raises(ValueError, match="has no code for act"):
        agent.load(path)
    assert agent.rate.data == 0.5


def test_what_the_file_has_besides_becomes_an_attribute(path: Path) -> None:
    saved = changed()
    saved.extra = trainable([1], "extra")
    saved.more = Part()
    saved.inner.deep = trainable("d")
    saved.items.append(trainable("third"))
    saved.items[1]["new"] = trainable("fourth")
    saved.save(path)
    agent = Agent()
    agent.load(path)
    assert (agent.extra.data, agent.extra.trainable, agent.extra.name) == ([1], True, "extra:1")
    assert agent.extra._code.co_filename == __file__
    assert isinstance(agent.more, Map)
    assert agent.more["p"].data == 1
    assert agent.inner.deep.data == "d"
    assert (agent.items[2].data, agent.items[1]["new"].data) == ("third", "fourth")
    assert {"extra", "more"} < agent.parameters_dict().keys()


@pytest.mark.parametrize("name", ["note", "save", "__class__", "act2", 5])
def test_what_has_the_name_of_something_else_changes_nothing(path: Path, name: Any) -> None:
    @model
    class Other(Agent.__mro__[1]):
        def act2(self): ...

    saved = changed().parameters_dict()
    saved[name] = trainable(1)
    write(path, saved)
    other = Other()
    with pytest.raises(ValueError, match=f"has a parameter {name}, and that name belongs to"):
        other.load(path)
    assert other.rate.data == 0.5


def test_a_class_that_takes_no_new_attributes(path: Path) -> None:
    @dataclass(frozen=True)
    @model
    class Frozen:
        inner: Any
        rate: Any

    saved = Frozen(Part(), trainable(1)).parameters_dict()
    saved["inner"].new = trainable(5)
    saved["inner"].items = Seq(trainable(1), Map(k=trainable(1), new=trainable(2)), trainable(2))
    write(path, {"inner": saved["inner"], "other": trainable(2), "rate": trainable(1)})
    frozen = Frozen(Part(), trainable(3))
    frozen.inner.items = Seq(trainable(1), Map(k=trainable(1)))
    with pytest.raises(ValueError, match=r"'other' .* cannot be added to this Frozen: .*Nothing"):
        frozen.load(path)
    assert frozen.rate.data == 3
    assert list(frozen.inner.parameters_dict()) == ["p", "items", "step"]
    assert list(frozen.inner.items.parameters_dict()) == ["0", "1"]
    assert list(frozen.inner.items[1]) == ["k"]


def write(path: Path, parameters: dict[Any, Any]) -> None:
    """Saves what a module with those parameters would have."""

    class Given(Module):
        def parameters_dict(self):
            return parameters

    Given().save(path)


def test_modules_that_refer_to_each_other(path: Path) -> None:
    def pair(value: int) -> tuple[Module, Module]:
        parent, child = Module(), Module()
        parent.child, child.parent = child, parent
        parent.p, child.p = trainable(value), trainable(value + 1)
        return parent, child

    pair(10)[0].save(path)
    parent, child = pair(1)
    parent.load(path)
    assert (parent.p.data, child.p.data) == (10, 11)

    around = Module()
    around.both = [parent, child]
    around.child = child
    around.save(path)
    child.p.update(0)
    around.load(path)
    assert (parent.p.data, child.p.data) == (10, 11)


KINDS = [
    Colour.RED,
    Setting(1),
    datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
    decimal.Decimal("1.5"),
    OrderedDict(a=1),
    defaultdict(list, a=[1]),
    range(3),
    bytearray(b"x"),
]


@pytest.mark.parametrize("value", KINDS, ids=lambda value: type(value).__name__)
def test_values_of_other_classes(path: Path, value: Any) -> None:
    module = Module()
    module.p = trainable(value)
    module.save(path)
    other = Module()
    other.p = trainable(type(value)(1) if isinstance(value, Setting) else value)
    other.load(path)
    assert other.p.data == value
    assert type(other.p.data) is type(value)


def test_a_class_that_the_present_values_are_not_of_is_refused(path: Path) -> None:
    module, other = Module(), Module()
    module.p = trainable(Setting(5))
    other.p = trainable(None)
    module.save(path)
    with pytest.raises(ValueError, match=r"holds a .*test_saving\.Setting, .* trusted=True"):
        other.load(path)
    assert other.p.data is None
    other.load(path, trusted=True)
    assert other.p.data == Setting(5)


class Hostile:
    """Leaves a file behind when it is read."""

    def __init__(self, left: Path) -> None:
        self.left = left

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.left),)


def test_a_file_that_would_run_code_is_refused(path: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps({"format": "trace-lsp parameters", "p": Hostile(left)}))
    with pytest.raises(ValueError, match=r"holds a (posix|nt)\.mkdir"):
        Agent().load(path)
    assert not left.exists()


def circular() -> bytes:
    content: dict[str, Any] = {"format": "trace-lsp parameters", "version": 1, "parameters": {}}
    content["parameters"]["self"] = content
    return pickle.dumps(content)


def content(**changes: Any) -> bytes:
    return pickle.dumps(
        {"format": "trace-lsp parameters", "version": 1, "parameters": {}, **changes}
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot be read as a file that `save` wrote"),
        (b"some text\n", "cannot be read"),
        (b"\x80\x04", "cannot be read"),
        (b"\xff" * 100, "cannot be read"),
        (pickle.dumps([1, 2]), "is not a file that `save` wrote"),
        (pickle.dumps({"rate": 0.5}), "is not a file that `save` wrote"),
        (content(format="another"), "is not a file that `save` wrote"),
        (content(version=2), "has version 2 of the format; this engine reads version 1"),
        (content(parameters=None), "is damaged: one of its entries is no parameter"),
        (content(parameters={"rate": 5}), "is damaged"),
        (content(parameters={"rate": {"value": 5}}), "is damaged"),
        (circular(), "is damaged"),
    ],
)
def test_what_is_not_a_file_of_ours_is_refused(path: Path, data: bytes, message: str) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    agent = Agent()
    with pytest.raises(ValueError, match=f"agent {message}"):
        agent.load(path)
    assert agent.rate.data == 0.5


def test_every_cut_of_a_file_is_refused(path: Path) -> None:
    changed().save(path)
    data = path.read_bytes()
    agent = Agent()
    for end in range(len(data)):
        path.write_bytes(data[:end])
        with pytest.raises(ValueError, match="agent"):
            agent.load(path)
    assert agent.rate.data == 0.5


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        Agent().load("/no/such/file")


def test_a_value_that_cannot_be_saved_is_named_and_the_old_file_stays(path: Path) -> None:
    changed().save(path)
    before = path.read_bytes()
    agent = Agent()
    agent.inner.p.update(lambda: None)
    with pytest.raises(TypeError, match=r"The value of inner\.p is a function, which cannot"):
        agent.save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["agent"]


def test_a_key_that_cannot_be_saved(path: Path) -> None:
    class Local:
        pass

    holder = Module()
    holder.table = Map({Local(): trainable(1)})
    with pytest.raises(TypeError, match="The parameters cannot be saved: "):
        holder.save(path)
    assert not path.exists()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    changed().save(path)
    (path.parent / "other").mkdir()
    with pytest.raises(OSError, match="other"):
        changed().save(path.parent / "other")
    assert sorted(os.listdir(path.parent)) == ["agent", "other"]


def test_a_file_keeps_its_mode_and_a_link_its_target(path: Path) -> None:
    changed().save(path)
    path.chmod(0o640)
    link = path.parent / "link"
    link.symlink_to(path)
    Agent().save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    agent = changed()
    agent.load(path)
    assert agent.rate.data == 0.5


def test_a_name_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Agent().save("agent.pkl")
    changed().load("agent.pkl")
    assert os.listdir(tmp_path) == ["agent.pkl"]


def test_a_container_without_parameters(path: Path) -> None:
    Module().save(path)
    Module().load(path)
    assert ParameterContainer().parameters() == []
