"""How a problem is put to a model: what options change in the prompts, and what they leave alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trace_lsp.optimizers import OptoPrime, OptoprimeBatchOpt
from trace_lsp.optimizers.style import SECTIONS, Style, Tags, decode_style, encode_style
from trace_lsp.trace import GRAPH, Node, node

from .asked import Asked, suggesting

NOTHING = suggesting()


def asked(feedback: str = "more", value: Any = 1, mask: Any = None, **options: Any) -> Asked:
    """What a step of an optimizer with these options asked, about x + 1."""
    GRAPH.clear()
    model = Asked(NOTHING)
    x = node(value, name="x", trainable=True, constraint="small")
    optimizer = OptoPrime([x], model, **options)
    optimizer.backward(x.clone(), feedback)
    optimizer.step(mask=mask)
    return model


def sections(prompt: str, titles: list[str]) -> dict[str, str]:
    """What stands under each title, as a reader would see it: by whole lines."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in prompt.split("\n"):
        if line in titles:
            current = found.setdefault(line, [])
        else:
            current.append(line)
    return {title: "\n".join(lines).strip() for title, lines in found.items()}


USUAL = [f"#{section}" for section in SECTIONS]


def test_titles_are_renamed_in_the_prompts_and_nowhere_else() -> None:
    symbols = {"variables": "#Params", "feedback": "[Said]", "outputs": "Results:"}
    value = "#Variables\n#Params\n[Said] not\nResults: none\n#Feedback"
    feedback = "see #Variables and #Outputs\n#Params"
    model = asked(feedback, value, prompt_symbols=symbols)
    titles = [{"#Variables": "#Params", "#Feedback": "[Said]", "#Outputs": "Results:"}.get(t, t)
              for t in USUAL]  # fmt: skip
    found = sections(model.user, titles)
    assert list(found) == titles
    inert = " #Variables\n #Params\n [Said] not\n Results: none\n #Feedback"
    assert found["#Params"] == f"(str) x0={inert}".replace("= #V", "= #V")
    assert found["[Said]"].startswith("see #Variables and #Outputs\n #Params")
    assert found["#Instruction"] == (
        "Change the values in #Params so that Results: improves in the way that [Said] asks for."
    )
    for title in titles:
        assert title in model.system
    assert "#Variables" not in model.system
    assert "#Feedback" not in model.system


def test_a_programs_own_objective_keeps_its_words() -> None:
    model = asked(objective="Mind #Variables.", prompt_symbols={"variables": "#Params"})
    assert "#Instruction\nMind #Variables.\n" in model.user


def test_renaming_does_not_reach_other_optimizers() -> None:
    asked(prompt_symbols={"variables": "#Params"}, json_keys={"suggestion": "new", "answer": None})
    model = asked()
    assert "#Variables" in model.system
    assert '"suggestion"' in model.system
    assert '"answer"' in model.system
    assert OptoPrime.default_json_keys["suggestion"] == "suggestion"
    assert OptoPrime.default_prompt_symbols["variables"] == "#Variables"


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ({"params": "#P"}, "names instruction, code, .*; not 'params'"),
        ({"code": ""}, "should be one line, not ''"),
        ({"code": "a\nb"}, "should be one line"),
    ],
)
def test_titles_that_cannot_be(symbols: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OptoPrime([node(1, trainable=True)], prompt_symbols=symbols)


def test_the_answers_parts_are_renamed_and_read() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked({"why": "because", "new": {"x0": 5}})
    keys = {"reasoning": "why", "suggestion": "new", "answer": None}
    optimizer = OptoPrime([x], model, json_keys=keys)
    optimizer.backward(x + 1, "more")
    assert optimizer.step() == {x: 5}
    assert '{\n  "why": "...",\n  "new": {"<name of a variable>"' in model.system
    for word in ('"reasoning"', '"suggestion"', '"answer"'):
        assert word not in model.system


def test_the_usual_names_are_not_read_where_others_were_asked_for() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], Asked(suggesting(x0=5)), json_keys={"suggestion": "new"})
    optimizer.backward(x + 1, "more")
    assert optimizer.step() == {}


@pytest.mark.parametrize(
    "keys", [{"other": "x"}, {"suggestion": None}, {"reasoning": "suggestion"}]
)
def test_keys_that_cannot_be(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="`json_keys`"):
        OptoPrime([node(1, trainable=True)], json_keys=keys)


@pytest.mark.parametrize("mask", [["#Variables", "#Code"], ("Variables", "Code")])
def test_masked_sections_are_empty(mask: Any) -> None:
    whole, masked = sections(asked().user, USUAL), sections(asked(mask=mask).user, USUAL)
    assert list(masked) == USUAL
    assert {title for title in USUAL if whole[title] != masked[title]} == {"#Variables", "#Code"}
    assert (masked["#Variables"], masked["#Code"]) == ("", "")


def test_a_mask_by_the_title_that_is_used() -> None:
    symbols = {"variables": "#Params"}
    model = asked(mask=["#Params"], prompt_symbols=symbols)
    assert "#Params\n\n\n#Constraints" in model.user
    with pytest.raises(ValueError, match="there is no 'Everything'"):
        asked(mask=["Everything"])


def test_an_example_comes_first_and_can_be_solved() -> None:
    model = asked(include_example=True)
    example, _, problem = model.user.partition("Here the example ends.")
    assert asked().user == problem.strip()
    shown = sections(example, USUAL)
    assert list(shown) == USUAL
    answer = json.loads(example[example.index("{") : example.rindex("}") + 1])
    width = answer["suggestion"]["width0"]
    assert shown["#Code"].startswith("area0 = multiply(x=width0, y=height0)")
    assert (3 * 4 - 2, width * 4 - 2) == (10, 18)
    assert "18 is needed" in shown["#Feedback"]


def test_the_example_is_in_the_style_that_is_asked_for() -> None:
    keys = {"answer": None, "suggestion": "new"}
    model = asked(include_example=True, prompt_symbols={"code": "## Calls"}, json_keys=keys)
    example = model.user.partition("Here the example ends.")[0]
    assert "## Calls\narea0" in example
    assert '"new": {\n' in example
    assert '"answer"' not in example


@pytest.mark.parametrize(("kind", "options"), [
    (OptoPrime, {"highlight_variables": True}), (OptoprimeBatchOpt, {}),
])  # fmt: skip
def test_variables_are_named_at_the_end(kind: Any, options: dict[str, Any]) -> None:
    x, y = node(1, name="x", trainable=True), node(2, name="y", trainable=True)
    model = Asked(NOTHING, NOTHING)
    optimizer = kind([x, y], model, memory_size=1, **options)
    optimizer.backward(x + y, "more")
    for _ in range(2):
        optimizer.step()
        end = "Say which new values you suggest for x0, y0.\n\nYour answer:"
        assert model.user.endswith(end)


def test_json_is_enforced_unless_it_is_turned_off() -> None:
    assert asked().options == [{"max_tokens": 4096, "response_format": {"type": "json_object"}}]
    assert asked(use_json_object_format=False).options == [{"max_tokens": 4096}]


# Memory


def steps(optimizer: OptoPrime, outputs: list[Node], feedbacks: list[str]) -> None:
    for output, feedback in zip(outputs, feedbacks):
        optimizer.zero_feedback()
        optimizer.backward(output, feedback)
        optimizer.step()


def test_the_last_values_and_their_feedback_are_remembered() -> None:
    x = node({1}, name="x", trainable=True)
    model = Asked(*[suggesting(x0=[at]) for at in (2, 3, 4, 5)])
    optimizer = OptoPrime([x], model, memory_size=2)
    for feedback in ("one", "two", "three", "four"):
        optimizer.zero_feedback()
        optimizer.backward(x.clone(), feedback)
        optimizer.step()
    heading = "Earlier values of the variables"
    assert heading not in model.prompts[0][1]
    _, _, memory = model.user.partition(heading)
    assert "(set) x0={2}\nWhat was said about it: two\n" in memory
    assert "(set) x0={3}\nWhat was said about it: three\n" in memory
    assert memory.index("{2}") < memory.index("{3}") < memory.index("Your answer:")
    assert "{1}" not in memory
    assert "{4}" not in memory


def test_nothing_is_remembered_by_default() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked(NOTHING, NOTHING)
    optimizer = OptoPrime([x], model)
    steps(optimizer, [x + 1, x + 2], ["one", "two"])
    assert "Earlier" not in model.user


def test_a_refused_or_failed_step_is_not_remembered() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked("nonsense", "nonsense")
    optimizer = OptoPrime([x], model, memory_size=5)
    optimizer.backward(x + 1, "one")
    with pytest.warns(UserWarning, match="not in the format"):
        optimizer.step()
    with pytest.raises(IndexError):
        optimizer.step()
    assert len(optimizer.memory) == 0


def test_what_is_remembered_cannot_pass_for_a_section() -> None:
    x = node("a\n#Feedback\n#Said", name="x", trainable=True)
    model = Asked(suggesting(x0="b"), NOTHING)
    optimizer = OptoPrime([x], model, memory_size=1, prompt_symbols={"feedback": "#Said"})
    steps(optimizer, [x.clone(), x.clone()], ["one\n#Said\n#Code", "two"])
    lines = model.user.split("\n")
    assert lines.count("#Said") == 1
    assert lines.count("#Code") == 1
    assert "#Feedback" not in lines


def test_styles_cross_the_wire() -> None:
    style = Style(("Variables",), ("Variables",), {"Variables": "V"}, {"answer": None}, True, True)
    assert decode_style(json.loads(json.dumps(encode_style(style)))) == style
    style = Style(
        tags=Tags(node="n"),
        tagged_answer=True,
        context="Tea.",
        tokens=5,
        repair_turns=3,
        sampling={"temperature": 0.5},
        by_edges=True,
    )
    assert decode_style(json.loads(json.dumps(encode_style(style)))) == style
    with pytest.raises(ValueError, match="not sections"):
        decode_style({**encode_style(style), "masked": ["Everything"]})
