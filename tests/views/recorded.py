"""Recorded runs as data: what the renderers are shown in tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.runs.configuration import RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.record import Outcome, Trace
from trace_lsp.session.proposal import Change, Comparison, Proposal, Verdict
from trace_lsp.source.text import Position, Range, TextEdit
from trace_lsp.source.trainables import Trainable
from trace_lsp.trace.graph import Failure, NodeRecord, Operator, Output, Place

FILE = "/home/ada/sorting/sort.py"

SOURCE = '''\
def strange_sort(numbers):
    """Smallest first, then the largest of the rest, then the smallest of the rest, …"""
    numbers = sorted(numbers)
    if numbers[0] < numbers[-1]:
        return numbers
    return numbers'''

BETTER = '''\
def strange_sort(numbers):
    """Smallest first, then the largest of the rest, then the smallest of the rest, …"""
    rest = sorted(numbers)
    result = []
    while rest:
        result.append(rest.pop(-(len(result) % 2)))
    return result'''

DIFF = """\
--- sort.py
+++ sort.py
@@ -5,6 +5,7 @@
 def strange_sort(numbers):
     \"\"\"Smallest first, then the largest of the rest, then the smallest of the rest, …\"\"\"
-    numbers = sorted(numbers)
-    if numbers[0] < numbers[-1]:
-        return numbers
-    return numbers
+    rest = sorted(numbers)
+    result = []
+    while rest:
+        result.append(rest.pop(-(len(result) % 2)))
+    return result
"""

CASES = (
    ("[1, 2, 3, 4]", "[1, 4, 2, 3]", "[1, 2, 3, 4]"),
    ("[5, 5, 5, 5]", "[5, 5, 5, 5]", "[5, 5, 5, 5]"),
    ("[7, 1, 9]", "[1, 9, 7]", "[1, 7, 9]"),
    ("[]", "[]", None),
)

REASONING = """\
The instruction asks for a *strange* order: smallest, then largest of what remains, and so on.

1. `strange_sort` only sorts, so `[1, 2, 3, 4]` stays as it is.
2. For an empty list, `numbers[0]` raises an `IndexError`.

Taking alternately from the front and the back of the sorted rest fixes both:

```python
while rest:
    result.append(rest.pop(-(len(result) % 2)))
```
"""

HOSTILE = (
    "<script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "]]><!--<title>",
    "```\n# out of the fence\n![](http://example.org/x.png)",
    "~~~~\n<b>bold</b>\n[link](javascript:alert(1))",
    '\\" \\\\ \\n \\l \\N %s {0} ${name} charset=',
    "<<b>html label</b>>",
    'a --> b; click a href "x"; %%{init: {}}%%',
    "line one\r\nline two\rline three\x1b[31m\x00\x07",
    "\u202eevil\u202c שלום مرحبا \u2066x",
    "&lt;not an entity&gt; &amp; &#65; #quot; #35;",
    "\ud800 lone \udfff surrogate \ufffe\uffff",
    "| a | b |\n|---|---|",
    "日本語のとても長い値" * 40,
    "",
)
"""Texts that each mean something to one of the languages rendered to."""


@dataclass
class Sketch:
    """Makes records one after the other, as a program would."""

    records: list[NodeRecord] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    file: str = FILE

    def name(self, base: str) -> str:
        number = self.counts.get(base, 0)
        self.counts[base] = number + 1
        return f"{base}{number}"

    def add(self, record: NodeRecord) -> NodeRecord:
        self.records.append(record)
        return record

    def leaf(
        self,
        base: str,
        value: str,
        line: int,
        type: str = "int",
        trainable: bool = False,
        column: int = 0,
    ) -> NodeRecord:
        return self.add(
            NodeRecord(
                len(self.records),
                self.name(base),
                type,
                value,
                trainable=trainable,
                place=Place(self.file, line, column, line, column + 5),
            )
        )

    def call(
        self,
        operator: str,
        value: str,
        line: int,
        type: str = "int",
        function: str = "",
        error: str = "",
        column: int = 0,
        **inputs: NodeRecord,
    ) -> NodeRecord:
        name = f"exception_{operator}" if error else operator
        return self.add(
            NodeRecord(
                len(self.records),
                self.name(name),
                "str" if error else type,
                value,
                Operator(name, f"This is {operator}.", function),
                tuple((argument, parent.id) for argument, parent in inputs.items()),
                place=Place(self.file, line, column, line, column + 9),
                error=error,
            )
        )

    @property
    def nodes(self) -> dict[int, NodeRecord]:
        return {record.id: record for record in self.records}


def sorting() -> Sketch:
    """Four test cases of a trainable function in a loop; the last one raises."""
    sketch = Sketch()
    code = sketch.leaf("__code", SOURCE, 6, "code", trainable=True)
    for given, expected, got in CASES:
        argument = sketch.leaf("numbers", given, 20, "list", column=14)
        if got is None:
            error = "(IndexError) list index out of range"
            marked = SOURCE.replace("[-1]:", f"[-1]:  # <--- {error}")
            sketch.call(
                "eval", error, 20, error=f"{marked}\n\n{error}", function="strange_sort",
                column=14, numbers=argument, __code=code,
            )  # fmt: skip
            break
        result = sketch.call(
            "eval", got, 20, "list", "strange_sort", column=14, numbers=argument, __code=code
        )
        wanted = sketch.leaf("expected", expected, 21, "list", column=14)
        sketch.call("eq", str(got == expected), 21, "bool", column=14, x=result, y=wanted)
    return sketch


def chain(length: int) -> Sketch:
    """Calls of which each has a place of its own, one after the other."""
    sketch = Sketch()
    last = sketch.leaf("x", "0", 1)
    for line in range(2, length + 1):
        last = sketch.call("add", str(line), line, x=last)
    return sketch


def loop(rounds: int) -> Sketch:
    """``total = total + scale * item`` for many items, with a trainable scale."""
    sketch = Sketch()
    scale = sketch.leaf("scale", "0.5", 1, "float", trainable=True)
    total = sketch.leaf("total", "0", 2)
    for item in range(rounds):
        value = sketch.leaf("y", str(item), 4, column=20)
        product = sketch.call("multiply", str(item / 2), 4, "float", column=20, x=scale, y=value)
        total = sketch.call("add", str(item), 4, "float", column=12, x=total, y=product)
    return sketch


def hostile() -> Sketch:
    """A graph whose names, types, values, places and operators are all hostile texts."""
    sketch = Sketch()
    last = sketch.leaf("x", "1", 1)
    for line, text in enumerate(HOSTILE, 2):
        leaf = sketch.leaf(text, text, line, text, trainable=line % 2 == 0)
        place = replace(leaf.place or Place("", 0), file=text)
        sketch.records[leaf.id] = replace(leaf, place=place, constraint=text)
        last = sketch.call(
            text, text, line, text, text, error=text if line % 3 == 0 else "", a=last, b=leaf
        )
    return sketch


def configuration(file: str = FILE) -> RunConfiguration:
    interpreter = Interpreter("/usr/bin/python3.12", (3, 12), "the workspace's .venv")
    return RunConfiguration(file, interpreter, "/home/ada/sorting", ("--cases", "4"))


def trace(sketch: Sketch | None = None) -> Trace:
    """A run that an exception ended."""
    sketch = sketch or sorting()
    last = sketch.records[-1]
    traceback = (
        "Traceback (most recent call last):\n"
        f'  File "{FILE}", line 20, in <module>\n'
        "    got = strange_sort(numbers)\n"
        f'  File "{FILE}", line 9, in strange_sort\n'
        "    if numbers[0] < numbers[-1]:\n"
        "       ~~~~~~~^^^\n"
        "IndexError: list index out of range\n"
    )
    return Trace(
        configuration(),
        Outcome("raised", "strange_sort raised IndexError: list index out of range", 1),
        sketch.nodes,
        ((Output(last.id, "should alternate smallest and largest"),),),
        failure=Failure("IndexError", "list index out of range", traceback, last.place, last.id),
        output="case 1: wrong\ncase 2: right\ncase 3: wrong\n" + traceback,
        seconds=0.2134,
    )


def problem() -> Problem:
    return Problem(
        "You need to change the variables so that the output improves.",
        ("eval0 = eval(numbers=numbers0, __code=__code0)", "eq0 = eq(x=eval0, y=expected0)"),
        ("[eval] calls the function.", "[eq] This is an eq operator of x and y."),
        (Variable("__code0", "code", SOURCE, "The code should start with:\ndef …", 0),),
        ("(code) __code0: The code should start with:\ndef strange_sort(numbers):",),
        ("(list) numbers0=[1, 2, 3, 4]", "(list) expected0=[1, 4, 2, 3]"),
        ("(list) eval0=[1, 2, 3, 4]",),
        ("(bool) eq0=False",),
        "should alternate smallest and largest",
    )


def verdict() -> Verdict:
    return Verdict(
        "better",
        "2 more outputs are as expected, and nothing raises any more.",
        Outcome("raised", "strange_sort raised IndexError: list index out of range", 1),
        Outcome("finished", "It ran to its end."),
        (
            Comparison("strange_sort([5, 5, 5, 5])", "[5, 5, 5, 5]", "[5, 5, 5, 5]"),
            Comparison("strange_sort([1, 2, 3, 4])", "[1, 2, 3, 4]", "[1, 4, 2, 3]"),
            Comparison("strange_sort([7, 1, 9])", "[1, 7, 9]", "[1, 9, 7]"),
            Comparison("strange_sort([])", None, "[]"),
        ),
    )


def trainable(file: str = FILE, text: str = SOURCE, name: str = "strange_sort") -> Trainable:
    span = Range(Position(5, 0), Position(10, 18))
    return Trainable(file, name, "function", span, span, span, text)


def proposal() -> Proposal:
    target = trainable()
    # Only models know how tokens are counted; the type is reached through what views are given.
    tokens = replace(Suggestion("").tokens, sent=1204, received=310)
    return Proposal(
        id="p1",
        file=FILE,
        trainables=(target,),
        feedback="should alternate smallest and largest",
        problem=problem(),
        suggestion=Suggestion(REASONING, "", {"__code0": BETTER}, tokens, "{…}", "gpt-5-mini"),
        changes=(Change(target, BETTER),),
        edits=(TextEdit(target.range, BETTER),),
        diff=DIFF,
        text=SOURCE,
        verdict=verdict(),
    )


def hostile_proposal(text: str) -> Proposal:
    """A proposal in which every text is the given one."""
    outcome = Outcome("crashed", text)
    target = trainable(text, text, text)
    variable = Variable(text, text, text, text, 0)
    return Proposal(
        id=text,
        file=text,
        trainables=(target,),
        feedback=text,
        problem=Problem(
            text, (text,), (text,), (variable,), (text,), (text,), (text,), (text,), text
        ),
        suggestion=Suggestion(text, text, {text: text}, raw=text, model=text),
        changes=(Change(target, text),),
        edits=(TextEdit(target.range, text),),
        diff=f"+{text}\n-{text}",
        text=text,
        verdict=Verdict("worse", text, outcome, outcome, (Comparison(text, text, text + "!"),)),
    )


def hostile_trace(text: str) -> Trace:
    """A run in which every text is the given one."""
    sketch = Sketch(file=text)
    leaf = sketch.leaf(text, text, 1, text, trainable=True)
    last = sketch.call(text, text, 2, text, text, error=text, x=leaf)
    return Trace(
        RunConfiguration(text, Interpreter(text, (3, 12), text), text, (text,), {text: text}),
        Outcome("raised", text),
        sketch.nodes,
        ((Output(last.id, text),),),
        failure=Failure(text, text, text, last.place, last.id),
        output=text,
    )
