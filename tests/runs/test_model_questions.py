"""A program that asks a model itself, in real runs: the run's model answers, over the wire."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

import pytest
from models.endpoint import ChatEndpoint, Hangs, refuses, says, soon
from session.cases import suggests

from trace_lsp.models.chat import Message, OnText, Reply, Tokens
from trace_lsp.models.choose import ModelSettings
from trace_lsp.models.request import answer, failure
from trace_lsp.runs.configuration import Limits, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import Event, ModelAsked, StepAsked
from trace_lsp.session.events import Listener
from trace_lsp.session.session import Session
from trace_lsp.session.settings import Settings
from trace_lsp.session.wanted import Wanted
from trace_lsp.source.trainables import find_trainable, find_trainables

ASK = """\
from opto.utils.llm import LLM
from trace_lsp.errors import *

def ask(text, **more):
    return LLM()(messages=[{"role": "user", "content": text}], **more)
"""


class Nobody(Listener):
    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def count(self, kind: type[Any]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


def session(tmp_path: Path, model: ModelSettings, **environment: str) -> Session:
    return Session(str(tmp_path), Settings(python=sys.executable, model=model), environment)


def scripted(tmp_path: Path, *replies: Any) -> ModelSettings:
    path = tmp_path / "replies.json"
    path.write_text(json.dumps(replies), encoding="utf-8")
    return ModelSettings(provider="scripted", replies=str(path))


def configuration(seconds: float = 60.0) -> RunConfiguration:
    interpreter = Interpreter(sys.executable, (3, 11), "the tests'")
    return RunConfiguration("/x/p.py", interpreter, "/", limits=Limits(seconds=seconds))


async def no_step(request: Any) -> dict[str, Any]:
    return {"values": {}}


async def traced(tmp_path: Path, body: str, model: ModelSettings, **environment: str) -> Trace:
    own = session(tmp_path, model, **environment)
    return await own.trace(str(tmp_path / "p.py"), ASK + body, Nobody())


async def test_the_runs_model_answers(tmp_path: Path) -> None:
    body = (
        "one = ask('Hello?')\n"
        "print(one.choices[0].message.content, one['choices'][0]['finish_reason'], one.model)\n"
        "two = ask('And?')\n"
        "print(two.get_text(), two.choices[0].finish_reason, two.usage.total_tokens)\n"
    )
    model = scripted(tmp_path, "Yes — “Grüße” \U0001f600", {"text": "cut", "finish": "length"})
    trace = await traced(tmp_path, body, model)
    assert trace.outcome.kind == "finished"
    assert trace.output == "Yes — “Grüße” \U0001f600 stop scripted\ncut length None\n"


async def test_what_is_asked_arrives_at_the_endpoint(tmp_path: Path) -> None:
    body = (
        "answer = LLM()(messages=[{'role': 'system', 'content': 'Be brief.'},\n"
        "                         {'role': 'user', 'content': [{'type': 'text', 'text': 'Hi'}]}],\n"
        "               max_tokens=7, response_format={'type': 'json_object'})\n"
        "print(answer.content, answer.usage.prompt_tokens, answer.usage.completion_tokens)\n"
        "import os; print(os.environ.get('OPENAI_API_KEY'))\n"
    )
    async with ChatEndpoint(says("{", "}", tokens=(5, 2))) as endpoint:
        model = ModelSettings(base_url=endpoint.url, name="m")
        trace = await traced(tmp_path, body, model, OPENAI_API_KEY="sk-1")
    assert trace.output == "{} 5 2\nNone\n"
    assert endpoint.bodies[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
    assert endpoint.bodies[0]["max_tokens"] == 7
    assert endpoint.bodies[0]["response_format"] == {"type": "json_object"}


async def test_an_error_of_the_models_is_raised_where_it_was_asked(tmp_path: Path) -> None:
    body = (
        "for text in ('one', 'two'):\n"
        "    try:\n"
        "        print(ask(text).content)\n"
        "    except ScriptEnded as error:\n"
        "        print(type(error).__name__, error)\n"
        "ask('three')\n"
    )
    trace = await traced(tmp_path, body, scripted(tmp_path, "only this"))
    said = "scripted has no reply left: its script has 1 reply."
    assert trace.output.startswith(f"only this\nScriptEnded {said}")
    assert trace.outcome.message.startswith(f"ScriptEnded at p.py:5: {said}")


async def test_an_endpoints_refusal_has_its_class_and_words(tmp_path: Path) -> None:
    body = "try:\n    ask('x')\nexcept RateLimited as e:\n    print(e.retry_after, e)\n"
    slow = refuses("x", "Slow down", status=429)
    slow = type(slow)(429, slow.body, {"Retry-After": "200"})
    async with ChatEndpoint(slow, slow, slow) as endpoint:
        model = ModelSettings(base_url=endpoint.url, name="m")
        trace = await traced(tmp_path, body, model)
    assert trace.outcome.kind == "finished"
    assert trace.output.startswith("200.0 ")
    assert "Slow down" in trace.output


async def test_without_a_model_the_program_is_told_what_to_set(tmp_path: Path) -> None:
    trace = await traced(tmp_path, "ask('x')\n", ModelSettings())
    assert trace.outcome.message.startswith(
        "NoneConfigured at p.py:5: No model is configured. Set OPEN"
    )


class Backwards:
    """Answers when all questions are there, the last one first."""

    name = "backwards"

    def __init__(self, count: int) -> None:
        self.waiting: list[tuple[str, asyncio.Future[Reply]]] = []
        self.count = count

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        json_object: bool = False,
        on_text: Optional[OnText] = None,
    ) -> Reply:
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((messages[-1].text, future))
        if len(self.waiting) == self.count:
            for text, each in reversed(self.waiting):
                each.set_result(Reply(f"<{text}>", tokens=Tokens(1, None)))
        return await future


async def test_several_threads_each_get_their_own_answer() -> None:
    body = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    print(*[each.content for each in pool.map(ask, 'abcdefgh')])\n"
    )
    model = Backwards(8)
    trace = await run(
        configuration(),
        ASK + body,
        on_event=lambda event: None,
        answer_step=no_step,
        answer_question=lambda request: answer(request, model),
    )
    assert trace.output == "<a> <b> <c> <d> <e> <f> <g> <h>\n"
    assert len(model.waiting) == 8


async def test_cancelling_the_run_cancels_the_question(tmp_path: Path) -> None:
    async with ChatEndpoint(Hangs()) as endpoint:
        model = ModelSettings(base_url=endpoint.url, name="m")
        running = asyncio.create_task(traced(tmp_path, "ask('x')\n", model))
        await soon(endpoint.arrived)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await soon(endpoint.hung_up)


async def test_a_run_that_ends_meanwhile_cancels_the_question(tmp_path: Path) -> None:
    body = (
        "import os, threading, time\n"
        "threading.Thread(target=ask, args=('x',), daemon=True).start()\n"
        "while not os.path.exists('arrived'):\n"
        "    time.sleep(0.01)\n"
    )
    async with ChatEndpoint(Hangs()) as endpoint:
        model = ModelSettings(base_url=endpoint.url, name="m")
        running = asyncio.create_task(traced(tmp_path, body, model))
        await soon(endpoint.arrived)
        (tmp_path / "arrived").touch()
        assert (await running).outcome.kind == "finished"
        await soon(endpoint.hung_up)


async def test_a_run_without_an_answerer_says_that_it_has_no_model() -> None:
    trace = await run(
        configuration(), ASK + "ask('x')\n", on_event=lambda event: None, answer_step=no_step
    )
    assert trace.outcome.message == "NoModel at p.py:5: This run has no model to ask."


async def test_a_question_that_cannot_be_answered_ends_the_run() -> None:
    async def broken(request: Any) -> dict[str, Any]:
        raise KeyError("lost")

    trace = await run(
        configuration(),
        ASK + "ask('x')\n",
        on_event=lambda event: None,
        answer_step=no_step,
        answer_question=broken,
    )
    said = "The program's question to the model could not be answered: KeyError('lost')."
    assert (trace.outcome.kind, trace.outcome.message) == ("crashed", said)


async def test_a_fork_is_told_to_ask_elsewhere(tmp_path: Path) -> None:
    body = (
        "import os, sys\n"
        "if os.fork() == 0:\n"
        "    try:\n"
        "        ask('x')\n"
        "    except RunError as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    trace = await traced(tmp_path, body, scripted(tmp_path))
    assert trace.outcome.kind == "finished"
    assert "This one was forked from it: ask before the fork" in trace.output


PROGRAM = """\
from opto import trace
from opto.optimizers import OptoPrime
from opto.utils.llm import LLM

llm = LLM({model})

@trace.bundle(trainable=True)
def question(word):
    return f"What is {{word}}?"

@trace.bundle()
def answer(text):
    return llm(messages=[{{"role": "user", "content": text}}]).choices[0].message.content

right = answer(question("tea")).eq("a drink")
optimizer = OptoPrime(question.parameters(), llm)
optimizer.backward(right, "It should be a drink")
optimizer.step()
print(right.data)
"""
BETTER = 'def question(word):\n    return f"What is {word}, in two words?"'


@pytest.mark.parametrize("named", ["", "'gpt-4o'"])
async def test_a_candidate_asks_the_same_model_and_takes_no_steps(
    tmp_path: Path, named: str
) -> None:
    text = PROGRAM.format(model=named)
    # The program's question, our own, and the candidate's question: no step is answered.
    own = session(tmp_path, scripted(tmp_path, "leaves", suggests(BETTER), "a drink"))
    file, listener = str(tmp_path / "p.py"), Nobody()
    trainable = find_trainable(find_trainables(text, file), name="question")
    proposal = await own.optimize(Wanted(file, text, (trainable,)), listener)
    assert proposal.verdict is not None
    assert proposal.verdict.judgement == "better"
    assert (listener.count(ModelAsked), listener.count(StepAsked)) == (1, 1)


async def test_a_plain_llm_given_to_an_optimizer_leaves_the_step_to_the_server(
    tmp_path: Path,
) -> None:
    own = session(tmp_path, scripted(tmp_path, "leaves", suggests(BETTER)))
    listener = Nobody()
    trace = await own.trace(str(tmp_path / "p.py"), PROGRAM.format(model=""), listener)
    assert [update.value for update in trace.updates] == [BETTER]
    assert (listener.count(ModelAsked), listener.count(StepAsked)) == (1, 1)


async def test_a_model_that_is_named_and_not_asked_is_a_warning(tmp_path: Path) -> None:
    body = "print(LLM('gpt-4o')(messages='Hi').content)\nLLM('scripted')(messages='Hi')\n"
    trace = await traced(tmp_path, body, scripted(tmp_path, "from the script", "again"))
    warned = "p.py:6: UserWarning: `gpt-4o` is not asked in a traced run: its model, `scripted`,"
    assert trace.output.count("UserWarning") == 1
    assert warned in trace.output
    assert "from the script\n" in trace.output


async def test_a_function_as_a_model_is_asked_in_the_program(tmp_path: Path) -> None:
    body = (
        "from opto import trace\n"
        "from opto.optimizers import OptoPrime\n"
        "from opto.utils.llm import DummyLLM\n"
        "import json, threading\n"
        "def reply(messages, max_tokens, response_format):\n"
        "    assert threading.current_thread() is threading.main_thread()\n"
        "    return json.dumps({'suggestion': {'x0': max_tokens}})\n"
        "x = trace.node(1, name='x', trainable=True)\n"
        "optimizer = OptoPrime([x], DummyLLM(reply), max_tokens=9)\n"
        "optimizer.backward(x + 1, 'more')\n"
        "optimizer.step()\n"
        "print(x.data, len(optimizer.log))\n"
    )
    trace = await traced(tmp_path, body, ModelSettings(provider="none"))
    assert trace.output == "9 1\n"


def test_a_failure_says_what_to_raise() -> None:
    from trace_lsp.errors import RateLimited

    assert failure(RateLimited("Slow down.", 2.5)) == {
        "error": "RateLimited",
        "message": "Slow down.",
        "retry_after": 2.5,
    }
