"""What is told of a failure: the user's own lines, each told once, whatever the error is."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp.trace import GRAPH, ExceptionNode, ExecutionError, Node, bundle, node
from trace_lsp.trace.recorder import nodes_read
from trace_lsp.trace.verify import verify

pytestmark = pytest.mark.usefixtures("unwitnessed")


def failure(function: Callable[..., Any], *args: Any) -> ExceptionNode:
    with pytest.raises(ExecutionError) as caught:
        function(*args)
    assert nodes_read.get() is None
    failed = caught.value.exception_node
    verify(failed)
    return failed


class NoText(Exception):
    def __str__(self) -> Any:
        return 5


@pytest.mark.parametrize(
    ("error", "marked", "told"),
    [
        (ValueError("one\ntwo"), "(ValueError) one", "(ValueError) one\ntwo"),
        (ValueError("\none"), "(ValueError)", "(ValueError) \none"),
        (KeyError("a\nb"), r"(KeyError) 'a\nb'", r"(KeyError) 'a\nb'"),
        (ValueError("one\r\ntwo\u2028x"), "(ValueError) one", "(ValueError) one\r\ntwo\u2028x"),
        (ValueError("\ud800"), "(ValueError) \ud800", "(ValueError) \ud800"),
        (NoText(), "(NoText) its message raised TypeError", None),
        (OSError(2, "gone"), "(FileNotFoundError) [Errno 2] gone", None),
        (SyntaxError("odd", ("f.py", 3, 4, "x")), "(SyntaxError) odd (f.py, line 3)", None),
        (StopIteration(4), "(StopIteration) 4", None),
        (StopAsyncIteration(), "(StopAsyncIteration)", None),
    ],
)
def test_the_mark_stays_in_its_line(error: Exception, marked: str, told: str | None) -> None:
    @bundle()
    def fail():
        raise error  # here

    comment = failure(fail).comment
    assert comment == (
        f"    @bundle()\n    def fail():\n        raise error  # here  # <--- {marked}\n"
        f"\n{told or marked}"
    )


def test_a_message_without_end_is_told_once() -> None:
    @bundle()
    def fail():
        raise ValueError("x" * 1_000_000)

    @bundle()
    def outer():
        return fail()

    comment = failure(outer).comment
    assert len(comment) < 1_010_000
    assert "characters left out" in comment


def recursive(x):
    return recursive(x)


def ping(x):
    return pong(x)


def pong(x):
    return ping(x)


@bundle()
def bundled(x):
    return bundled(x)


@bundle()
def bundled_ping(x):
    return bundled_pong(x)


@bundle()
def bundled_pong(x):
    return bundled_ping(x)


class Adds:
    def __add__(self, other: Any) -> Any:
        return Adds() + other


class AddsNodes:
    def __add__(self, other: Any) -> Any:
        return node(AddsNodes()) + other


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        (lambda: bundle()(recursive)(1), ["return recursive(x)"]),
        (lambda: bundle()(ping)(1), ["return pong(x)", "return ping(x)"]),
        (lambda: bundled(1), ["return bundled(x)"]),
        (lambda: bundled_ping(1), ["return bundled_pong(x)", "return bundled_ping(x)"]),
        (lambda: node(Adds()) + 1, ["return Adds() + other"]),
        (lambda: node(AddsNodes()) + 1, ["return node(AddsNodes()) + other"]),
    ],
)
def test_a_recursion_without_end_is_told_once(call: Any, lines: list[str]) -> None:
    failed = failure(call)
    assert failed.data.startswith("(RecursionError) maximum recursion depth exceeded")
    assert len(failed.comment) < 1_500
    for line in lines:
        assert failed.comment.count(f"{line}  # <--- (RecursionError)") == 1
        assert " levels like this one)" in failed.comment


def test_a_comment_that_was_asked_for_inside_is_told_the_same() -> None:
    comments = []

    @bundle()
    def asks(x):
        try:
            return inside(x)
        except ExecutionError as error:
            comments.append(error.exception_node.comment)
            raise

    @bundle()
    def inside(x):
        return asks(x - 1) if x else 1 / x

    comment = failure(asks, 20).comment
    assert "(21 levels like this one)" in comment
    assert len(comment) < len(comments[0]) + 1_000
    assert max(map(len, comments)) < 1_500


def test_the_comment_of_many_levels_needs_no_depth_itself() -> None:
    failed = failure(bundled, 1)

    def deep(levels: int) -> str:
        return failed.comment if levels == 0 else deep(levels - 1)

    assert "levels like this one" in deep(sys.getrecursionlimit() * 2 // 3)


def test_a_recursion_that_is_caught_inside() -> None:
    @bundle()
    def patient(x):
        try:
            return patient(x)
        except ExecutionError:
            return 5

    result = patient(1)
    verify(result)
    assert result.data == 5
    assert nodes_read.get() is None


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups are new in 3.11")
def test_what_a_group_of_exceptions_holds_is_told() -> None:
    @bundle()
    def inverse(x):
        return 1 / x

    def collect(*calls):
        errors = []
        for call in calls:
            try:
                call()
            except Exception as error:  # noqa: BLE001
                errors.append(error)
        return errors

    @bundle()
    def many(x):
        raise ExceptionGroup("many", collect(lambda: inverse(x), lambda: {}["key"]))  # noqa: F821

    failed = failure(many, 0)
    assert failed.data == "(ExceptionGroup) many (2 sub-exceptions)"
    assert "# <--- (ExceptionGroup) many (2 sub-exceptions)" in failed.comment
    assert "return 1 / x  # <--- (ZeroDivisionError) division by zero" in failed.comment
    assert 'lambda: {}["key"]))  # noqa: F821  # <--- (KeyError)' in failed.comment
    assert failed.comment.endswith("\n\n(KeyError) 'key'")


def test_code_that_was_replaced_while_it_ran_is_shown_as_it_ran() -> None:
    @bundle(trainable=True)
    def divide(x):
        holder[0].parameter.update("def divide(x):\n    return 0")
        return 1 / x

    holder = [divide]
    comment = failure(divide, 0).comment
    assert comment.startswith("def divide(x):\n    holder[0].parameter.update")
    assert "    return 1 / x  # <--- (ZeroDivisionError) division by zero\n" in comment


def test_what_new_code_left_behind_is_shown_in_its_own_words() -> None:
    @bundle(trainable=True)
    def make(x):
        return lambda: 1 / x

    make.parameter.update("def make(x):\n    # later\n\n    return lambda: 2 / x")
    later = make(0).data
    comment = failure(bundle()(later)).comment
    assert "    # later\n\n    return lambda: 2 / x  # <--- (ZeroDivisionError)" in comment


class Odd:
    """Can be compared, measured and shown only with an error."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no ==")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __hash__ = None  # type: ignore[assignment]


def test_values_that_raise_are_recorded_nevertheless() -> None:
    @bundle()
    def same(x, others):
        return x

    odd, parameter = Odd(), node(Odd(), trainable=True)
    result = same(odd, [parameter, Odd(), {"a": (Odd(),)}])
    verify(result)
    result.backward("odd")
    assert result.data is odd
    assert len(parameter.feedback) == 1
    for use, message in ((bool, "no truth"), (len, "no length"), (lambda x: x == 1, "no ==")):
        with pytest.raises(RuntimeError, match=message):
            use(result)
    assert failure(result.eq, 1).data == "(RuntimeError) no =="
    assert failure(result.len).data == "(RuntimeError) no length"
    assert failure(bundle()(lambda x: x == 1), odd).data == "(RuntimeError) no =="


ENDINGS = [KeyboardInterrupt, SystemExit, GeneratorExit]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_no_exception_goes_through_everything(ending: type[BaseException]) -> None:
    def end(*_: Any) -> Any:
        raise ending("now")

    class Ends:
        __add__ = __repr__ = __iter__ = end

    @bundle()
    def inner(x):
        return end()

    @bundle()
    def outer(x):
        return inner(x)

    class Quiet(Ends):
        def __repr__(self) -> str:
            return "Quiet()"

    def items() -> Any:
        yield 1
        end()

    def go_on(x: Any) -> Any:
        return [node(1) for _ in items()]

    calls = [
        lambda: inner(1), lambda: outer(node(1)), lambda: node(end)(1), lambda: node(Ends()),
        lambda: node(Quiet()) + 1, lambda: list(node(Quiet())), lambda: list(node(items())),
        lambda: bundle()(go_on)(1), lambda: outer([Ends()]),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ending):
            call()
        assert nodes_read.get() is None


def test_an_interrupt_at_any_moment_of_a_call_leaves_nothing_behind() -> None:
    import trace_lsp.trace.calls as calls

    @bundle()
    def same(x):
        return x

    def interrupted_at(number: int) -> bool:
        """True if the call was interrupted before that line of ours."""
        lines = iter(range(1_000))

        def trace(frame: Any, event: str, argument: Any) -> Any:
            if frame.f_code.co_filename != calls.__file__ and frame.f_code is not same.fun.__code__:
                return None
            # The next line only sets the context back, and an interrupt comes after a call.
            returned = "data" in frame.f_locals
            if event == "line" and not returned and next(lines) == number:
                raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            same(1)
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
        return False

    count = 0
    while interrupted_at(count):
        assert nodes_read.get() is None
        count += 1
    assert count > 10


def test_an_error_that_is_sent_elsewhere_still_tells_its_story() -> None:
    @bundle()
    def inverse(x):
        return 1 / x

    with pytest.raises(ExecutionError) as caught:
        inverse(0)
    error = caught.value
    for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
        assert type(other) is ExecutionError
        assert str(other) == str(error)
        assert other.exception_node.create_feedback("full") == error.exception_node.comment
    detached = error.exception_node.detach()
    verify(detached)
    assert isinstance(detached, ExceptionNode)
    assert (detached.parents, detached.op_name) == ([], "exception_inverse")


def test_a_node_that_could_not_be_made_is_none() -> None:
    with pytest.raises(TypeError, match="A trainable node is made by"):
        Node(1, trainable=True)
    with pytest.raises(TypeError) as caught:
        Node(2, trainable=True)
    assert caught.value.__traceback__ is not None  # it holds the unfinished node
    assert GRAPH.roots == []


def test_wrong_arguments_inside_a_function_mark_the_users_line() -> None:
    @bundle()
    def takes_one(x):
        return x

    @bundle()
    def outer(x):
        return takes_one()

    assert "        return takes_one()  # <--- (TypeError) " in failure(outer, 1).comment
