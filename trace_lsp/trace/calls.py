"""The forward record: a call of a bundled function becomes one node."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar, Token
from threading import RLock
from types import FunctionType
from typing import Any, NamedTuple, NoReturn, Optional, TypeVar

from trace_lsp.trace.code import CodeRejected, TrainableCode, unwrapped
from trace_lsp.trace.containers import as_node, data_of, nodes_in
from trace_lsp.trace.dependencies import dependencies, refuse
from trace_lsp.trace.failures import fail
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import Node, ParameterNode, Where, instance_node, leaf, message
from trace_lsp.trace.recorder import NOT_TRACING, nodes_read, recorder
from trace_lsp.trace.shapes import Shape, Shapes
from trace_lsp.trace.values import FIXED

T = TypeVar("T")
Inputs = tuple[tuple[str, ...], tuple[Node, ...]]
"""The names of a call's inputs, and their nodes."""

Passed = tuple[Sequence[Any], dict[str, Any]]
"""What the function itself gets, by position and by name."""

_NONE: Inputs = ((), ())
_KEEPING = RLock()
_CODE = Operator("__code", "Defines a function from its source.")

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
    _frames = 1  # how far away the caller is

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        self._options = options
        self._output_name = options.output_name
        self._shapes = Shapes(function)
        self._shapes_of: dict[int, Shapes] = {}
        self._is_async = _is_coroutine_function(unwrapped(function))
        self._is_method = False
        self._spares_recursion = options.overwrite_python_recursion and not options.trainable
        self._function = self._marked(function) if self._spares_recursion else function

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Calls the function and records the call; returns its node, or an awaitable of it.

        Raises ExecutionError if the function raises: its exception node stands for the result.
        """
        if self._spares_recursion and self in _running.get():
            return self._function(*args, **kwargs)
        frame = sys._getframe(self._frames)
        where = (frame.f_code, frame.f_lasti)
        around = nodes_read.get()
        function, shapes = self._function, self._shapes
        if self.parameter is not None:
            function, shapes = self._current(where)
        read: Any = NOT_TRACING
        inputs = _NONE
        shape = shapes.shape(args, kwargs)
        if around is not NOT_TRACING:
            inputs, read = self._inputs(shape, args, kwargs, where), []
        start = next(recorder.serials)
        passed = plain, named = self._passed(shape, args, kwargs, where)
        # The call stands here: one frame of the engine's for each level of nested calls.
        try:
            nodes_read.set(read)  # in here: the next instruction may be an interrupt's
            if around is None or recorder.host is None:
                data = function(*plain, **named)
            else:  # bundled functions nest: a run's host makes room for the engine's frames
                data = recorder.host.call(function, plain, named)
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            nodes_read.set(around)
            self._failed(self._with_hidden(inputs, read, start), where, error)
        except BaseException:
            nodes_read.set(around)
            raise
        nodes_read.set(around)
        if self._is_async and inspect.isawaitable(data):
            return self._awaited(inputs, where, data, read, start, passed)
        return self._result(inputs, data, where, passed, read, start)

    async def _awaited(
        self,
        inputs: Inputs,
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
            self._failed(self._with_hidden(inputs, read, start), where, error)
        except BaseException:
            _reset(nodes_read, token)
            raise
        nodes_read.reset(token)
        return self._result(inputs, data, where, passed, read, start)

    def _inputs(
        self, shape: Shape, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where
    ) -> Inputs:
        values = args if shape.in_place else shape.values(args, kwargs)
        for each in values:
            if not isinstance(each, Node):
                values = self._as_nodes(values, shape.labels, where)
                break
        if self.parameter is None:
            return shape.names, values
        return shape.names_and_code, (*values, self.parameter)

    def _as_nodes(
        self, values: tuple[Any, ...], labels: tuple[Optional[str], ...], where: Where
    ) -> tuple[Node, ...]:
        if self._is_method and values and not isinstance(values[0], Node):
            values = (instance_node(values[0], where), *values[1:])
        nodes = []
        for each, name in zip(values, labels):
            if isinstance(each, Node):
                nodes.append(each)
            elif type(each) in FIXED:
                nodes.append(leaf(each, name, *where))
            else:
                nodes.append(as_node(each, name, where))
        return tuple(nodes)

    def _passed(
        self, shape: Shape, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where
    ) -> Passed:
        """What the function itself gets: the data of nodes."""
        if shape.has_default_nodes:
            args, kwargs = shape.completed(args, kwargs)
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

    def _current(self, where: Where) -> tuple[Callable[..., Any], Shapes]:
        """The version of the function that the parameter's text means now, and how it is called."""
        assert self.parameter is not None
        try:
            function = self._code.version(self.parameter._data)
            known = self._shapes_of.get(id(function))  # it stays: its code keeps all versions
            if known is None:
                known = self._shapes_of[id(function)] = Shapes(function)
            return function, known
        except Exception as error:  # noqa: BLE001  new defaults and decorators may raise anything
            told = error
            if isinstance(error, CodeRejected) and error.__cause__ is not None:
                told = SyntaxError(str(error))  # by the name that programs look for
            fail(told, _CODE, ("code",), (self.parameter,), where)

    def _result(
        self, inputs: Inputs, data: Any, where: Where, passed: Passed, read: Any, start: int
    ) -> Node:
        """The node of a call that returned; the function around it gets to know of it."""
        names, parents = inputs
        external: tuple[Node, ...] = ()
        if type(data) not in FIXED:
            returned = tuple(nodes_in(data))
            if returned:
                data = data_of(data)
                read = read is not NOT_TRACING and [*read, returned]
        if read:
            hidden, external = dependencies(parents, read, start)
            may_read = self._options.allow_external_dependencies or recorder.allows_external
            if external and not may_read:
                refuse(self.operator.name, external)
            parents += hidden
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
        where: Where,
        error: Exception,
    ) -> NoReturn:
        if not self._options.catch_execution_error:
            raise error
        fail(error, self.operator, *inputs, where)

    def _marked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, within which its own calls of itself are not recorded."""

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            token = _running.set((*_running.get(), self))
            try:
                data = function(*args, **kwargs)
            finally:
                _running.reset(token)
            return until_done(data) if self._is_async and inspect.isawaitable(data) else data

        async def until_done(work: Awaitable[Any]) -> Any:
            token = _running.set((*_running.get(), self))
            try:
                return await work
            finally:
                _reset(_running, token)

        return run


def kept_at(instance: Any, key: str, make: Callable[[], T], otherwise: T) -> T:
    """What is kept at the instance under that key, made at first; if the instance takes no
    attributes, what is to be had `otherwise`."""
    attributes = getattr(instance, "__dict__", None)
    if not isinstance(attributes, dict):
        return otherwise
    with _KEEPING:  # two threads may ask at once
        if key not in attributes:
            attributes[key] = make()
        kept: T = attributes[key]
        return kept


def _is_coroutine_function(function: Any) -> bool:
    if isinstance(function, FunctionType) or inspect.iscoroutinefunction(function):
        return inspect.iscoroutinefunction(function)
    return inspect.iscoroutinefunction(getattr(type(function), "__call__", None))  # noqa: B004


def _reset(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Resets the variable, unless a coroutine that never ended is closed from another context."""
    with contextlib.suppress(ValueError):
        variable.reset(token)
