"""The options of `optimize`: how far to go, what may change, who suggests, what it may cost."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from commandline import Done, program, trace_lsp
from models.endpoint import Answers, ChatEndpoint, says
from session.cases import WARMER, contents, script, suggests

PLAIN = suggests('def size(number):\n    return "small" if number < 3 else "large"')
SAME = suggests('def size(number):\n    return "small" if number < 9 else "tiny"')
RIGHT = suggests(
    'def size(number):\n    return "small" if number < 3 else "large" if number < 9 else "huge"'
)
GOAL = """\
from opto import trace

x = trace.node(1.0, trainable=True)
loss = ((x - 3) * (x - 3)).data
gain = -loss
"""


def optimize(folder: Path, *arguments: str) -> Done:
    return trace_lsp(folder, *program("optimize", *arguments, "--json"))


def with_replies(folder: Path, *replies: Any) -> tuple[str, str]:
    return "--replies", script(folder.parent, *replies)


# How far


def test_one_step_is_taken_where_nobody_says(folder: Path) -> None:
    done = optimize(folder, "sizes.py", *with_replies(folder, PLAIN, RIGHT))
    proposal = done.json["proposal"]
    assert proposal["verdict"]["reason"] == "2 of 3 checks hold; 1 did before."
    assert proposal["verdict"]["passes"] is False
    assert proposal["ended"] == "One step was to be taken."


def test_until_pass(folder: Path) -> None:
    replies = with_replies(folder, PLAIN, SAME, RIGHT, PLAIN)
    done = optimize(folder, "sizes.py", "--until-pass", *replies)
    assert done.code == 0
    proposal = done.json["proposal"]
    assert proposal["verdict"]["reason"] == "3 of 3 checks hold; 1 did before."
    assert proposal["verdict"]["passes"]
    assert proposal["ended"] == "Every check that depends on what may change holds."
    tried = [step["candidates"] for step in proposal["steps"]]
    assert [each["accepted"] for (each,) in tried] == [True, False, True]
    assert [each["judgement"] for (each,) in tried] == ["better", "worse", "better"]


def test_so_many_steps_and_no_more(folder: Path) -> None:
    replies = with_replies(folder, SAME, PLAIN, RIGHT)
    done = optimize(folder, "sizes.py", "--steps", "2", *replies)
    proposal = done.json["proposal"]
    assert [step["number"] for step in proposal["steps"]] == [1, 2]
    assert proposal["ended"] == "2 steps were to be taken."
    assert proposal["verdict"]["judgement"] == "better"
    fewer = optimize(folder, "sizes.py", "--until-pass", "--steps", "1", *replies)
    assert fewer.json["proposal"]["ended"] == "One step was to be taken."


def test_a_loop_in_words(folder: Path) -> None:
    replies = with_replies(folder, PLAIN, SAME, RIGHT)
    done = trace_lsp(folder, *program("optimize", "sizes.py", "--until-pass", *replies))
    assert done.code == 0
    assert "✓ step 1: 2 of 3 checks hold; 1 did before.\n" in done.err
    assert "✗ step 2: 1 of 3 checks hold; 2 did before.\n" in done.err
    assert "✓ step 3: " in done.err
    assert done.out.endswith("3 steps taken. Every check that depends on what may change holds.\n")


def test_going_on_from_an_earlier_one(folder: Path) -> None:
    first = optimize(folder, "sizes.py", *with_replies(folder, PLAIN)).json["proposal"]
    resumed = optimize(
        folder, "sizes.py", "--resume", first["id"][:6], *with_replies(folder, RIGHT)
    )
    proposal = resumed.json["proposal"]
    # It began where the first one ended: its step gained one check, both together two.
    assert proposal["steps"][0]["candidates"][0]["reason"] == "3 of 3 checks hold; 2 did before."
    assert proposal["verdict"]["reason"] == "3 of 3 checks hold; 1 did before."
    unknown = optimize(folder, "sizes.py", "--resume", "abcd", *with_replies(folder, RIGHT))
    assert (unknown.code, unknown.json["kind"]) == (1, "unknownEntry")


# What may change


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (("two.py:grow,price",), ["grow", "Shop.price"]),
        (("two.py:Shop.price, factor",), ["Shop.price", "factor"]),
        (("two.py", "--all"), ["factor", "grow", "Shop.price"]),
    ],
    ids=str,
)
def test_several_may_change_at_once(
    folder: Path, target: tuple[str, ...], names: list[str]
) -> None:
    reply = {"reasoning": "Because.", "suggestion": {}}
    done = optimize(folder, *target, "--feedback", "More.", *with_replies(folder, reply))
    assert (done.code, done.json["kind"]) == (0, "noChange")
    assert done.json["proposal"]["names"] == names


def test_several_changes_are_one_edit(folder: Path) -> None:
    reply = suggests("def grow(number):\n    return number + 10", "__code0")
    reply["suggestion"]["int0"] = 4
    replies = with_replies(folder, reply)
    target = ("two.py:grow,factor", "--feedback", "More.")
    done = optimize(folder, *target, "--write", *replies)
    assert done.json["kind"] == "written", done
    text = (folder / "two.py").read_text()
    assert "factor = trace.node(4, trainable=True)" in text
    assert "return number + 10" in text
    assert "return cost * 2" in text


def test_nothing_trainable_is_an_error_with_all(folder: Path) -> None:
    done = optimize(folder, "nothing_trainable.py", "--all")
    assert (done.code, done.json["kind"]) == (1, "noTrainable")
    done = optimize(folder, "two.py:grow,nobody", "--feedback", "x")
    assert (done.code, done.json["kind"]) == (1, "unknownTrainable")


# A number as the goal, and no model


@pytest.mark.parametrize("goal", [("--minimize", "loss"), ("--maximize", "gain")], ids=str)
def test_a_goal_without_a_model(folder: Path, goal: tuple[str, str]) -> None:
    (folder / "goal.py").write_text(GOAL)
    done = optimize(folder, "goal.py", *goal, "--write")
    assert (done.code, done.json["kind"]) == (0, "written"), done
    sign = 1 if goal[1] == "loss" else -1
    objective = done.json["proposal"]["verdict"]["objective"]
    assert objective["before"] == sign * 4
    assert abs(objective["after"]) < 0.01
    assert "x = trace.node(3" in (folder / "goal.py").read_text()
    assert "spent" not in done.json


def test_the_readme_keeps_its_word(folder: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n((?:(?!```).)*def total.*?)```", readme, re.DOTALL)
    (folder / "total.py").write_text(example)
    done = optimize(folder, "total.py", "--no-model", "--write")
    assert done.json["kind"] == "written", done
    assert done.json["proposal"]["verdict"]["reason"].startswith(
        "The program runs to its end, and 3 of 3 checks hold"
    )
    assert trace_lsp(folder, *program("run", "total.py")).code == 0


async def test_a_search_sends_nothing(folder: Path) -> None:
    async with ChatEndpoint() as endpoint:
        address = ("--base-url", endpoint.url, "--model", "m")
        for options in (("--optimizer", "search", *address), ("--no-model",)):
            done = await asyncio.to_thread(
                trace_lsp,
                folder,
                *program("optimize", "thermostat.py", *options, "--json"),
                OPENAI_BASE_URL=endpoint.url,
                OPENAI_MODEL="m",
            )
            assert (done.code, done.json["kind"]) == (0, "ready"), done
            assert "No model was asked" in done.json["proposal"]["reasoning"]
            assert done.json["proposal"]["steps"][0]["optimizer"] == "search"
        assert endpoint.requests == []


def test_no_model_for_who_needs_one(folder: Path) -> None:
    done = optimize(folder, "sizes.py", "--no-model", "--optimizer", "OptoPrime")
    assert (done.code, done.json["kind"]) == (1, "noModel")
    text = (folder / "thermostat.py").read_text().replace("< 18", "< 20")
    (folder / "right.py").write_text(text)
    words = optimize(folder, "right.py", "--no-model", "--feedback", "Warmer.")
    assert (words.code, words.json["kind"]) == (1, "noFeedback")
    assert words.json["message"].startswith("A search cannot read feedback, and nothing else says ")
    silent = optimize(folder, "right.py", "--no-model")
    assert silent.json["message"].startswith("Nothing says what should be better: ")
    nothing = optimize(folder, "exits.py", "--no-model")
    assert (nothing.code, nothing.json["kind"]) == (1, "nothingFound")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--steps", "0"),
        ("--candidates", "few"),
        ("--minimize", "a", "--maximize", "b"),
        ("--no-model", "--cassette", "x"),
        ("--optimizer", "Guess"),
        ("--budget-money", "-1"),
        ("--price", "1"),
        ("--write", "--diff"),
    ],
    ids=str,
)
def test_what_makes_no_sense(folder: Path, arguments: tuple[str, ...]) -> None:
    done = trace_lsp(folder, "optimize", "thermostat.py", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("See `trace-lsp optimize --help`.\n")


# Who suggests, and what is sent


@pytest.fixture
async def endpoint() -> AsyncIterator[ChatEndpoint]:
    async with ChatEndpoint() as endpoint:
        yield endpoint


async def asked(endpoint: ChatEndpoint, folder: Path, *arguments: str) -> Done:
    """`optimize` with that endpoint, as it is on this loop."""
    address = ("--base-url", endpoint.url, "--model", "a-model")
    return await asyncio.to_thread(optimize, folder, *arguments, *address)


def reply(of: Any, sent: int = 300, received: int = 20) -> Any:
    return says(json.dumps(of), tokens=(sent, received))


async def test_the_optimizer_that_is_named(endpoint: ChatEndpoint, folder: Path) -> None:
    code = "def size(number):\n    return 'small' if number < 3 else 'large'"
    named = f"<name>__code0</name><value>{code.replace('<', '&lt;')}</value>"
    tags = f"<reasoning>Because.</reasoning><variable>{named}</variable>"
    endpoint.behaviours.extend([reply(PLAIN), says(tags)])
    for name in ("OPRO", "OptoPrimeV2"):
        done = await asked(endpoint, folder, "sizes.py", "--optimizer", name)
        assert done.json["kind"] == "ready", done
        assert done.json["proposal"]["steps"][0]["optimizer"] == name
    opro, version2 = (str(body["messages"]) for body in endpoint.bodies)
    assert "<variable>" in version2
    assert "<variable>" not in opro


async def test_several_candidates(endpoint: ChatEndpoint, folder: Path) -> None:
    endpoint.behaviours.extend([reply(SAME), reply(RIGHT), reply(PLAIN)])
    done = await asked(endpoint, folder, "sizes.py", "--candidates", "3")
    assert len(endpoint.requests) == 3
    proposal = done.json["proposal"]
    assert proposal["verdict"]["passes"] is True
    tried = [each for step in proposal["steps"] for each in step["candidates"]]
    assert len(tried) == 3
    assert [each["values"]["size"] for each in tried if each["accepted"]] == [
        RIGHT["suggestion"]["__code0"]
    ]


async def test_the_prompt_is_shown_and_not_sent(endpoint: ChatEndpoint, folder: Path) -> None:
    before = contents(folder)
    address = ("--base-url", endpoint.url, "--model", "a-model")
    options = ("sizes.py", "--show-prompt", "--feedback", "Mind the huge ones.")
    plain = await asyncio.to_thread(trace_lsp, folder, *program("optimize", *options, *address))
    done = await asked(endpoint, folder, *options)
    assert endpoint.requests == []
    assert (plain.code, done.code, done.json["kind"]) == (0, 0, "shown")
    assert plain.out == done.json["text"].rstrip("\n") + "\n"
    assert "Mind the huge ones." in plain.out
    assert f"about {done.json['tokens']:,} tokens. Nothing was sent.\n" in plain.err
    assert contents(folder) == before
    # What is shown is what is sent then.
    endpoint.behaviours.append(reply(RIGHT))
    await asked(endpoint, folder, "sizes.py", "--feedback", "Mind the huge ones.")
    for message in endpoint.bodies[0]["messages"]:  # type: ignore[attr-defined]
        assert message["content"] in plain.out


async def test_a_recording(folder: Path) -> None:
    tape = ("--cassette", str(folder.parent / "tape.json"))
    async with ChatEndpoint(reply(PLAIN), reply(RIGHT)) as endpoint:
        made = await asked(endpoint, folder, "sizes.py", "--until-pass", *tape)
        assert made.json["proposal"]["verdict"]["passes"] is True
        assert len(endpoint.requests) == 2
    again = await asyncio.to_thread(optimize, folder, "sizes.py", "--until-pass", *tape)
    assert again.code == 0, again
    assert again.json["proposal"]["diff"] == made.json["proposal"]["diff"]
    other = await asyncio.to_thread(optimize, folder, "thermostat.py", *tape)
    assert (other.code, other.json["kind"]) == (1, "notRecorded")
    Path(tape[1]).write_text("not a tape")
    damaged = await asyncio.to_thread(optimize, folder, "sizes.py", *tape)
    assert (damaged.code, damaged.json["kind"]) == (1, "cassetteDamaged")


async def test_replies_are_kept(folder: Path) -> None:
    kept = ("--cache", str(folder.parent / "replies"))
    async with ChatEndpoint(reply(WARMER)) as endpoint:
        first = await asked(endpoint, folder, "thermostat.py", *kept)
        again = await asked(endpoint, folder, "thermostat.py", *kept)
        assert len(endpoint.requests) == 1
        assert first.json["proposal"]["diff"] == again.json["proposal"]["diff"] != ""
        endpoint.behaviours.append(Answers(401, {"error": {"message": "no"}}))
        other = await asked(endpoint, folder, "thermostat.py", "--feedback", "Warmer.", *kept)
        assert other.json["kind"] == "keyRefused"


async def test_a_budget(endpoint: ChatEndpoint, folder: Path) -> None:
    done = await asked(endpoint, folder, "sizes.py", "--budget-tokens", "10")
    assert (done.code, done.json["kind"]) == (1, "budgetSpent")
    assert "It was not sent" in done.json["message"]
    assert endpoint.requests == []
    # In the middle of a loop it ends the loop, and what was found by then counts.
    endpoint.behaviours.append(reply(PLAIN, 9_000, 900))
    some = ("--budget-tokens", "10000", "--until-pass")
    done = await asked(endpoint, folder, "sizes.py", *some)
    assert (done.code, done.json["kind"]) == (0, "ready"), done
    assert "The budget is 10000 tokens." in done.json["proposal"]["ended"]
    assert len(endpoint.requests) == 1


async def test_a_price(endpoint: ChatEndpoint, folder: Path) -> None:
    endpoint.behaviours.extend([reply(WARMER, 3_000, 500)] * 2)
    price = ("--price", "2", "8")
    done = await asked(endpoint, folder, "thermostat.py", *price)
    assert done.json["spent"] == {
        "calls": 1, "sent": 3000, "received": 500, "cost": 0.01, "isEstimate": False,
    }  # fmt: skip
    plain = await asyncio.to_thread(
        trace_lsp,
        folder,
        *program("optimize", "thermostat.py", "--base-url", endpoint.url, "--model", "m", *price),
    )
    assert "Spent: 3,000 tokens sent, 500 received, at a price of 0.01.\n" in plain.err
    money = await asked(endpoint, folder, "thermostat.py", *price, "--budget-money", "0.000001")
    assert (money.code, money.json["kind"]) == (1, "budgetSpent")
