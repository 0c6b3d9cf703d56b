"""Tests as pytest runs them, in this process: each is a check, and a failure's own explanation is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.execution import Ending
from trace_lsp.runs.child.report import raised
from trace_lsp.runs.wire import Checked, Event, Raised
from trace_lsp.trace.graph import Failure, Place

_NOTHING_FOUND = 5  # pytest's exit code
_OPTIONS = ("-p", "no:cacheprovider")  # a run leaves nothing behind


def run_tests(
    names: Sequence[str], arguments: Sequence[str], send: Callable[[Event], None], depth: Depth
) -> Ending:
    """Runs the tests of these names with the pytest of this interpreter.

    The first that fails is what the run is told to have ended by.
    """
    sys.argv = ["pytest", *names, *arguments]
    try:
        import pytest
    except ImportError as error:
        error.msg = f"{error.msg}: install pytest for {sys.executable}, to run tests with it"
        return Ending(1, error)
    depth.install()
    code = int(pytest.main([*_OPTIONS, *names, *arguments], plugins=[_Listening(send)]))
    return Ending(code)


class _Listening:
    """A pytest plugin that tells how each test came out."""

    def __init__(self, send: Callable[[Event], None]) -> None:
        self._send = send
        self._has_failed = False

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """The first failure, of a test or of a file that cannot be imported."""
        if self._has_failed or call.excinfo is None:
            return
        self._has_failed = True
        self._send(Raised(_failure(call.excinfo.value, report)))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A test came out: by its call, or by a fixture that failed."""
        if report.when != "call" and report.passed:
            return
        if report.when == "teardown" or report.skipped:
            return
        _, line, _ = report.location
        self._send(Checked((line or 0) + 1, bool(report.passed), str(report.nodeid)))


def _failure(error: BaseException, report: Any) -> Failure:
    """The failure, with pytest's explanation of it as the traceback."""
    found = raised(error, "").failure
    crash = getattr(report.longrepr, "reprcrash", None)
    place, message = found.place, found.message
    if crash is not None:
        place = Place(os.path.abspath(str(crash.path)), int(crash.lineno))
        message = str(crash.message)
    return Failure(found.type, message, str(report.longreprtext), place, found.node)
