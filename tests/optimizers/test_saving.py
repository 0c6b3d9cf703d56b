"""An optimizer's state in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_lsp.optimizers import OPRO, OptoPrime, OptoPrimeV2, TextGrad
from trace_lsp.trace import node

from .asked import Asked, suggesting


def trained(**options: Any) -> OptoPrime:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], Asked(suggesting(x0=2), suggesting(x0=3)), memory_size=3, **options)
    for feedback in ("less", "more"):
        optimizer.zero_feedback()
        optimizer.backward(x + 1, feedback)
        optimizer.step()
    return optimizer


def test_what_is_saved_comes_back_to_other_parameters(tmp_path: Path) -> None:
    path = str(tmp_path / "new folder" / "state.json")
    first = trained(objective="Find it.", prompt_symbols={"code": "## Calls"}, max_tokens=50)
    first.save(path)
    y, model = node(5, name="y", trainable=True), Asked(suggesting(y0=6))
    second = OptoPrime([y], model)
    second.load(path)
    assert second.parameters[0] is y
    assert second.llm is model
    assert second.log == first.log
    assert second.memory == first.memory
    second.backward(y + 1, "other")
    assert second.step() == {y: 6}
    assert "#Instruction\nFind it.\n\n## Calls\n" in model.user
    assert "(int) x0=2\nWhat was said about it: more" in model.user
    assert model.options[0]["max_tokens"] == 50
    assert (len(second.memory), second.memory.maxlen) == (3, 3)


def test_the_file_can_be_read_and_holds_no_model(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    trained().save(str(path))
    data = json.loads(path.read_text("utf-8"))
    assert data["optimizer"] == "OptoPrime"
    assert not {"llm", "parameters"} & set(data["state"])
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("kind", [OPRO, OptoPrimeV2, TextGrad])
def test_each_kind_can_be_kept(tmp_path: Path, kind: Any) -> None:
    path = str(tmp_path / "state")
    kind([node(1, trainable=True)], objective="Mine.").save(path)
    other = kind([node(2, trainable=True)])
    other.load(path)
    assert other.objective == "Mine."


@pytest.mark.parametrize(
    "text", ["", "[1]", "{}", '{"optimizer": "OptoPrime", "state": 5}', "\x80"]
)
def test_a_file_that_holds_something_else_changes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state"
    path.write_bytes(text.encode("latin-1"))
    optimizer = OptoPrime([node(1, trainable=True)], objective="Mine.")
    before = dict(optimizer.__dict__)
    with pytest.raises(ValueError, match="holds no optimizer that was saved"):
        optimizer.load(str(path))
    assert optimizer.__dict__ == before


def test_another_optimizers_state_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    OPRO([node(1, trainable=True)]).save(path)
    with pytest.raises(ValueError, match=r"the state of another optimizer \(OPRO\)"):
        OptoPrime([node(1, trainable=True)]).load(path)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    optimizer = OptoPrime([node(1, trainable=True)])
    optimizer.save(str(path))
    before = path.read_bytes()
    optimizer.objective = object()  # type: ignore[assignment]
    with pytest.raises(TypeError):
        optimizer.save(str(path))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["state"]
