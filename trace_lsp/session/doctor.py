"""What is there and what is missing, in sentences."""

from __future__ import annotations

import importlib.util
import platform
from dataclasses import dataclass

from trace_lsp import __version__
from trace_lsp.errors import NoneConfigured, TraceLspError
from trace_lsp.session.events import Listener
from trace_lsp.session.optimizers import can_search
from trace_lsp.session.session import Session

_PROGRAM = """\
from opto import trace

@trace.bundle(trainable=True)
def double(x):
    return 2 * x

assert double(21) == 42
"""

_SEARCHES = (
    "none, so `optimize` searches: it tries small changes out, by a check that fails or a number "
    "to minimize or maximize, and sends nothing."
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. An optional one may be missing without harm."""

    name: str
    ok: bool
    text: str
    is_optional: bool = False


async def examine(session: Session) -> list[Finding]:
    """Looks at the server, the interpreter, a traced run, the model and the drawing."""
    version = f"trace-lsp {__version__} on Python {platform.python_version()}"
    return [Finding("server", True, version), await _run(session), _model(session), _drawing()]


async def _run(session: Session) -> Finding:
    try:
        trace = await session.trace(f"{session.workspace}/doctor.py", _PROGRAM, Listener())
    except TraceLspError as error:
        return Finding("programs", False, error.message)
    interpreter = trace.configuration.interpreter
    version = ".".join(map(str, interpreter.version))
    used = f"{interpreter.path} (Python {version}, {interpreter.reason})"
    if trace.outcome.kind != "finished":
        return Finding("programs", False, f"{used} does not run traced: {trace.outcome.message}")
    return Finding("programs", True, f"run by {used}; a traced run took {trace.seconds:.2f} s")


def _model(session: Session) -> Finding:
    try:
        model = session.model()
    except TraceLspError as error:
        text = error.message
        if isinstance(error, NoneConfigured) and can_search(session.settings):
            text = f"{_SEARCHES} {text}"
        return Finding("model", False, text, is_optional=True)
    return Finding("model", True, f"{model.name} will be asked", is_optional=True)


def _drawing() -> Finding:
    if importlib.util.find_spec("pygraphviz") is None:
        text = "reports have no drawing; `pip install 'trace-lsp[draw]'` adds it"
        return Finding("drawing", False, text, is_optional=True)
    return Finding("drawing", True, "reports draw the graph", is_optional=True)
