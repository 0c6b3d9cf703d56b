"""The demo goes all the way, with a model and without one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from commandline import trace_lsp
from models.endpoint import ChatEndpoint, says
from session.cases import suggests

from trace_lsp import demo


def test_without_a_model(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    done = trace_lsp(tmp_path, "demo", "--keep", str(keep), TMPDIR=str(tmp_path))
    assert done.code == 0, done
    for words in (
        "No model is configured",
        "Trace · run",
        "Trace · 5 calls · 4 failed",
        "with feedback…",
        "#Feedback",
        "better: 5 of 5 checks hold; 1 did before.",
        "5 of 5 prices are as the owner wrote them",
        "Done",
    ):
        assert words in done.out, words
    # The editor's text changed; the file on disk is as it came.
    workspace = Path(demo.__file__).parent / "workspace"
    assert (keep / "prices.py").read_bytes() == (workspace / "prices.py").read_bytes()
    assert done.err == ""


async def test_with_a_model_of_ones_own(tmp_path: Path) -> None:
    reply = suggests("def shelf_price(cost):\n    return int(cost * 1.4 + 0.01) + 0.99")
    async with ChatEndpoint(says(json.dumps(reply))) as endpoint:
        done = await asyncio.to_thread(
            trace_lsp,
            tmp_path,
            "demo",
            OPENAI_BASE_URL=endpoint.url,
            OPENAI_MODEL="own-model",
            TMPDIR=str(tmp_path),
        )
        assert done.code == 0, done
        assert "Your model answers (own-model)." in done.out
        assert "Because." in done.out
        (body,) = endpoint.bodies
        assert body["model"] == "own-model"
        assert "shelf_price" in str(body["messages"])


async def test_a_model_that_is_of_no_use(tmp_path: Path) -> None:
    async with ChatEndpoint(says("I would rather not.")) as endpoint:
        done = await asyncio.to_thread(
            trace_lsp,
            tmp_path,
            "demo",
            OPENAI_BASE_URL=endpoint.url,
            OPENAI_MODEL="own-model",
            TMPDIR=str(tmp_path),
        )
        assert done.code == 1
        assert "unreadableReply: " in done.out
