"""`bundle`: a function whose calls are recorded as one node each."""

from __future__ import annotations

import copy
import functools
import inspect
import linecache
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any, Optional, Union

from trace_lsp.trace.broadcast import detach_inputs, to_data, wrap_node
from trace_lsp.trace.calls import Inputs, Options, Passed, TracedFunction, kept_at
from trace_lsp.trace.code import TrainableCode, unwrapped
from trace_lsp.trace.definitions import Definition, definition_of
from trace_lsp.trace.failures import ExecutionError, TraceMissingInputsError
from trace_lsp.trace.graph import Operator, Place
from trace_lsp.trace.info import function_info
from trace_lsp.trace.modules import Module
from trace_lsp.trace.nodes import (
    GRAPH,
    ExceptionNode,
    MessageNode,
    Node,
    ParameterNode,
    Where,
    get_op_name,
    leaf,
    node,
    parameter,
)
from trace_lsp.trace.parameters import TrainableFunction
from trace_lsp.trace.recorder import recorder, trace_nodes
from trace_lsp.trace.shapes import Shape
from trace_lsp.trace.utils import disable_external_dependencies_check, update_local

__all__ = [
    "GRAPH",
    "ExceptionNode",
    "ExecutionError",
    "FunModule",
    "MessageNode",
    "Node",
    "ParameterNode",
    "TraceMissingInputsError",
    "bundle",
    "detach_inputs",
    "disable_external_dependencies_check",
    "get_op_name",
    "node",
    "to_data",
    "trace_nodes",
    "update_local",
    "wrap_node",
]

_EVAL = (
    "eval(__code, *args, **kwargs) calls the function whose source is __code with the given "
    "arguments and returns what it returns."
)
_METHOD = "__trace_method_"


def bundle(
    description: Union[str, Callable[..., Any], None] = None,
    traceable_code: bool = False,
    _process_inputs: bool = True,
    trainable: bool = False,
    catch_execution_error: bool = True,
    allow_external_dependencies: bool = False,
    overwrite_python_recursion: bool = False,
    projections: Optional[Sequence[Any]] = None,
    output_name: Optional[str] = None,
) -> Any:
    """A decorator that records each call of a function as one node.

    `description` documents the function to the optimizer, as ``"[name] sentence"`` or the sentence
    alone (default: its docstring). With `traceable_code` the function gets nodes, and what it does
    with them is a graph of its own within the call's node. With `_process_inputs` false it gets
    its arguments as they are. With `trainable` its source is a parameter, and the `projections`
    are applied to new versions of it. With `catch_execution_error` an exception becomes an
    exception node, raised as ExecutionError; else it goes through as it is. Unless
    `allow_external_dependencies`, reading a node that is not an argument raises
    TraceMissingInputsError. With `overwrite_python_recursion` the function's calls of itself are
    not recorded (those of a trainable one never are). `output_name` names the call's node.
    """
    options = Options(
        description if description is None or isinstance(description, str) else None,
        traceable_code,
        _process_inputs,
        trainable,
        catch_execution_error,
        allow_external_dependencies,
        overwrite_python_recursion,
        projections,
        output_name,
    )
    kind = FunModule
    if not _process_inputs:
        kind = _Untouched
    elif traceable_code:
        kind = _Expandable
    make = functools.partial(_made, kind=kind, options=options)
    return make(description) if options.description is not description else make


def _made(function: Any, kind: type[FunModule], options: Options) -> Any:
    """The function bundled; with the decorators of methods beneath, what is in them."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(kind(function.__func__, options))
    if isinstance(function, property) and function.fget is not None:
        return function.getter(kind(function.fget, options))
    return kind(function, options)


class FunModule(TracedFunction, Module, TrainableFunction):
    """A bundled function. `parameter` is its source as a trainable node, None if not trainable.

    `operator` is what its nodes are recorded under. Of a trainable method each instance has a
    bundled function of its own, with its own parameter.
    """

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        if not callable(function):
            raise TypeError(
                f"bundle decorates a function; this is of type {type(function).__name__}."
            )
        # What a function has besides is its own. An object's, or a class's, may be anything.
        has_own = isinstance(function, FunctionType)
        functools.update_wrapper(self, function, updated=["__dict__"] if has_own else [])
        self.__dict__.pop("operator", None)
        super().__init__(function, options)
        self.parameter: Optional[ParameterNode] = None
        self._is_own = False
        if options.trainable:
            self._code = _trainable_code(function)
            self.parameter = _code_parameter(self._code, function, options.projections)

    __qualname__: str

    @functools.cached_property
    def operator(self) -> Operator:  # type: ignore[override]
        # Not before it is needed: most of what a program decorates it does not call in every run.
        if self.parameter is not None:
            name, documentation = "eval", _EVAL
            definition: Optional[Definition] = self._code.definition
        else:
            name, documentation = _documentation(self._function, self._options.description)
            definition = _definition(self._function)
        place = None
        if definition is not None:
            place = Place(definition.file, definition.line, 0, definition.end_line, 0)
        return Operator(name, documentation, _qualified_name(self._function), place)

    @property
    def fun(self) -> Callable[..., Any]:
        """The plain function; of a trainable one, what its source means now."""
        if self.parameter is None:
            return self._function
        return self._code.version(self.parameter._data)

    @property
    def name(self) -> str:
        return _documentation(self._function, self._options.description)[0]

    @property
    def description(self) -> str:
        name, documentation = _documentation(self._function, self._options.description)
        return f"[{name}] {documentation}"

    @property
    def info(self) -> dict[str, Any]:
        """What is known of the function: `fun` itself, its `signature`, ``fun_name``, ``doc``,
        ``source``, ``file`` and ``line_number``."""
        return {
            **function_info(self.operator),
            "doc": inspect.getdoc(self._function) or "",
            "fun": self._function,
            "signature": inspect.signature(self._function),
        }

    @property
    def trainable(self) -> bool:
        return self.parameter is not None

    def parameters_dict(self) -> dict[str, Any]:
        """The function's source as a trainable node, by its name; empty if it is not trainable."""
        return {} if self.parameter is None else {"parameter": self.parameter}

    def parameters(self) -> list[ParameterNode]:
        """The function's source as a trainable node, in a list; empty if it is not trainable."""
        return [] if self.parameter is None else [self.parameter]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """As a call of it."""
        return self(*args, **kwargs)

    def detach(self) -> FunModule:
        """The same function, with a parameter of its own if it is trainable."""
        detached = object.__new__(type(self))
        detached.__dict__.update(self.__dict__)
        detached._is_own = True
        if self.parameter is not None:
            detached.parameter = copy.copy(self.parameter)
        return detached

    def __deepcopy__(self, memo: dict[int, Any]) -> FunModule:
        return self.detach()

    def __reduce__(self) -> Any:
        # By name, as functions are. An instance's own takes its parameter along.
        if not self._is_own:
            return self.__qualname__
        return _restored, (self.__module__, self.__qualname__, self.parameter)

    def __set_name__(self, owner: type, name: str) -> None:
        self._is_method = True
        if self.parameter is not None:
            self._code.owner = owner

    def __get__(self, instance: Any, owner: Optional[type] = None) -> Any:
        if instance is None:
            return self
        if self.parameter is None:
            return MethodType(self, instance)
        attributes = getattr(instance, "__dict__", None) or {}
        return BoundFunModule(attributes.get(self._key(), self), instance)

    def own(self, instance: Any) -> FunModule:
        """The instance's own bundled function; the class's if it takes no attributes.

        It takes the parameter that the instance's calls were recorded with so far, and leaves
        the class a copy: other instances start from the code as it is now.
        """
        return kept_at(instance, self._key(), self._parted, otherwise=self)

    def _parted(self) -> FunModule:
        own = self.detach()
        own.parameter, self.parameter = self.parameter, own.parameter
        return own

    def _key(self) -> str:
        return _METHOD + self.__qualname__


class BoundFunModule(functools.partial, TrainableFunction):  # type: ignore[type-arg]
    """A trainable method with its instance.

    Until somebody asks for the instance's parameter, all instances share the class's: one that is
    never trained by itself costs nothing.
    """

    @property
    def parameter(self) -> ParameterNode:  # type: ignore[override]
        parameter: ParameterNode = self._own.parameter
        return parameter

    def parameters(self) -> list[ParameterNode]:
        return [self.parameter]

    @property
    def _own(self) -> Any:
        return self.func.own(self.args[0]) if isinstance(self.func, FunModule) else self.func

    def __getattr__(self, name: str) -> Any:
        # Who looks at a function's docstring or signature does not train it.
        return getattr(self.func if name.startswith("__") else self._own, name)


class _Untouched(FunModule):
    """The function gets its arguments as they are, nodes and all."""

    def _passed(
        self, shape: Shape, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where
    ) -> Passed:
        return args, kwargs


class _Expandable(FunModule):
    """The function gets nodes. What it does with them is a graph of its own, within its node."""

    def _passed(
        self, shape: Shape, args: tuple[Any, ...], kwargs: dict[str, Any], where: Where
    ) -> Passed:
        named = {**shape.defaults, **kwargs}
        return (
            [_detached(each, label, where) for each, label in zip(args, shape.labels)],
            {name: _detached(each, name, where) for name, each in named.items()},
        )

    def _result(self, inputs: Inputs, data: Any, where: Where, passed: Passed, *rest: Any) -> Node:
        made = super()._result(inputs, data, where, passed, *rest)
        made._note("inner", (passed, data))
        return made


def _detached(value: Any, name: Optional[str], where: Where) -> Node:
    """A leaf of its own for what is passed to a function that records what it does with it."""
    if isinstance(value, Node):
        return leaf(value._data, value._base, *where)
    return leaf(value, name, *where)


def _restored(module: str, name: str, own: ParameterNode) -> FunModule:
    found: Any = __import__(module, fromlist=["_"])
    for part in name.split("."):
        found = getattr(found, part)
    restored: FunModule = object.__new__(type(found))
    restored.__dict__.update(found.__dict__)
    restored.parameter, restored._is_own = own, True
    return restored


def __getattr__(name: str) -> Any:
    if name == "ALLOW_EXTERNAL_DEPENDENCIES":
        return recorder.allows_external
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _definition(function: Callable[..., Any]) -> Optional[Definition]:
    plain: Any = unwrapped(function)
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


def _code_parameter(
    trained: TrainableCode, function: Callable[..., Any], projections: Optional[Sequence[Any]]
) -> ParameterNode:
    code = unwrapped(function).__code__
    definition, source, override = trained.definition, trained.definition.source, None
    if recorder.host is not None:
        override = recorder.host.override(definition.file, definition.line, True)
    if override is not None:
        source = trained.take(override)
    constraint = f"The code should start with:\n{definition.signature}"
    notes = {"constraint": constraint, "projections": projections}
    return parameter(source, "__code", (code, -1), is_code=True, **notes)


def _qualified_name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else type(function).__qualname__


def _documentation(function: Callable[..., Any], description: Optional[str]) -> tuple[str, str]:
    """The operator's name and sentence: from ``[name] sentence`` if given, else the docstring."""
    while isinstance(function, functools.partial):
        function = function.func
    name = _qualified_name(function).rpartition("<locals>.")[2]
    if description is None:
        return name, inspect.getdoc(function) or ""
    if description.startswith("[") and "]" in description:
        name, _, description = description[1:].partition("]")
    return name, description.strip()
