"""Which functions and calls are the engine's: one row for each way to get at a name."""

import pytest

from trace_lsp.source.trainables import find_trainables

F = "@{0}(trainable=True)\ndef f(): pass\n"
V = "x = {0}(1, trainable=True)\n"

OURS = [
    ("from opto.trace import bundle", "bundle"),
    ("from opto.trace import bundle as b", "b"),
    ("from opto.trace.bundle import bundle", "bundle"),
    ("from opto.trace import *", "bundle"),
    ("from opto.trace.bundle import *", "bundle"),
    ("from opto import trace", "trace.bundle"),
    ("from opto import trace as t", "t.bundle"),
    ("import opto", "opto.trace.bundle"),
    ("import opto as o", "o.trace.bundle"),
    ("import opto.trace", "opto.trace.bundle"),
    ("import opto.trace as trace", "trace.bundle"),
    ("import opto.trace.bundle as made", "made.bundle"),
    ("import os, opto.trace as trace", "trace.bundle"),
    ("from trace_lsp import trace", "trace.bundle"),
    ("from trace_lsp.trace import bundle", "bundle"),
    ("from trace_lsp.trace import bundle; op = bundle", "op"),
    ("from trace_lsp import trace; op = trace.bundle", "op"),
    ("from trace_lsp import trace; t = trace; op: object = t.bundle", "op"),
    ("from opto.trace import bundle; a = b = bundle", "b"),
    ("from opto.trace import bundle, node; n, op = node, bundle", "op"),
    ("try:\n    from opto.trace import bundle\nexcept ImportError:\n    bundle = None", "bundle"),
    ("if 1:\n    import x as t\nelse:\n    from opto import trace as t", "t.bundle"),
    ("if 1:\n    pass\nelif 2:\n    from opto.trace import bundle", "bundle"),
    ("with a as b:\n    from opto.trace import bundle", "bundle"),
    ("match a:\n    case 1:\n        from opto.trace import bundle", "bundle"),
    ("for a in b:\n    from opto.trace import bundle", "bundle"),
    ("from opto.trace import bundle\nfrom os import *", "bundle"),
    ("from os import *\nfrom opto.trace import *", "bundle"),
    ("bundle = None\nfrom opto.trace import bundle", "bundle"),
    ("from opto.trace import bundle\nbundle: object", "bundle"),
]

NOT_OURS = [
    ("", "bundle"),
    ("from opto.trace import node", "node"),
    ("from opto.trace import bundle", "node"),
    ("from other import bundle", "bundle"),
    ("import opto.trace as trace", "trace.bundler"),
    ("from opto.trace import bundle\ndef bundle(**k): return lambda f: f", "bundle"),
    ("from opto.trace import bundle\nclass bundle: pass", "bundle"),
    ("from opto.trace import bundle\nbundle = lambda **k: print", "bundle"),
    ("from opto.trace import bundle\ndel bundle", "bundle"),
    ("from opto.trace import bundle\nfor bundle, (a, *b) in c: pass\nbundle = 1", "bundle"),
    ("from opto.trace import bundle\nwith a as (b, bundle): pass", "bundle"),
    ("from opto.trace import bundle\nbundle += 1", "bundle"),
    ("class A:\n    from opto.trace import bundle", "bundle"),
    ("def g():\n    from opto.trace import bundle", "bundle"),
    ("from opto.trace import bundle as b", "bundle"),
    ("from opto.trace import bundle", "bundle()"),
    ("from opto.trace import bundle", "g().bundle"),
]


@pytest.mark.parametrize(("before", "name"), OURS)
def test_a_name_that_leads_to_bundle(before: str, name: str) -> None:
    found = find_trainables(f"{before}\n{F.format(name)}", "a.py")
    assert [(each.name, each.kind) for each in found] == [("f", "function")]


@pytest.mark.parametrize(("before", "name"), OURS)
def test_a_name_that_leads_to_node(before: str, name: str) -> None:
    text = f"{before}\n{V.format(name)}".replace("node", "other").replace("bundle", "node")
    text = (
        text.replace("opto.trace.node", "opto.trace.nodes")
        if "from opto.trace.node " in text
        else text
    )
    found = find_trainables(text, "a.py")
    assert [(each.name, each.kind) for each in found] == [("x", "value")]


@pytest.mark.parametrize(("before", "name"), NOT_OURS)
def test_a_name_that_leads_elsewhere(before: str, name: str) -> None:
    assert find_trainables(f"{before}\n{F.format(name)}", "a.py") == []


# "@!" is the decorator, "#!" the import.
SCOPES = [
    ("def g():\n    #!\n    @!\n    def f(): pass", "g.f"),
    ("def g():\n    @!\n    def f(): pass\n#!", "g.f"),
    ("class A:\n    #!\n    @!\n    def f(): pass", "A.f"),
    ("try:\n  #!\n  class A:\n    class B:\n      @!\n      def f(): pass\nfinally: pass", "A.B.f"),
    ("if 1:\n    #!\n    def g():\n        @!\n        def f(): pass", "g.f"),
    ("#!\ndef g(bundle):\n    @!\n    def f(): pass", None),
    ("#!\ndef g(*bundle):\n    @!\n    def f(): pass", None),
    ("#!\nclass A:\n    bundle = 1\n    @!\n    def f(): pass", None),
    ("#!\nclass A:\n    bundle = 1\n    def g(self):\n        @!\n        def f(): pass", "A.g.f"),
    ("class A:\n    #!\n    def g(self):\n        @!\n        def f(): pass", None),
    ("class A:\n    #!\n    class B:\n        @!\n        def f(): pass", None),
    ("class A:\n  #!\n  if 1:\n    @!\n    def f(self):\n      @!\n      def g(): pass", "A.f"),
]


@pytest.mark.parametrize(("text", "name"), SCOPES)
def test_names_are_seen_where_python_sees_them(text: str, name: str | None) -> None:
    text = text.replace("@!", "@bundle(trainable=True)")
    text = text.replace("#!", "from opto.trace import bundle")
    assert [each.name for each in find_trainables(text, "a.py")] == ([name] if name else [])


def test_a_long_chain_of_elif_is_read() -> None:
    chain = "if a: pass\n" + "elif b: pass\n" * 400
    text = f"from opto.trace import bundle\n{chain}else:\n    @bundle(trainable=True)\n    def f(): pass\n"
    assert [each.name for each in find_trainables(text, "a.py")] == ["f"]
