"""The forward record: a call of a bundled function becomes one node."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, NoReturn, Optional, TypeVar

from trace_lsp.trace.code import TrainableCode, unwrapped
from trace_lsp.trace.containers import as_node, data_of
from trace_lsp.trace.dependencies import dependencies, refuse
from trace_lsp.trace.failures import Source, fail
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import Node, ParameterNode, Where, leaf, message
from trace_lsp.trace.recorder import NOT_TRACING, nodes_read, recorder
from trace_lsp.trace.shapes import Shapes
from trace_lsp.trace.values import FIXED

T = TypeVar("T")
Inputs = tuple[tuple[str, ...], tuple[Node, ...]]
"""The names of a call's inputs, and their nodes."""

Passed = tuple[Sequence[Any], dict[str, Any]]
"""What the function itself gets, by position and by name."""

_NONE: Inputs = ((), ())
_CODE = Operator("__code", "Defines a function from its source.")
_SELF = "__trace_self"

_running: ContextVar[tuple[object, ...]] = ContextVar("running", default=())
"""The bundled functions that run now, and whose calls of themselves are not recorded."""


class Options(NamedTuple):
    """What `bundle` was asked for, see there."""

    description: Optional[str] = None
    traceable_code: bool = False
    process_inputs: bool = True
    trainable: bool = False
    catch_execution_error: bool = True
    allow_external_dependencies: bool = False
    overwrite_python_recursion: bool = False
    projections: Optional[Sequence[Any]] = None
    output_name: Optional[str] = None


class TracedFunction:
    """A function whose calls are recorded. `parameter` is its source as a trainable node, or None;
    `operator` what its calls are recorded under."""

    operator: Operator
    parameter: Optional[ParameterNode]
    _code: TrainableCode

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        self._options = options
        self._output_name = options.output_name
        self._shapes = Shapes(function)
        self._is_async = inspect.iscoroutinefunction(inspect.unwrap(function))
        self._is_method = False
        self._spares_recursion = options.overwrite_python_recursion and not options.trainable
        self._function = self._marked(function) if self._spares_recursion else function

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Calls the function and records the call; returns its node, or an awaitable of it.

        Raises ExecutionError if the function raises: its exception node stands for the result.
        """
        if self._spares_recursion and self in _running.get():
            return self._function(*args, **kwargs)
        frame = sys._getframe(1)
        where = (frame.f_code, frame.f_lasti)
        around = nodes_read.get()
        inputs = _NONE if around is NOT_TRACING else self._inputs(args, kwargs, where)
        function = self._function if self.parameter is None else self._current(where)
        start = next(recorder.serials)
        passed = plain, named = self._passed(args, kwargs, where)
        read: Any = NOT_TRACING if around is NOT_TRACING else []
        nodes_read.set(read)
        # The call stands here: one frame of the engine's for each level of nested calls.
        try:
            data = function(*plain, **named)
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            nodes_read.set(around)
            self._failed(self._with_hidden(inputs, read, start), function, where, error)
        except BaseException:
            nodes_read.set(around)
            raise
        nodes_read.set(around)
        if self._is_async and inspect.isawaitable(data):
            return self._awaited(inputs, function, where, data, read, start, passed)
        return self._result(inputs, data, where, passed, read, start)

    async def _awaited(
        self,
        inputs: Inputs,
        function: Callable[..., Any],
        where: Where,
        work: Awaitable[Any],
        read: Any,
        start: int,
        passed: Passed,
    ) -> Node:
        token = nodes_read.set(read)
        try:
            data = await work
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            nodes_read.reset(token)
            self._failed(self._with_hidden(inputs, read, start), function, where, error)
        except BaseException:
            nodes_read.reset(token)
            raise
        nodes_read.reset(token)
        return self._result(inputs, data, where, passed, read, start)

    def _inputs(self, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where) -> Inputs:
        shape = self._shapes.shape(args, kwargs)
        values = args if shape.in_place else shape.values(args, kwargs)
        for each in values:
            if not isinstance(each, Node):
                values = self._as_nodes(values, shape.names, where)
                break
        if self.parameter is None:
            return shape.names, values
        return shape.names_and_code, (*values, self.parameter)

    def _as_nodes(
        self, values: tuple[Any, ...], names: tuple[str, ...], where: Where
    ) -> tuple[Node, ...]:
        if self._is_method and not isinstance(values[0], Node):
            values = (_node_of_instance(values[0], names[0], where), *values[1:])
        nodes = []
        for each, name in zip(values, names):
            if isinstance(each, Node):
                nodes.append(each)
            elif type(each) in FIXED:
                nodes.append(leaf(each, name, *where))
            else:
                nodes.append(as_node(each, name, where))
        return tuple(nodes)

    def _passed(self, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where) -> Passed:
        """What the function itself gets: the data of nodes."""
        # A node without a text of its own has a value that holds no others.
        plain = [
            each._data if isinstance(each, Node) and each._text is None else data_of(each)
            for each in args
        ]
        named = kwargs and {
            name: each._data if isinstance(each, Node) and each._text is None else data_of(each)
            for name, each in kwargs.items()
        }
        return plain, named

    def _current(self, where: Where) -> Callable[..., Any]:
        """The version of the function that the parameter's text means now."""
        assert self.parameter is not None
        try:
            return self._code.version(self.parameter._data)
        except Exception as error:  # noqa: BLE001  new defaults and decorators may raise anything
            fail(error, _CODE, ("code",), (self.parameter,), where)

    def _result(
        self, inputs: Inputs, data: Any, where: Where, passed: Passed, read: Any, start: int
    ) -> Node:
        """The node of a call that returned; the function around it gets to know of it."""
        names, parents = inputs
        external: tuple[Node, ...] = ()
        if read:
            hidden, external = dependencies(parents, read, start)
            if external and not self._options.allow_external_dependencies:
                refuse(self.operator.name, external)
            parents += hidden
        if type(data) not in FIXED:
            data = data_of(data)
        made = message(data, self.operator, names, parents, where[0], where[1], self._output_name)
        if external:
            made._note("external", external)
        around = nodes_read.get()
        if around is not None:
            around.append(parents)
        return made

    def _with_hidden(self, inputs: Inputs, read: Any, start: int) -> Inputs:
        if not read:
            return inputs
        return inputs[0], inputs[1] + dependencies(inputs[1], read, start)[0]

    def _failed(
        self,
        inputs: Inputs,
        function: Callable[..., Any],
        where: Where,
        error: Exception,
    ) -> NoReturn:
        if not self._options.catch_execution_error:
            raise error
        source = None
        if self.parameter is not None:
            plain = unwrapped(function)
            source = Source(plain.__code__, self.parameter._data, self._code.definition.line)
        fail(error, self.operator, *inputs, where, source)

    def _marked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, within which its own calls of itself are not recorded."""

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            token = _running.set((*_running.get(), self))
            try:
                return function(*args, **kwargs)
            finally:
                _running.reset(token)

        return run


def kept_at(instance: Any, key: str, make: Callable[[], T], otherwise: Optional[T] = None) -> T:
    """What is kept at the instance under that key, made at first. If the instance takes no
    attributes: what is to be had `otherwise`, else made anew each time."""
    attributes = getattr(instance, "__dict__", None)
    if not isinstance(attributes, dict):
        return make() if otherwise is None else otherwise
    if key not in attributes:
        attributes[key] = make()
    kept: T = attributes[key]
    return kept


def _node_of_instance(instance: Any, name: str, where: Where) -> Node:
    """The instance's node: one for all calls of its methods since the names were cleared."""
    found: Node = kept_at(instance, _SELF, lambda: as_node(instance, name, where))
    if found._serial < recorder.cleared_at:
        del instance.__dict__[_SELF]
        return _node_of_instance(instance, name, where)
    return found
