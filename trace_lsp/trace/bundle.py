"""`bundle`: a function whose calls are recorded as one node each."""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
from collections.abc import Awaitable, Callable
from types import CodeType, FunctionType
from typing import Any, Optional, Union

from trace_lsp.trace.code import TrainableCode, unwrapped
from trace_lsp.trace.containers import container_node, nodes_in, to_data
from trace_lsp.trace.definitions import Definition, definition_of
from trace_lsp.trace.failures import Source, TraceMissingInputsError, fail
from trace_lsp.trace.graph import Operator, Place
from trace_lsp.trace.nodes import MessageNode, Node, ParameterNode
from trace_lsp.trace.recorder import is_tracing, nodes_read, recorder

_EVAL = (
    "eval(__code, *args, **kwargs) calls the function whose source is __code with the given "
    "arguments and returns what it returns."
)
_CODE = Operator("__code", "Defines a function from its source.")

Where = tuple[CodeType, int]


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
    TraceMissingInputsError.
    """
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


class _Call:
    """A call under way: its arguments as nodes, and the function that runs."""

    __slots__ = ("function", "names", "parents", "read", "serial", "traced", "where")

    def __init__(
        self,
        names: tuple[str, ...],
        parents: tuple[Node, ...],
        function: Any,
        where: Where,
        traced: bool,
    ) -> None:
        self.names = names
        self.parents = parents
        self.function = function
        self.where = where
        self.traced = traced
        self.read: list[Node] = []
        self.serial = next(recorder.serials)


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
        self._options = options
        self._is_async = inspect.iscoroutinefunction(inspect.unwrap(function))
        self._signature: Optional[inspect.Signature] = None
        self.parameter: Optional[ParameterNode] = None
        definition = _definition(function)
        if options.trainable:
            self._code = _trainable_code(function, definition)
            self.parameter = _code_parameter(self._code.definition, function)
        self.operator = _operator(function, description, definition, options.trainable)

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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        return self.call(args, kwargs, (frame.f_code, frame.f_lasti))

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where) -> Any:
        """Calls the function and records the call as made at `where`; returns the node.

        Raises ExecutionError if the function raises (its exception node stands for the result).
        """
        plain_args = tuple(to_data(each) for each in args)
        plain_kwargs = {name: to_data(each) for name, each in kwargs.items()}
        _note_read(args, kwargs)
        traced = is_tracing.get()
        names, parents = self._inputs(args, kwargs, where) if traced else ((), ())
        call = _Call(names, parents, self._current(where), where, traced)
        token = nodes_read.set(call.read)
        try:
            data = call.function(*plain_args, **plain_kwargs)
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            nodes_read.reset(token)
            self._failed(call, error)
        except BaseException:
            nodes_read.reset(token)
            raise
        nodes_read.reset(token)
        if self._is_async and inspect.isawaitable(data):
            return self._awaited(call, data)
        return self._finished(call, data)

    async def _awaited(self, call: _Call, work: Awaitable[Any]) -> Node:
        token = nodes_read.set(call.read)
        try:
            data = await work
        except Exception as error:  # noqa: BLE001  the user's function may raise anything
            self._failed(call, error)
        finally:
            nodes_read.reset(token)
        return self._finished(call, data)

    def _inputs(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where
    ) -> tuple[tuple[str, ...], tuple[Node, ...]]:
        arguments = self._bound(args, kwargs)
        names = tuple(arguments)
        parents = tuple(_as_node(value, name, where) for name, value in arguments.items())
        if self.parameter is None:
            return names, parents
        return (*names, "__code"), (*parents, self.parameter)

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name: ``args_0`` … for ``*args``, their own names for ``**kwargs``."""
        if self._signature is None:
            self._signature = _signature(self.fun)
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError:
            # A decorator beneath ours may take other arguments than the function it wraps.
            outer = _signature(self.fun, follow_wrapped=False)
            if not _binds(outer, args, kwargs):
                self.fun(*args, **kwargs)  # raises Python's own TypeError, before anything runs
                raise
            bound = outer.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            kind = bound.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                arguments.update((f"args_{at}", each) for at, each in enumerate(value))
            elif kind is inspect.Parameter.VAR_KEYWORD:
                arguments.update(value)
            else:
                arguments[name] = value
        return arguments

    def _current(self, where: Where) -> Callable[..., Any]:
        """The function to run: of a trainable, the version of its parameter's current text."""
        if self.parameter is None:
            return self.fun
        try:
            return self._code.version(self.parameter._data)
        except Exception as error:  # noqa: BLE001  new defaults and decorators may raise anything
            fail(error, _CODE, ("code",), (self.parameter,), where)

    def _failed(self, call: _Call, error: Exception) -> None:
        if not self._options.catch_execution_error:
            raise error
        source = None
        if self.parameter is not None:
            plain = unwrapped(call.function)
            source = Source(plain.__code__, self.parameter._data, self._code.definition.line)
        fail(error, self.operator, call.names, call.parents, call.where, source)

    def _finished(self, call: _Call, data: Any) -> Node:
        if not call.traced:
            return Node(to_data(data), self.operator.name, *call.where)
        around = nodes_read.get()
        if around is not None:
            around.extend(call.read)
        if call.read and not self._options.allow_external_dependencies:
            _check_dependencies(call, self.operator.name)
        return MessageNode(to_data(data), self.operator, call.names, call.parents, *call.where)


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


def _note_read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """What is passed on by a bundled function was read by it."""
    read = nodes_read.get()
    if read is not None:
        for each in (*args, *kwargs.values()):
            read.extend(nodes_in(each))


def _signature(function: Callable[..., Any], follow_wrapped: bool = True) -> inspect.Signature:
    try:
        return inspect.signature(function, follow_wrapped=follow_wrapped)
    except ValueError:  # some builtins do not say what they take
        return inspect.Signature(
            [
                inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
            ]
        )


def _binds(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _as_node(value: Any, name: str, where: Where) -> Node:
    if isinstance(value, Node):
        return value
    if isinstance(value, FunModule) and value.parameter is not None:
        return value.parameter
    return container_node(value, name, where) or Node(value, name, *where)


def _check_dependencies(call: _Call, name: str) -> None:
    """Nodes made during the call are its own business; older ones are hidden inputs."""
    hidden = [
        each for each in call.read if each._serial < call.serial and each not in _Same(call.parents)
    ]
    if hidden:
        names = ", ".join(dict.fromkeys(each.name for each in hidden))
        raise TraceMissingInputsError(
            f"{name} reads {names}, which is not among its arguments, so the graph would not show "
            "that its result depends on it. Pass it as an argument, or decorate the function with "
            "@bundle(allow_external_dependencies=True)."
        )


class _Same:
    """Membership by identity: nodes compare by value."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self._ids = {id(each) for each in nodes}

    def __contains__(self, node: Node) -> bool:
        return id(node) in self._ids


def _definition(function: Callable[..., Any]) -> Optional[Definition]:
    plain = inspect.unwrap(function)
    if not isinstance(plain, FunctionType):
        return None
    linecache.checkcache(plain.__code__.co_filename)  # a module may have been loaded again
    return definition_of(plain.__code__)


def _trainable_code(
    function: Callable[..., Any], definition: Optional[Definition]
) -> TrainableCode:
    if definition is None:
        raise TypeError(
            f"{getattr(function, '__qualname__', function)} cannot be trainable: its source was "
            "not found. Define it with `def` in a file (or a notebook cell)."
        )
    return TrainableCode(function, definition)


def _code_parameter(definition: Definition, function: Callable[..., Any]) -> ParameterNode:
    code = inspect.unwrap(function).__code__
    source = definition.source
    if recorder.host is not None:
        source = recorder.host.override(definition.file, definition.line, True) or source
    return ParameterNode(
        source,
        "__code",
        constraint=f"The code should start with:\n{definition.signature}",
        code=code,
        is_code=True,
    )


def _operator(
    function: Callable[..., Any],
    description: Optional[str],
    definition: Optional[Definition],
    trainable: bool,
) -> Operator:
    qualified = getattr(function, "__qualname__", type(function).__name__)
    place = None
    if definition is not None:
        place = Place(definition.file, definition.line, 0, definition.end_line, 0)
    if trainable:
        return Operator("eval", _EVAL, qualified, place)
    name, documentation = _documentation(function, description)
    return Operator(name, documentation, qualified, place)


def _documentation(function: Callable[..., Any], description: Optional[str]) -> tuple[str, str]:
    """The operator's name and sentence: from ``[name] sentence`` if given, else the docstring."""
    name = getattr(function, "__name__", type(function).__name__)
    if description is None:
        return name, inspect.getdoc(function) or ""
    if description.startswith("[") and "]" in description:
        name, _, description = description[1:].partition("]")
    return name, description.strip()
