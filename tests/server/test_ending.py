"""Cancelling, and clients and servers that go away: nothing goes on that nobody waits for."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from models.endpoint import ChatEndpoint, Hangs, says
from runs.processes import DEADLINE, alive, none_left, pids_in, until
from session.cases import WARMER, script

from server.client import Client, Refused


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    """Where the endless program writes its own process id and its child's."""
    return tmp_path / "pids"


def endless(folder: Path, pids: Path) -> Client:
    model = {"provider": "scripted", "replies": script(folder.parent, WARMER)}
    return Client(folder, settings={"arguments": [str(pids)], "model": model})


def by_progress(client: Client, id: int, uri: str) -> None:
    token = client.heard("window/workDoneProgress/create")[-1]["token"]
    client.notify("window/workDoneProgress/cancel", {"token": token})


def by_command(client: Client, id: int, uri: str) -> None:
    assert client.command("cancel", uri=uri)["message"] == "Cancelled."


def by_command_for_all(client: Client, id: int, uri: str) -> None:
    assert client.command("cancel")["message"] == "Cancelled."


def by_another_run(client: Client, id: int, uri: str) -> None:
    client.change(uri, "print('another')\n")
    assert client.command("run", uri=uri)["output"] == "another\n"


@pytest.mark.parametrize(
    "cancel",
    [by_progress, by_command, by_command_for_all, by_another_run],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("command", ["run", "optimize"])
def test_cancel(
    folder: Path, pids: Path, command: str, cancel: Callable[[Client, int, str], None]
) -> None:
    with endless(folder, pids) as client:
        uri = client.open(folder / "endless.py")
        params = {"command": f"trace-lsp.{command}", "arguments": [{"uri": uri}]}
        id = client.ask("workspace/executeCommand", params)
        program, grandchild = pids_in(pids)
        cancel(client, id, uri)
        answer = client.answer(id)
        assert (answer["ok"], answer["kind"]) == (False, "cancelled")
        assert answer["message"]
        kinds = [kind for kind, _ in client.progress()]
        assert kinds.count("begin") == kinds.count("end")
        client.alone()
        until(lambda: not alive(program) and not alive(grandchild))
        assert client.said() == []
        assert client.command("run", uri=client.open(folder / "thermostat.py"))["ok"]


@pytest.mark.parametrize("command", ["run", "optimize", "showProblem"])
def test_cancel_request(folder: Path, pids: Path, command: str) -> None:
    with endless(folder, pids) as client:
        uri = client.open(folder / "endless.py")
        id = client.ask(f"trace/{command}", {"uri": uri})
        program, grandchild = pids_in(pids)
        client.notify("$/cancelRequest", {"id": id})
        with pytest.raises(Refused) as refused:
            client.answer(id)
        assert refused.value.code == -32800
        client.alone()
        until(lambda: not alive(program) and not alive(grandchild))
        client.hear(lambda each: each.get("params", {}).get("value", {}).get("kind") == "end")
        assert client.command("cancel")["message"] == "Nothing was under way."
        assert client.command("run", uri=client.open(folder / "thermostat.py"))["ok"]


def test_many_runs_of_a_document_at_once(folder: Path, pids: Path) -> None:
    with endless(folder, pids) as client:
        uri = client.open(folder / "endless.py")
        first = [client.ask("trace/run", {"uri": uri})]
        pids_in(pids)
        # These all wait for the first to end.
        first += [client.ask("trace/run", {"uri": uri}) for _ in range(5)]
        client.change(uri, "print('the last')\n")
        last = client.ask("trace/run", {"uri": uri})
        assert {client.answer(each)["kind"] for each in first} == {"cancelled"}
        assert client.answer(last)["output"] == "the last\n"
        client.alone()


async def test_cancel_while_the_model_thinks(folder: Path) -> None:
    async with ChatEndpoint(Hangs(), says(json.dumps(WARMER))) as endpoint:
        settings = {"model": {"baseUrl": endpoint.url, "name": "a-model"}}
        with Client(folder, settings=settings) as client:
            uri = client.open(folder / "thermostat.py")
            id = client.ask("trace/optimize", {"uri": uri, "feedback": "Warmer."})
            await asyncio.wait_for(endpoint.arrived.wait(), DEADLINE)
            await asyncio.to_thread(by_command, client, id, uri)
            assert client.answer(id)["kind"] == "cancelled"
            await asyncio.wait_for(endpoint.hung_up.wait(), DEADLINE)
            assert client.progress()[-1][0] == "end"
            params = {"uri": uri, "feedback": "Warmer."}
            answer = await asyncio.to_thread(client.request, "trace/optimize", params)
            assert answer["kind"] == "ready"


def hang_up(client: Client) -> None:
    client.hang_up()


def kill(client: Client) -> None:
    client.process.kill()


def terminate(client: Client) -> None:
    client.process.terminate()


def interrupt(client: Client) -> None:
    client.process.send_signal(signal.SIGINT)


def exit_at_once(client: Client) -> None:
    client.notify("exit", None)


def shut_down(client: Client) -> None:
    assert client.stop() == 0


@pytest.mark.parametrize(
    "leave",
    [hang_up, kill, terminate, interrupt, exit_at_once, shut_down],
    ids=lambda each: each.__name__,
)
def test_the_other_end_goes_away_in_the_middle_of_a_run(
    folder: Path, pids: Path, leave: Callable[[Client], None]
) -> None:
    with endless(folder, pids) as client:
        client.ask("trace/run", {"uri": client.open(folder / "endless.py")})
        program, grandchild = pids_in(pids)
        leave(client)
        client.process.wait(DEADLINE)
        none_left(client.mark)
        until(lambda: not alive(program) and not alive(grandchild))
        # Whatever it had to say about that, it did not go on and on.
        assert client.log.stat().st_size < 20_000


def test_a_client_that_is_gone_altogether(folder: Path, pids: Path) -> None:
    client = Client(folder, settings={"arguments": [str(pids)]}, capabilities={})
    with client.spawned() as process:
        client.send({"id": 1, "method": "initialize", "params": client.initialize_params()})
        client.notify("initialized", {})
        client.ask("trace/run", {"uri": (folder / "endless.py").as_uri()})
        program, grandchild = pids_in(pids)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.close()
        assert process.wait(DEADLINE) == 1
        none_left(client.mark)
        until(lambda: not alive(program) and not alive(grandchild))
        assert client.log.stat().st_size < 20_000


@pytest.mark.parametrize("ask", ["run", "command"])
def test_shutdown_in_the_middle_of_a_run(folder: Path, pids: Path, ask: str) -> None:
    with endless(folder, pids) as client:
        uri = client.open(folder / "endless.py")
        if ask == "run":
            client.ask("trace/run", {"uri": uri})
        else:
            params = {"command": "trace-lsp.run", "arguments": [{"uri": uri}]}
            client.ask("workspace/executeCommand", params)
        program, grandchild = pids_in(pids)
        assert client.stop() == 0
        until(lambda: not alive(program) and not alive(grandchild))


def test_exit_codes(folder: Path) -> None:
    with Client(folder) as client:
        assert client.stop() == 0
    with Client(folder) as client:
        client.notify("exit", None)
        assert client.process.wait(DEADLINE) == 1


def test_a_killed_program_is_a_crash(folder: Path, pids: Path) -> None:
    with endless(folder, pids) as client:
        id = client.ask("trace/run", {"uri": client.open(folder / "endless.py")})
        program, grandchild = pids_in(pids)
        os.kill(program, signal.SIGKILL)
        answer = client.answer(id)
        assert (answer["ok"], answer["kind"]) == (False, "crashed")
        assert "SIGKILL" in answer["message"]
        client.alone()
        until(lambda: not alive(grandchild))
