"""One engine in a process of its own: a request in, an answer out, each a line of JSON.

    python worker.py ours|theirs

The first answer says what importing the engine took. What the engine itself prints goes to stderr.
"""

import os
import sys
import time

COLLECT_AFTER = 50_000
"""The cyclic collector's threshold: that of a traced run, for both engines."""


def import_engine(engine: str) -> float:
    """Imports the engine and OptoPrime, and returns the seconds of CPU time that it took."""
    start = time.process_time()
    if engine == "ours":
        from trace_lsp import compat

        compat.install()
    from opto import trace  # noqa: F401
    from opto.optimizers import OptoPrime  # noqa: F401

    return time.process_time() - start


def greeting(engine: str, took: float) -> dict[str, object]:
    """What importing took, and which versions these are."""
    import platform
    from importlib import metadata

    distribution = {"ours": "trace-lsp", "theirs": "trace-opt"}[engine]
    return {
        "import": took,
        "version": metadata.version(distribution),
        "python": platform.python_version(),
    }


def answer(request: dict[str, object]) -> object:
    """Does what is asked for: `do` names it, the rest are its arguments."""
    import depth
    import memory
    import works

    functions = {
        function.__name__: function
        for function in (
            works.timed,
            memory.held,
            memory.training,
            depth.stepped,
            depth.longest,
            depth.nesting,
        )
    }
    return functions[request.pop("do")](**request)


def main() -> None:
    engine = sys.argv[1]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    took = import_engine(engine)

    # Not before: the engine may need them as well, and what it needs counts.
    import gc
    import json

    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
    answers.write(json.dumps(greeting(engine, took)) + "\n")
    for line in sys.stdin:
        try:
            said = {"answer": answer(json.loads(line))}
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs into the report
            said = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        answers.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
