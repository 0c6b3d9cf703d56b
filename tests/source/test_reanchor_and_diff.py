"""A trainable's place in a text that moved on, and edits shown as a diff."""

import shutil
import subprocess
from pathlib import Path

import pytest

from trace_lsp.errors import NotParsable, StaleText
from trace_lsp.source.edits import edits_for, reanchor, unified_diff
from trace_lsp.source.text import apply_edits, text_hash
from trace_lsp.source.trainables import find_trainable, find_trainables

PROGRAM = """\
from opto.trace import bundle, node

x = node(1, trainable=True)


class A:
    @bundle(trainable=True)
    def f(self):
        return 1
"""


def moved(name: str, text: str) -> int:
    """The line on which the trainable then is."""
    trainable = find_trainable(find_trainables(PROGRAM, "app.py"), name)
    found = reanchor(trainable, text_hash(PROGRAM), text)
    assert (found.name, found.text) == (trainable.name, trainable.text)
    assert edits_for(found, trainable.text, text) == []
    return found.range.start.line + 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (PROGRAM, (3, 8)),
        (f"# 1\n# 2\n{PROGRAM}", (5, 10)),
        (PROGRAM.replace("\n", "\r\n"), (3, 8)),
        (PROGRAM.replace("class A:", "class A:\n    z = 1"), (3, 9)),
        (PROGRAM.replace("x = node(1, ", "# trace: more\nx = node(  1, "), (4, 9)),
        (
            PROGRAM.replace(
                "return 1\n", "return 1\n\n    @bundle(trainable=True)\n    def g(self): pass"
            ),
            (3, 8),
        ),
    ],
)
def test_the_same_trainable_is_found_where_it_now_is(text: str, lines: tuple[int, int]) -> None:
    assert (moved("x", text), moved("A.f", text)) == lines


CHANGED = "`A.f` in app.py was changed in the meantime: optimize it again."
GONE = "`A.f` is no longer in app.py, or no longer trainable."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PROGRAM.replace("return 1", "return 2"), CHANGED),
        (PROGRAM.replace("self", "this"), CHANGED),
        (PROGRAM.replace("    ", "  "), CHANGED),
        (PROGRAM.replace("return 1", "return 1  # one"), CHANGED),
        (PROGRAM.replace("def f", "def g"), GONE),
        (PROGRAM.replace("class A", "class B"), GONE),
        (PROGRAM.replace("    @bundle(trainable=True)\n", ""), GONE),
        (PROGRAM[: PROGRAM.index("    @bundle")] + "    f = node(1, trainable=True)\n", GONE),
        ("", GONE),
    ],
)
def test_what_changed_or_is_gone_is_stale(text: str, message: str) -> None:
    trainable = find_trainable(find_trainables(PROGRAM, "app.py"), "f")
    with pytest.raises(StaleText) as raised:
        reanchor(trainable, text_hash(PROGRAM), text)
    assert raised.value.message == message
    assert raised.value.kind == "staleText"


def test_a_text_that_is_broken_now_says_so() -> None:
    trainable = find_trainable(find_trainables(PROGRAM, "app.py"), "f")
    with pytest.raises(NotParsable, match=r"app\.py, line 3, is not valid Python"):
        reanchor(trainable, text_hash(PROGRAM), PROGRAM.replace("node(1,", "node(1 1,"))


def test_of_two_with_one_name_each_keeps_its_number() -> None:
    text = "import opto\nx = opto.trace.node(1, trainable=True)\nx = opto.trace.node(2, trainable=True)\n"
    second = find_trainables(text, "app.py")[1]
    assert reanchor(second, text_hash(text), f"\n{text}").range.start.line == 3
    with pytest.raises(StaleText, match=r"`x#2` is no longer in app\.py"):
        reanchor(
            second, text_hash(text), text.replace("x = opto.trace.node(1, trainable=True)\n", "")
        )


def changed(text: str, value: str) -> tuple[str, str]:
    """The text after the edit, and the diff."""
    (trainable,) = find_trainables(text, "app.py")
    edits = edits_for(trainable, value, text)
    return apply_edits(text, edits), unified_diff(text, edits, "sub/app.py")


VALUE = "import opto\n\nx = opto.trace.node(1, trainable=True)\n# \x0c\u2028\nz"


def test_a_diff_has_headers_and_context() -> None:
    _, diff = changed(VALUE + "\n", "2")
    assert diff.split("\n") == [
        "--- a/sub/app.py",
        "+++ b/sub/app.py",
        "@@ -1,5 +1,5 @@",
        " import opto",
        " ",
        "-x = opto.trace.node(1, trainable=True)",
        "+x = opto.trace.node(2, trainable=True)",
        " # \x0c\u2028",
        " z",
        "",
    ]


def test_nothing_changed_is_no_diff() -> None:
    assert changed(VALUE, "1") == (VALUE, "")


@pytest.mark.parametrize(
    ("file", "label"),
    [("/some/where/app.py", "app.py"), ("./app.py", "app.py"), ("a b.py", "a b.py")],
)
def test_the_label_is_a_relative_name(file: str, label: str) -> None:
    (trainable,) = find_trainables(VALUE, file)
    lines = unified_diff(VALUE, edits_for(trainable, "2", VALUE), file).split("\n")
    assert lines[:2] == [f"--- a/{label}", f"+++ b/{label}"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_git_can_apply_the_diff(tmp_path: Path, end: str, last: str) -> None:
    for value in ("2", r"'a\nb'"):
        before = (VALUE.replace("1,", "'''1''',") + last).replace("\n", end)
        after, diff = changed(before, value)
        file = tmp_path / "sub" / "app.py"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(before.encode())
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=tmp_path, input=diff.encode(), check=True)
        assert file.read_bytes().decode() == after


def test_lone_carriage_returns_are_shown_as_lines() -> None:
    _, diff = changed((VALUE + "\n").replace("\n", "\r"), "2")
    assert diff == changed(VALUE + "\n", "2")[1]
