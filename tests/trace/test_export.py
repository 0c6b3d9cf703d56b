"""Models written back as source, and run where this engine is not."""

from __future__ import annotations

import ast
import json
import linecache
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trace_lsp.trace import bundle
from trace_lsp.trace.modules import Module, model
from trace_lsp.trace.projections import Projection

IMPORTS = """\
from trace_lsp.trace import bundle, node
from trace_lsp.trace.modules import Model, Module, model
"""


class Exported:
    """A program whose class ``A`` is written out."""

    def __init__(self, load: Callable[[str], ModuleType], folder: Path) -> None:
        self._load = load
        self.path = folder / "written.py"

    def load(self, text: str) -> ModuleType:
        return self._load(IMPORTS + text)

    def of(self, model: Any) -> str:
        model.export(self.path)
        return self.path.read_text("utf-8")

    def run(self, expression: str) -> Any:
        """What the expression comes to in the written file, in a Python that has nothing else."""
        program = f"import json, written\nfrom written import *\nprint(json.dumps({expression}))"
        command = [sys.executable, "-S", "-E", "-c", program]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.path.parent
        )
        assert done.returncode == 0, done.stderr + self.path.read_text("utf-8")
        return json.loads(done.stdout)


@pytest.fixture
def exported(load: Callable[[str], ModuleType], tmp_path: Path) -> Exported:
    return Exported(load, tmp_path)


CALCULATOR = '''
import math, random
LIMIT = 100  # at most

@model
class A:
    """Calculates."""

    def __init__(self):
        super().__init__()
        self.offset = node(2, trainable=True)  # added
        self.fixed = node(0.5)
        self.name  =  "A"     # odd spaces stay

    # Above a method.
    @bundle(trainable=True)
    def add(self, x, y):
        """Adds."""
        return x + y  # first code

    @bundle()
    def cut(self, x):
        return min(x, LIMIT)

    def forward(self, x):
        result = self.add(x, self.offset)
        return self.cut(result).data * math.floor(self.fixed.data + 0.5)

    def __str__(self):
        return self.name
'''

WRITTEN = '''\
import math

LIMIT = 100  # at most


class A:
    """Calculates."""

    def __init__(self):
        super().__init__()
        self.offset = 40  # added
        self.fixed = 0.5
        self.name  =  "A"     # odd spaces stay

    # Above a method.
    def add(self, x, y):
        """Adds."""
        return 2 * (x + y)

    def cut(self, x):
        return min(x, LIMIT)

    def forward(self, x):
        result = self.add(x, self.offset)
        return self.cut(result) * math.floor(self.fixed + 0.5)

    def __str__(self):
        return self.name

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)
'''


def test_a_class_is_written_with_its_present_values(exported: Exported) -> None:
    model = exported.load(CALCULATOR).A()
    model.offset.update(40)
    model.add.parameter.update('def add(self, x, y):\n    """Adds."""\n    return 2 * (x + y)')
    assert exported.of(model) == WRITTEN
    assert exported.run("[A()(1), A()(1000), str(A())]") == [82, 100, "A"]
    assert model(1) == 82


def test_what_was_never_trained_stays_as_it_was_written(exported: Exported) -> None:
    text = exported.of(exported.load(CALCULATOR).A())
    assert "        return x + y  # first code\n" in text
    assert "self.offset = 2  # added" in text


def test_the_folder_is_made_and_the_file_written_whole(exported: Exported) -> None:
    model = exported.load(CALCULATOR).A()
    path = exported.path.parent / "a" / "b" / "model.py"
    model.export(str(path))
    assert ast.parse(path.read_text("utf-8"))


def test_bases_and_helpers_of_the_same_module_come_along(exported: Exported) -> None:
    module = exported.load("""
from trace_lsp.trace.parameters import NodeContainer
class Meta(type): pass
@bundle(trainable=True)
def helper(x):
    return recursive(x)
def recursive(x):
    return x if x < 1 else recursive(x - 1) + OFFSET
def unused():
    return helper(node(1))
OFFSET = 1
OFFSET += 1
class Base(Module):
    def forward(self, x):
        return self.step(x)
    @bundle(trainable=True)
    def hidden(self, x): return x
    @bundle(trainable=True)
    def step(self, x): return x
class Plain:
    def forward(self, x): return "plain"
class A(Base, Plain, metaclass=Meta):
    def forward(self, x):
        return super().forward(x)
    @bundle(trainable=True)
    def step(self, x):
        return helper(x).data + super().hidden(x).data
class Only(Module,  # above
           NodeContainer,
           ):
    @staticmethod
    def own(): pass
class Mixed(Module, Plain):
    def forward(self, x): return "mixed"
class Proper(Module):
    @property
    def own(self): return 1
class Commented(  # why
    Module  # because
):
    def own(self): pass
class Abstract(Module):
    def own(self): pass
class Concrete(Abstract):
    def forward(self, x): return x
class Called(Module):
    def forward(self, x): return 1
    def __call__(self, x): return "called"
""")
    model = module.A()
    model.hidden.parameter.update("def hidden(self, x):\n    return 100")
    model.step.parameter.update(model.step.parameter.data + " + super().step(x)")
    module.Base.step.parameter.update("def step(self, x):\n    return 1000")
    module.helper.parameter.update("def helper(x):\n    return recursive(x) + 0.5")
    text = exported.of(model)
    assert exported.run("[A()(3), type(A).__name__]") == [1106.5, "Meta"]
    assert "class Base:\n" in text
    assert "unused" not in text
    assert "trace_lsp" not in text
    assert text.count("__call__") == 1
    assert "class Only:\n" in exported.of(module.Only())
    assert "class Commented(  # why\n" in exported.of(module.Commented())
    exported.of(module.Concrete())
    assert exported.run("Concrete()(1)") == 1
    assert "class Mixed(Plain):\n" in exported.of(module.Mixed())
    assert exported.run("Mixed()(1)") == "mixed"
    assert "class Proper:\n" in exported.of(module.Proper())
    exported.of(module.Called())
    assert exported.run("Called()(1)") == "called"


def test_imports_are_only_what_is_used(exported: Exported) -> None:
    text = exported.of(
        exported.load("""
import os, json as js
import os.path
import collections.abc
from typing import (
    Any,
    List,
)
try:
    import numpy
except ImportError:
    numpy = None
@model
class A:
    kinds: List = []
    def forward(self, x):
        return [os.path.basename(x), numpy is None, isinstance(x, collections.abc.Sized)]
""").A()
    )
    assert text.startswith(
        "import os\nimport os.path\nimport collections.abc\nfrom typing import List\n"
    )
    assert exported.run("A()('a/b')") == ["b", True, True]


def test_relative_imports_become_absolute(tmp_path: Path, exported: Exported) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tools.py").write_text("def double(x): return 2 * x\n")
    (package / "program.py").write_text(
        IMPORTS + "from .tools import double\nfrom . import tools\n"
        "class A(Model):\n    def forward(self, x): return double(x) + tools.double(x)\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        import pack.program as program  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(tmp_path))
    text = exported.of(program.A())
    assert text.startswith("from pack.tools import double\nfrom pack import tools\n")
    assert exported.run("A()(1)") == 4


def test_names_of_the_engine_go_by_any_name(exported: Exported) -> None:
    module = exported.load("""
import functools, textwrap
import trace_lsp.trace as trace
from trace_lsp.trace import bundle as op, node as n, Node
trained = functools.partial(op, trainable=True)
@model
class A:
    shorten = textwrap.shorten
    def __init__(self):
        self.x = n(1, trainable=True)
        self.y = trace.node(trainable=True, data=2)
    @trace.bundle(
        trainable=True,
    )
    def one(self, x: Node, *more: "Node") -> Node:
        return x
    @trained()
    @functools.lru_cache()
    def two(self, x: trace.Node = 5):
        y: Node = x
        return y
    @staticmethod
    @op
    def three(x):
        return x
    @functools.lru_cache(maxsize=n(3).data)
    def sized(self, x=n(5).data):
        return x
    @property
    @op()
    def four(self):
        return 4
""")
    text = exported.of(module.A())
    assert "trace_lsp" not in text
    assert "lru_cache(maxsize=3)" in text
    assert "def sized(self, x=5):" in text
    assert "def one(self, x: 'Node', *more: \"Node\") -> 'Node':" in text
    result = exported.run("[A().x + A().y, A().one(1), A().two(), A.three(3), A().four]")
    assert result == [3, 1, 5, 3, 4]


VALUES = """
from trace_lsp.trace.parameters import Seq, Map
SHARED = node(1, trainable=True)
class Noted: pass
Noted.note = node(1)
class A(Model):
    rate = node(0.5, trainable=True)
    def __init__(self, given=None):
        self.text = node("one", trainable=True)
        self.listed = [node(1, trainable=True), node(2, trainable=True)]
        self.made = [node(each, trainable=True) for each in range(3)]
        self.table = {"a": node(1), "b": (node(2, trainable=True),)}
        self.seq = Seq(node(1, trainable=True), [node(2)])
        self.map = Map({"k": node(1, trainable=True)})
        self.given = node(given, trainable=True)
        self.sums = node(1) + node(2)
        self.settings = {"a": 1}
        self.typed: int = node(7, trainable=True)
        self.bare: int
        self.plain = node(1)
        self.plain = 3
        self.build()
        self.same = node({
            "b": 1,  # kept
        }, trainable=True)
        self.lines = node("first "
            "second")
    def reset(self):
        self.text = node("again", trainable=True)
        rate = node("local")
        SHARED = node("local")
        other = A()
        other.built = node("other")
        return rate, SHARED
    def build(self):
        self.built = node("as built", trainable=True)
        self.line = node("as built", trainable=True)
    def total(self):
        return SHARED + self.rate
"""


def test_attributes_have_their_present_values(exported: Exported) -> None:
    module = exported.load(VALUES)
    model = module.A(given={"x": [None, True]})
    model.text.update('two\n  "lines" \\ é\n')
    model.listed[1].update(20)
    model.made[0].update(-1)
    model.table["b"][0].update((5,))
    model.seq[0].update(11)
    model.map["k"].update({1, 2})
    model.rate.update(0.25)
    model.typed.update(8)
    model.settings["a"] = 2
    model.built.update("now")
    model.line.update("one line\n")
    module.SHARED.update(10)
    text = exported.of(model)
    assert "trace_lsp" not in text
    assert 'self.text = """two\n  "lines" \\\\ é\n"""\n' in text
    assert "self.made = [-1, 1, 2]\n" in text
    assert "self.sums = 1 + 2\n" in text
    assert 'self.same = {\n            "b": 1,  # kept\n        }\n' in text
    assert 'self.lines = ("first "\n            "second")\n' in text
    assert 'self.text = "again"' in text
    assert 'rate = "local"\n        SHARED = "local"\n' in text
    assert 'other.built = "other"' in text
    assert "self.plain = 1\n        self.plain = 3\n" in text
    assert "self.line = 'one line\\n'\n" in text
    assert exported.run("[A().plain, A().built, A().settings]") == [3, "now", {"a": 1}]
    names = ["text", "listed", "table", "seq", "given", "typed", "same", "lines"]
    assert exported.run(f"[getattr(A(), each) for each in {names}]") == [
        'two\n  "lines" \\ é\n', [1, 20], {"a": 1, "b": [[5]]}, [11, [2]],
        {"x": [None, True]}, 8, {"b": 1}, "first second",
    ]  # fmt: skip
    assert exported.run("[A().total(), sorted(A().map['k'])]") == [10.25, [1, 2]]


def test_the_data_of_what_was_a_node_is_the_value(exported: Exported) -> None:
    model = exported.load("""
@bundle()
def double(x):
    return 2 * x
class Part(Model):
    def __init__(self):
        self.p = node(3)
    @bundle()
    def get(self):
        return 4
class Other:
    data = "mine"
    x = None
    nodes = ()
@model
class A:
    def __init__(self):
        self.x, self.part, self.other = node(1), Part(), Other()
        self.x = node(1)
        self.nodes = [node(1), node(2)]
        self.named = {"a": node(5)}
        self.empty, self.none = [], {}
    def forward(self, given):
        y = self.x + 1
        z = w = -y
        y += 1
        mixed = node(1)
        mixed = given
        total = sum(each.data for each in self.nodes)
        for each in self.nodes:
            total += (
                each
                .data
            )
        def inner(v):
            return v.data, y.data
        @bundle
        def local(v):
            return 8
        if (last := self.nodes[0]).data:
            total += self.named["a"].data + self.nodes[1].data
        return [y.data, z.data, w._data, mixed.data, self.other.data, double(3).data, total,
                self.part.get().data, self.part.p.data, node(1).data.real, node(-1).data.real,
                (lambda q: q.data)(given), inner(given), last.data, (y if total else z).data, local(y).data]
    def more(self, given, again=False):
        if again:
            given = node(2)
        numbers: list
        numbers = node([1, 2])
        one: int = self.x.data
        doubled = [each.data * 2 for each in numbers]
        def plain(v):
            return given
        return [(1 + self.x).data, (given if doubled else self.x).data, doubled,
                plain(1).data, given.data, self.fixed(given), one]
    @staticmethod
    def fixed(self):
        return self.x.data if self.x else [each.data for each in self.nodes]
    def never(self):
        return [each.data for each in self.empty], self.none["k"].data
    async def later(self):
        return (await self.slow()).data
    @bundle()
    async def slow(self):
        return 6
""").A()
    exported.of(model)
    result = exported.run("A()(Other())")
    assert result == [3, -2, -2, "mine", "mine", 6, 13, 4, 3, 1, -1, "mine", ["mine", 3], 1, 3, 8]
    assert exported.run("__import__('asyncio').run(A().later())") == 6
    assert exported.run("A().more(Other())") == [2, "mine", [2, 4], "mine", "mine", [], 1]


def test_nodes_in_f_strings(exported: Exported) -> None:
    model = exported.load('''
@model
class A:
    def __init__(self):
        self.x = node(1)
        self.w = node(5)
    def forward(self, y):
        return [f"{self.x.data} {self.x.data:>{self.w.data}} {y!r} {self.x.data.real}", f"{y.data}", f"""
  {self.x.data!r} "quoted" {node(self.x.data + 1).data}""", f"{{kept}} {y}"]
class Y:
    data = "own"
    def __str__(self): return "y"
    __repr__ = __str__
A.other = Y
''').A()
    text = exported.of(model)
    assert 'f"{{kept}} {y}"' in text
    assert exported.run("A()(type('Y', (), {'data': 'own', '__repr__': lambda self: 'y'})())") == [
        "1     1 y 1",
        "own",
        '\n  1 "quoted" 2',
        "{kept} y",
    ]


def test_what_is_left_of_a_call_keeps_its_meaning(exported: Exported) -> None:
    model = exported.load("""
class A(Model):
    def forward(self, x):
        return [
            node(x + 1) * 2, -node(x or 3), node(1).real, node((1, 2))[0], node(y := 3), y,
            [*node([x])], node(data=x if x else 1) + 1, node(lambda: x)(), node(node(x)),
            callable(double), (lambda: double)()(2), node(trainable=True, data=x) + 1,
            (lambda: node(x + 1))(), node(sum(node(each) for each in range(3))), node(x)
        ]
    def function(self):
        w = node(v := 4)
        labelled = bundle("[double] Doubles.") if not w else None
        return bundle()(double)(2), bundle(double)(3), bundle()(lambda x: x + w)(v)
    def name(self, x):
        y = node(x)
        return y.name, y.data
def double(x):
    return 2 * x
""").A()
    text = exported.of(model)
    assert "return y.name, y\n" in text
    assert 'labelled = bundle("[double] Doubles.") if' in text
    exported.path.write_text(
        text.replace("from trace_lsp.trace import", "from functools import partial as")
    )
    assert exported.run("A()(5)") == [12, -5, 1, 1, 3, 3, [5], 6, 5, 5, True, 4, 6, 6, 3, 5]
    assert exported.run("A().function()") == [4, 6, 8]


def test_a_class_in_a_function_or_a_class(exported: Exported) -> None:
    module = exported.load('''
A = "another"
def make():
    import math as m, trace_lsp.trace
    import trace_lsp.trace as t
    from trace_lsp.trace import bundle as b, node
    if True:
        @model
        class A:
            five = trace_lsp.trace.node(node(5))
            @t.bundle
            def other(self):
                return self.five.data if isinstance(self, A) else None
            text = """
  in the string
"""

            # A comment.
            @b()
            def forward(self, x):
                """Doc.

                More.
                """
                return m.floor(x), self.text
    return A
class Outer:
    class Inner(Model):
        @bundle(trainable=True)
        def forward(self, x):
            return x
''')
    text = exported.of(module.make()())
    assert text.startswith("import math as m\n\n\nclass A:\n")
    assert "\n    # A comment.\n    def forward(self, x):\n" in text
    assert exported.run("A()(1.5)") == [1, "\n  in the string\n"]
    assert exported.run("A().other()") == 5
    inner = module.Outer.Inner()
    inner.forward.parameter.update("def forward(self, x):\n    return x + 1")
    assert exported.of(inner).startswith("class Inner:\n    def forward(self, x):\n")
    assert exported.run("Inner()(1)") == 2


def test_the_right_one_of_classes_with_one_name(exported: Exported) -> None:
    module = exported.load("""
def first():
    class A(Model):
        def forward(self): return 1
    return A
class A(Model):
    def forward(self): return 2
One = A
class A(Model):
    def forward(self): return 3
""")
    for kind, value in [(module.first(), 1), (module.One, 2), (module.A, 3)]:
        assert f"return {value}" in exported.of(kind())


def test_private_methods_and_names(exported: Exported) -> None:
    model = exported.load("""
class A(Model):
    def __init__(self):
        self.__secret = node(1, trainable=True)
    @bundle(trainable=True)
    def __hidden(self, x):
        return x
    def forward(self, x):
        return self.__hidden(x).data + self.__secret.data
""").A()
    hidden = next(each for each in model.parameters() if each.is_code)
    hidden.update("def __hidden(self, x):\n    return x + self.__secret")
    model._A__secret.update(10)
    exported.of(model)
    assert exported.run("A()(1)") == 21


def test_a_string_of_several_lines_is_what_it_is_where_it_runs(exported: Exported) -> None:
    model = exported.load(CALCULATOR).A()
    model.add.parameter.update('def add(self, x, y):\n    return """a\n  b\n\nc"""')
    exported.of(model)
    assert exported.run("A().add(1, 2)") == model.add(1, 2).data


def test_an_indentation_of_tabs(exported: Exported) -> None:
    model = exported.load(
        "class A(Model):\n\t@bundle(trainable=True)\n\tdef forward(self, x):\n\t\treturn x\n"
    ).A()
    model.forward.parameter.update("def forward(self, x):\n\ty = 1\n\n\treturn x + y\n")
    assert "\tdef forward(self, x):\n\t\ty = 1\n\n\t\treturn" in exported.of(model)
    assert exported.run("A()(1)") == 2


def test_code_that_does_not_parse_is_not_written(exported: Exported) -> None:
    model = exported.load(CALCULATOR).A()
    model.add.parameter.update("def add(self, x, y):\n    return (")
    with pytest.raises(
        ValueError, match=r"present code of A\.add cannot be .* No file was written"
    ):
        exported.of(model)
    model.add.parameter.update("def other(self, x, y):\n    return 1")
    with pytest.raises(ValueError, match="defines `other` in place of `add`"):
        exported.of(model)
    assert not exported.path.exists()


class Line(Projection):
    def __init__(self, line: str) -> None:
        self.line = line

    def project(self, x: Any) -> Any:
        return f"{self.line}\n{x}"


def test_projections_are_applied_to_the_text(exported: Exported) -> None:
    model = exported.load(CALCULATOR).A()
    model.export(exported.path, [Line("# inner"), Line("# outer")])
    assert exported.path.read_text().startswith("# outer\n# inner\nimport math\n")
    with pytest.raises(ValueError, match="A cannot be exported: what would be written is not Py"):
        model.export(exported.path, projections=[Line("no Python:")])
    assert exported.path.read_text().startswith("# outer\n")


def test_objects_that_differ_keep_what_was_written(exported: Exported) -> None:
    model = exported.load("""
class Part(Model):
    def __init__(self, p):
        self.p = node(p, trainable=True)
        self.same = node(0, trainable=True)
        self.apart = node(0)
    @bundle(trainable=True)
    def act(self, x): return x + self.p.data
class A(Model):
    def __init__(self):
        self.one, self.other = Part(1), Part(2)
        self.same = node("of A", trainable=True)
    def forward(self, x): return self.one.act(x).data, self.other.act(x).data
""").A()
    assert len(model.parameters()) == 7
    model.one.same.update(5)
    model.other.same.update(5)
    model.other.act.parameter.update("def act(self, x):\n    return 0")
    left = r"does not have the present value of one\.p, other\.p, other\.act: "
    with pytest.warns(UserWarning, match=left):
        text = exported.of(model)
    assert "self.same = 5\n" in text
    assert exported.run("A()(10)") == [11, 12]


def test_classes_that_have_no_objects_in_the_model(exported: Exported) -> None:
    module = exported.load("""
class Settings:
    rate = node(1, trainable=True)
    class Inner:
        deep = node(2, trainable=True)
class Rebound:
    x = node(1)
Rebound = 5
@model
class A:
    def forward(self):
        return Settings.rate.data + Settings.Inner.deep.data + Rebound
""")
    module.Settings.rate.update(10)
    module.Settings.Inner.deep.update(20)
    exported.of(module.A())
    assert exported.run("A()()") == 35


def test_each_object_has_its_own_code(exported: Exported) -> None:
    kind = exported.load(CALCULATOR).A
    first, second = kind(), kind()
    assert len(first.parameters()) == len(second.parameters()) == 2
    second.add.parameter.update("def add(self, x, y):\n    return 5")
    assert "return 5" not in exported.of(first)
    assert "return 5" in exported.of(second)


class Word(str):
    __slots__ = ()


class Five:
    def __repr__(self) -> str:
        return "5"


@pytest.mark.parametrize("value", [Word("new"), [Five()], float("nan"), print])
def test_a_value_without_a_literal_stays_as_it_was_written(exported: Exported, value: Any) -> None:
    model = exported.load(CALCULATOR).A()
    model.offset.update(value)
    with pytest.warns(UserWarning, match="the present value of offset: "):
        text = exported.of(model)
    assert "self.offset = 2  # added" in text


def test_what_cannot_be_written_is_said(exported: Exported) -> None:
    module = exported.load("""
import decimal
from trace_lsp.trace import Node
def make(size):
    @model
    class A:
        def __init__(self):
            self.cost = node(decimal.Decimal("1.5"), trainable=True)
            self.late = []
            setattr(self, "rate", node(1, trainable=True))
            self.function = bundle(trainable=True)(outside)
        def forward(self, x):
            return [self.cost + size, isinstance(x, Node)]
    return A
def outside():
    return 1
""")
    model = module.make(5)()
    model.cost.update(3)
    model.cost.update(module.decimal.Decimal(2))
    model.function.parameter.update("def outside():\n    return 2")
    with pytest.warns() as said:
        text = exported.of(model)
    first, second = (str(each.message) for each in said)
    assert "The export of make.<locals>.A uses size, which was not found" in first
    assert "the present value of cost, rate, function: " in second
    assert {each.filename for each in said} == {__file__}
    assert "from trace_lsp.trace import Node\n" in text
    assert 'self.cost = decimal.Decimal("1.5")\n' in text


def test_names_that_come_from_everything_of_a_module(exported: Exported) -> None:
    module = exported.load("""
from os.path import *
from json import *
class Uses(Model):
    def forward(self, x): return basename(x)
class UsesNone(Model):
    def forward(self, x): return [__name__, LIMIT]
""")
    module.LIMIT = 5
    text = exported.of(module.Uses())
    assert text.startswith("from os.path import *\n\n\nclass Uses:")
    assert exported.run("Uses()('a/b')") == "b"
    assert exported.of(module.UsesNone()).startswith("LIMIT = 5\n\n\nclass UsesNone:")


def test_statements_are_taken_whole_and_in_order(exported: Exported) -> None:
    model = exported.load("""
# Not of the class.

# Of the limit,
# in two lines.
LOW = 1; HIGH = 2; OTHER = 3
NAMES = ["a",  # first
         "b"]
if HIGH > 1:
    EXTRA = 1
else:
    EXTRA = 2
def helper(x):
    return x + EXTRA
LAST: int = HIGH  # the last
@model
class A:
    def forward(self, x):
        return helper(x) + LAST + len(NAMES)
""").A()
    assert (
        exported.of(model)
        == """\
HIGH = 2
NAMES = ["a",  # first
         "b"]

if HIGH > 1:
    EXTRA = 1
else:
    EXTRA = 2


def helper(x):
    return x + EXTRA


LAST: int = HIGH  # the last


class A:
    def forward(self, x):
        return helper(x) + LAST + len(NAMES)

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)
"""
    )
    assert exported.run("A()(0)") == 5


def test_future_imports_come_first(exported: Exported) -> None:
    path = exported.path.parent / "future.py"
    path.write_text(
        "from __future__ import annotations\n" + IMPORTS + "class A(Model):\n"
        "    def forward(self, x: Undefined) -> Undefined: return x\n"
    )
    namespace: dict[str, Any] = {"__name__": "future", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    with pytest.warns(UserWarning, match="uses Undefined"):
        text = exported.of(namespace["A"]())
    assert text.startswith("from __future__ import annotations\n")
    assert exported.run("A()(1)") == 1


@model
@dataclass
class Settings:
    rate: Any = 1


def test_a_class_without_methods(exported: Exported) -> None:
    assert exported.of(Settings()) == (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\nfrom typing import Any\n\n\n"
        "@dataclass\nclass Settings:\n    rate: Any = 1\n"
    )


def test_code_of_a_special_method(exported: Exported) -> None:
    model = exported.load("""
class A(Model):
    @bundle(trainable=True)
    def __call__(self, x):
        return x
""").A()
    model.parameters()[0].update("def __call__(self, x):\n    return x + 1")
    assert exported.of(model).count("def ") == 1
    assert exported.run("A()(1)") == 2


def test_what_python_warns_of_is_not_said_again(exported: Exported) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = exported.load("class A(Model):\n    def forward(self): return '\\d'\n").A()
    assert "return '\\d'" in exported.of(model)


def test_what_has_no_source(exported: Exported) -> None:
    namespace: dict[str, Any] = {"Module": Module, "__name__": "nowhere"}
    exec("class A(Module):\n    def forward(self, x): return x\n", namespace)
    with pytest.raises(TypeError, match="A cannot be exported: its source was not found"):
        namespace["A"]().export(exported.path)

    @bundle(trainable=True)
    def function(x):
        return x

    with pytest.raises(TypeError, match="A bundled function is not exported by itself"):
        function.export(exported.path)
    assert not exported.path.exists()


def test_a_main_part_and_calls_are_not_taken_along(exported: Exported) -> None:
    model = exported.load("""
import random
random.seed(0)
SEED = 1
@model
class A:
    def forward(self):
        return SEED
if __name__ == "__main__":
    SEED = 2
    A()()
""").A()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = exported.of(model)
    assert text.startswith("SEED = 1\n\n\nclass A:")
    assert "random" not in text
    assert "__main__" not in text


def test_a_class_of_a_notebook_cell(exported: Exported) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells = [
        IMPORTS
        + "import math as m\nfrom math import ceil as up\nfrom collections import deque\n"
        + "STEPS = [1, 2]\ndef helper(x): return x\n",
        """@model
class A:
    @bundle(trainable=True)
    def forward(self, x):
        return m.floor(x) + sum(STEPS) + up(x) + len(deque([x]))
    def other(self): return helper(1)
""",
    ]
    for at, text in enumerate(cells):
        name = f"<cell-{at}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), namespace)
    with pytest.warns(UserWarning, match="uses helper, which was not found"):
        text = exported.of(namespace["A"]())
    assert text.startswith(
        "from collections import deque\nimport math as m\n"
        "from math import ceil as up\n\nSTEPS = [1, 2]\n\n\nclass A:\n    def forward"
    )
    assert exported.run("A().forward(1.5)") == 7
