"""The package's border: what may be loaded into a user's interpreter, and what it holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import trace_lsp
from trace_lsp.models.chat import ChatModel, Message, Reply, Tokens, well_formed
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.scripted import Scripted

ROOT = str(Path(trace_lsp.__file__).parent.parent)


def run_bare(program: str) -> str:
    """What `program` prints in an interpreter without site-packages, environment or cwd."""
    lines = f"import sys; sys.path.insert(0, {ROOT!r})\n{program}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", lines], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module",
    [
        "trace_lsp.models",
        "trace_lsp.models.chat",
        "trace_lsp.models.choose",
        "trace_lsp.models.llm",
    ],
)
def test_loads_with_the_standard_library_only(module: str) -> None:
    # -S leaves no site-packages to import from: anything else would fail.
    assert run_bare(f"import {module}; print({module}.__name__)") == module


def test_choosing_a_model_does_not_load_openai() -> None:
    program = (
        "from trace_lsp.models.choose import ModelSettings, model_from\n"
        "model = model_from(ModelSettings(), {'OPENAI_API_KEY': 'k'})\n"
        "print(model.name, 'openai' in sys.modules)"
    )
    lines = f"import sys; sys.path.insert(0, {ROOT!r})\n{program}"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["gpt-4.1-mini", "False"]


def test_each_model_is_a_chat_model() -> None:
    models: list[ChatModel] = [Scripted([]), OpenAICompatible("m", base_url="http://localhost")]
    assert [model.name for model in models] == ["scripted", "m"]


def test_messages_and_replies_are_values() -> None:
    assert Message("user", "Hi") == Message("user", "Hi")
    assert Reply("Hi") == Reply("Hi", finish="stop", tokens=Tokens(None, None), model="")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("naïve 😀", "naïve 😀"),
        ("\ud83d\ude00", "😀"),
        ("cut \ud83d", "cut \ufffd"),
        ("bytes \udc80\udcff!", "bytes \ufffd\ufffd!"),
    ],
)
def test_well_formed(text: str, expected: str) -> None:
    assert well_formed(text) == expected
