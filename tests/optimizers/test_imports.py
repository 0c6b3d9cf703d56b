"""Imports above a suggested function."""

from __future__ import annotations

import ast

import pytest

from trace_lsp.optimizers.imports import with_imports_inside


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(x):\n    return x", "def f(x):\n    return x"),
        (
            "import math\nfrom os import (\n    path,\n)\n\ndef f(x):\n    return math.pi * x",
            """def f(x):
    import math
    from os import (
        path,
    )

    return math.pi * x""",
        ),
        (
            'import math\ndef f(x):\n  """Doc."""\n  return math.pi',
            'def f(x):\n  """Doc."""\n  import math\n\n  return math.pi',
        ),
        (
            "import math\nasync def f(\n    x,\n):\n    # why\n    return x",
            "async def f(\n    x,\n):\n    # why\n    import math\n\n    return x",
        ),
        # What is no import, or has no place inside, is left for the check of the code to name.
        ("import math\ndef f(x): return x", "import math\ndef f(x): return x"),
        ("y = 1\ndef f(x):\n    return x", "y = 1\ndef f(x):\n    return x"),
        ("import math\nclass F:\n    pass", "import math\nclass F:\n    pass"),
        ("import math\n", "import math\n"),
        ("def f(x:\n", "def f(x:\n"),
        (
            "from __future__ import annotations\ndef f(x):\n    return x",
            "from __future__ import annotations\ndef f(x):\n    return x",
        ),
    ],
)
def test_imports_go_inside(source: str, expected: str) -> None:
    assert with_imports_inside(source) == expected


def test_what_comes_out_means_the_same() -> None:
    source = 'import math as m\n\n\ndef f(x):\n    """Doc."""\n    return m.floor(x)\n'
    namespace: dict[str, object] = {}
    exec(compile(ast.parse(with_imports_inside(source)), "<test>", "exec"), namespace)
    assert namespace["f"](2.5) == 2  # type: ignore[operator]
    assert set(namespace) == {"__builtins__", "f"}
