"""`bundle`: a function whose calls are recorded as one node each."""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
import warnings
from collections.abc import Awaitable, Callable
from types import CodeType, FunctionType
from typing import Any, NoReturn, Optional, Union

from trace_lsp.trace.code import TrainableCode, unwrapped
from trace_lsp.trace.containers import CONTAINERS, container_node, nodes_in, to_data
from trace_lsp.trace.definitions import Definition, definition_of
from trace_lsp.trace.failures import Source, TraceMissingInputsError, fail
from trace_lsp.trace.graph import Operator, Place
from trace_lsp.trace.nodes import MessageNode, Node, ParameterNode
from trace_lsp.trace.recorder import is_tracing, nodes_read, recorder
from trace_lsp.trace.shapes import Shapes

_EVAL = (
    "eval(__code, *args, **kwargs) calls the function whose source is __code with the given "
    "arguments and returns what it returns."
)
_CODE = Operator("__code", "Defines a function from its source.")

Where = tuple[CodeType, int]
Inputs = tuple[tuple[str, ...], tuple[Node, ...]]


def bundle(
    description: Union[str, Callable[..., Any], None] = None,
    traceable_code: bool = False,
    trainable: bool = False,
    catch_execution_error: bool = True,
    allow_external_dependencies: bool = False,
    overwrite_python_recursion: bool = False,
) -> Any:
    """A decorator that records each call of a function as one node.

    `description` documents the function to the optimizer (default: its docstring). With
    `trainable` its source is a parameter. With `catch_execution_error` an exception becomes an
    exception node, raised as ExecutionError; else it goes through as it is. Unless
    `allow_external_dependencies`, reading a node that is not an argument raises
    TraceMissingInputsError. `traceable_code` and `overwrite_python_recursion` have no effect yet,
    and a warning says so where they are asked for.
    """
    without_effect = {
        "traceable_code": traceable_code,
        # The recursive calls of a trainable function reach the plain one in any case.
        "overwrite_python_recursion": overwrite_python_recursion and not trainable,
    }
    for name in (name for name, asked in without_effect.items() if asked):
        warnings.warn(f"bundle({name}=True) has no effect yet.", stacklevel=2)
    options = _Options(trainable, catch_execution_error, allow_external_dependencies)
    if callable(description):
        return FunModule(description, None, options)
    return functools.partial(FunModule, description=description, options=options)


class _Options:
    __slots__ = ("allow_external_dependencies", "catch_execution_error", "trainable")

    def __init__(self, trainable: bool, catch: bool, allow_external: bool) -> None:
        self.trainable = trainable
        self.catch_execution_error = catch
        self.allow_external_dependencies = allow_external


class FunModule:
    """A bundled function. `parameter` is its source as a trainable node, None if not trainable.

    `fun` is the plain function, `operator` what its nodes are recorded under.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        description: Optional[str],
        options: _Options,
    ) -> None:
        functools.update_wrapper(self, function)
        self.fun = function
        self._given_description = description
        self._options = options
        self._is_async = inspect.iscoroutinefunction(inspect.unwrap(function))
        self._shapes = Shapes(function)
        self.parameter: Optional[ParameterNode] = None
        if options.trainable:
            self._code = _trainable_code(function)
            self.parameter = _code_parameter(self._code, function)

    @functools.cached_property
    def operator(self) -> Operator:
        # Not before it is needed: most of what a program decorates it does not call in every run.
        if self.parameter is not None:
            name, documentation = "eval", _EVAL
            definition: Optional[Definition] = self._code.definition
        else:
            name, documentation = _documentation(self.fun, self._given_description)
            definition = _definition(self.fun)
        qualified = getattr(self.fun, "__qualname__", type(self.fun).__name__)
        place = None
        if definition is not None:
            place = Place(definition.file, definition.line, 0, definition.end_line, 0)
        return Operator(name, documentation, qualified, place)

    @property
    def name(self) -> str:
        return self.operator.name

    @property
    def description(self) -> str:
        return f"[{self.operator.name}] {self.operator.documentation}"

    @property
    def trainable(self) -> bool:
        return self.parameter is not None

    def parameters(self) -> list[ParameterNode]:
        """The function's source as a trainable node, in a list; empty if it is not trainable."""
        return [] if self.parameter is None else [self.parameter]

    def __set_name__(self, owner: type, name: str) -> None:
        if self.parameter is not None:
            self._code.owner = owner

    def __get__(self, instance: Any, owner: Optional[type] = None) -> Any:
        return self if instance is None else BoundFunModule(self, instance)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        return self.call(args, kwargs, (frame.f_code, frame.f_lasti))

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where) -> Any:
        """Calls the function and records the call as made at `where`; returns the node.

        Raises ExecutionError if the function raises (its exception node stands for the result).
        """
        around = nodes_read.get()
        if around is not None:
            _note_read(around, args, kwargs)
        inputs = self._inputs(args, kwargs, where) if is_tracing.get() else None
        function = self.fun if self.parameter is None else self._current(self.parameter, where)
        plain = [each._data if isinstance(each, Node) else each for each in args]
        if not CONTAINERS.isdisjoint(map(type, plain)):
            plain = [to_data(each) for each in plain]
        read: list[Node] = []
        start = next(recorder.serials)
        nodes_read.set(read)
        try:
            if kwargs:
                data = function(*plain, **{name: _plain(each) for name, each in kwargs.items()})
            else:
                data = function(*plain)
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            nodes_read.set(around)
            self._failed(inputs, function, where, error)
        except BaseException:
            nodes_read.set(around)
            raise
        nodes_read.set(around)
        if self._is_async and inspect.isawaitable(data):
            return self._awaited(inputs, function, where, data, read, start)
        if read:
            self._note_dependencies(inputs, read, start)
        return self._result(inputs, data, where)

    async def _awaited(
        self,
        inputs: Optional[Inputs],
        function: Callable[..., Any],
        where: Where,
        work: Awaitable[Any],
        read: list[Node],
        start: int,
    ) -> Node:
        token = nodes_read.set(read)
        try:
            data = await work
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            self._failed(inputs, function, where, error)
        finally:
            nodes_read.reset(token)
        self._note_dependencies(inputs, read, start)
        return self._result(inputs, data, where)

    def _result(self, inputs: Optional[Inputs], data: Any, where: Where) -> Node:
        if isinstance(data, Node) or type(data) in CONTAINERS:
            data = to_data(data)
        if inputs is None:
            return Node(data, self.operator.name, *where)
        names, parents = inputs
        code, lasti = where
        return MessageNode(data, self.operator, names, parents, code, lasti)

    def _inputs(self, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where) -> Inputs:
        """The call's inputs: their names and their nodes."""
        shape = self._shapes.shape(args, kwargs)
        values = args if shape.picks is None else shape.values(args, kwargs)
        nodes = [
            each if isinstance(each, Node) else _as_node(each, name, where)
            for each, name in zip(values, shape.names)
        ]
        if self.parameter is None:
            return shape.names, tuple(nodes)
        nodes.append(self.parameter)
        return shape.names_and_code, tuple(nodes)

    def _current(self, parameter: ParameterNode, where: Where) -> Callable[..., Any]:
        """The version of the function that the parameter's text means now."""
        try:
            return self._code.version(parameter._data)
        except Exception as error:  # noqa: BLE001  new defaults and decorators may raise anything
            fail(error, _CODE, ("code",), (parameter,), where)

    def _failed(
        self,
        inputs: Optional[Inputs],
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
        names, parents = inputs or ((), ())
        fail(error, self.operator, names, parents, where, source)

    def _note_dependencies(self, inputs: Optional[Inputs], read: list[Node], start: int) -> None:
        """What the call read, was read by what it stands in; and it should have been passed."""
        if inputs is None:
            return
        around = nodes_read.get()
        if around is not None:
            around.extend(read)
        if not self._options.allow_external_dependencies:
            _check_dependencies(self.operator.name, inputs[1], read, start)


class BoundFunModule:
    """A bundled method with its instance."""

    def __init__(self, function: FunModule, instance: Any) -> None:
        self._function = function
        self._instance = instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        return self._function.call((self._instance, *args), kwargs, (frame.f_code, frame.f_lasti))

    def __getattr__(self, name: str) -> Any:
        if name == "_function":  # a copy is asked for things before it has them
            raise AttributeError(name)
        return getattr(self._function, name)


def _plain(value: Any) -> Any:
    """As `to_data`, at once for what is no container, and no node of one."""
    if isinstance(value, Node):
        value = value._data
    return to_data(value) if type(value) in CONTAINERS else value


def _note_read(read: list[Node], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """What is passed on by a bundled function was read by it."""
    for each in (*args, *kwargs.values()):
        read.extend(nodes_in(each))


def _as_node(value: Any, name: str, where: Where) -> Node:
    if isinstance(value, Node):
        return value
    if isinstance(value, FunModule) and value.parameter is not None:
        return value.parameter
    return container_node(value, name, where) or Node(value, name, *where)


def _check_dependencies(name: str, parents: tuple[Node, ...], read: list[Node], start: int) -> None:
    """Nodes made during the call are its own business; older ones are hidden inputs."""
    passed = {id(each) for each in parents}
    hidden = [each for each in read if each._serial < start and id(each) not in passed]
    if hidden:
        names = ", ".join(dict.fromkeys(each.name for each in hidden))
        raise TraceMissingInputsError(
            f"{name} reads {names}, which is not among its arguments, so the graph would not show "
            "that its result depends on it. Pass it as an argument, or decorate the function with "
            "@bundle(allow_external_dependencies=True)."
        )


def _definition(function: Callable[..., Any]) -> Optional[Definition]:
    plain = inspect.unwrap(function)
    if not isinstance(plain, FunctionType):
        return None
    linecache.checkcache(plain.__code__.co_filename)  # a module may have been loaded again
    return definition_of(plain.__code__)


def _trainable_code(function: Callable[..., Any]) -> TrainableCode:
    definition = _definition(function)
    if definition is None:
        raise TypeError(
            f"{getattr(function, '__qualname__', function)} cannot be trainable: its source was "
            "not found. Define it with `def` in a file (or a notebook cell)."
        )
    return TrainableCode(function, definition)


def _code_parameter(trained: TrainableCode, function: Callable[..., Any]) -> ParameterNode:
    code = inspect.unwrap(function).__code__
    definition, source, override = trained.definition, trained.definition.source, None
    if recorder.host is not None:
        override = recorder.host.override(definition.file, definition.line, True)
    if override is not None:
        source = trained.take(override)
    return ParameterNode(
        source,
        "__code",
        constraint=f"The code should start with:\n{definition.signature}",
        code=code,
        is_code=True,
    )


def _documentation(function: Callable[..., Any], description: Optional[str]) -> tuple[str, str]:
    """The operator's name and sentence: from ``[name] sentence`` if given, else the docstring."""
    name = getattr(function, "__name__", type(function).__name__)
    if description is None:
        return name, inspect.getdoc(function) or ""
    if description.startswith("[") and "]" in description:
        name, _, description = description[1:].partition("]")
    return name, description.strip()
