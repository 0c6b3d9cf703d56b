"""How the tasks of the table are solved: steps, candidates and seconds for each."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from solving import optimized
from tasks import TASKS


def main() -> None:
    """Prints a line for each task."""
    os.environ["TRACE_LSP_STATE"] = tempfile.mkdtemp()
    print(f"{'task':18}{'by':11}{'steps':>6}{'candidates':>12}{'seconds':>9}  came to")
    for task in TASKS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            proposal, listener = optimized(task, Path(folder))
        seconds = time.monotonic() - started
        steps = len(proposal.steps)
        reason = proposal.verdict.reason if proposal.verdict else proposal.ended
        print(
            f"{task.name:18}{task.by:11}{steps:6}{listener.candidates:12}{seconds:9.1f}  {reason}"
        )


if __name__ == "__main__":
    main()
