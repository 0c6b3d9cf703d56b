"""A file of 50,000 lines."""

import ast
import gc
import time

from trace_lsp.source.edits import edits_for
from trace_lsp.source.trainables import find_trainables


def program(trainables: int) -> str:
    parts = ["from opto.trace import bundle\nimport other\n"]
    for number in range(500):
        marked = number < trainables
        parts.append(f"# trace: better {number}\n@bundle(trainable=True)\n" if marked else "\n\n")
        parts.append(f"def f{number}(x):\n    '''Doc.'''\n")
        parts += [
            f"    v{line} = other.call(x, [1, {line}], k='s') if x else 0\n" for line in range(95)
        ]
        parts.append("    return x\n")
    return "".join(parts)


def seconds(text: str) -> float:
    start = time.process_time()
    find_trainables(text, "app.py")
    return time.process_time() - start


def test_reading_costs_little_more_than_parsing() -> None:
    text = program(500)
    assert text.count("\n") > 49_000
    found = find_trainables(text, "app.py")
    assert [each.comment for each in found] == [f"better {number}" for number in range(500)]
    gc.disable()
    try:
        start = time.process_time()
        ast.parse(text)
        parsing = time.process_time() - start
    finally:
        gc.enable()
    assert min(seconds(text) for _ in range(3)) < 3 * parsing + 0.2


def test_without_the_word_nothing_is_parsed() -> None:
    assert seconds(program(0)) < 0.05


def test_an_edit_is_quick() -> None:
    text = program(500)
    trainable = find_trainables(text, "app.py")[250]
    start = time.process_time()
    edits = edits_for(trainable, trainable.text.replace("v50 =", "w50 ="), text)
    assert time.process_time() - start < 1
    assert [edit.new_text.strip()[:5] for edit in edits] == ["w50 ="]
