"""Parameters in a file: their names and values as a pickle of plain data.

A file holds ``{"format": …, "version": …, "parameters": {name: entry}}``. An entry is
``{"name": …, "value": …}`` for a parameter and ``{"parameters": {name: entry}}`` for a container.
"""

from __future__ import annotations

import io
import os
import pickle
import stat
from typing import Any, Optional, Union

from trace_lsp.trace.nodes import ParameterNode, Where, parameter
from trace_lsp.trace.parameters import (
    Entry,
    Map,
    ParameterContainer,
    Seq,
    entries,
    own_attributes,
)

File = Union[str, "os.PathLike[str]"]

FORMAT = "trace-lsp parameters"
VERSION = 1
PROTOCOL = 4
"""Of pickle: what every Python that this engine runs on can read."""

PLAIN = frozenset(
    {("builtins", name) for name in ("bytearray", "complex", "frozenset", "range", "set", "slice")}
    | {
        ("builtins", name)
        for name in ("bool", "bytes", "dict", "float", "int", "list", "str", "tuple")
    }
    | {("collections", name) for name in ("Counter", "OrderedDict", "defaultdict", "deque")}
    | {("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")}
    | {("decimal", "Decimal"), ("fractions", "Fraction"), ("uuid", "UUID")}
)
"""What values may always be made of: nothing here does more than hold data."""


def save(container: ParameterContainer, file_name: File) -> None:
    """Writes the container's parameters; see `Module.save`."""
    content = {"format": FORMAT, "version": VERSION, **_described(container, {id(container)})}
    try:
        data = pickle.dumps(content, PROTOCOL)
    except Exception as error:
        raise TypeError(_why_not(container, error)) from error
    write_whole(file_name, data)


def load(container: ParameterContainer, file_name: File, trusted: bool, where: Where) -> None:
    """Gives the container's parameters the values in a file; see `Module.load`.

    Parameters that are new count as made at `where`.
    """
    path = os.fspath(file_name)
    with open(path, "rb") as file:
        data = file.read()
    content = _content(data, path, container, trusted)
    plan = _Plan(path, where)
    plan.match(container, content, ())
    plan.carry_out()


def write_whole(file_name: File, data: bytes) -> None:
    """Writes a file so that it is complete or as it was before; makes its folder if need be."""
    path = os.path.realpath(file_name)  # of a link, the file that it leads to
    os.makedirs(os.path.dirname(path), exist_ok=True)
    beside = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(beside, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise


def _described(container: ParameterContainer, seen: set[int]) -> dict[str, Any]:
    """The container as plain data. A container that was met before is left out."""
    parameters: dict[Any, Any] = {}
    for name, entry in container.parameters_dict().items():
        if isinstance(entry, ParameterNode):
            parameters[name] = {"name": entry.name, "value": entry._data}
        elif id(entry) not in seen:
            seen.add(id(entry))
            parameters[name] = _described(entry, seen)
    return {"parameters": parameters}


def _why_not(container: ParameterContainer, error: Exception) -> str:
    for names, entry in entries(container):
        if isinstance(entry, ParameterNode):
            try:
                pickle.dumps(entry._data, PROTOCOL)
            except Exception as reason:  # noqa: BLE001  pickling is up to the value's class
                kind = type(entry._data).__name__
                return f"The value of {_path(names)} is a {kind}, which cannot be saved: {reason}"
    return f"The parameters cannot be saved: {error}"


def _content(data: bytes, path: str, container: ParameterContainer, trusted: bool) -> Any:
    file = io.BytesIO(data)
    try:
        content = _reader(file, container, trusted).load()
    except _Refused as refused:
        raise ValueError(
            f"{path} holds a {refused}, which is neither plain data nor what the present values "
            "are made of, and could run code while it is read. Nothing was changed. If you know "
            "who wrote the file, load it with trusted=True."
        ) from None
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as a file that `save` wrote: {error!r}."
        ) from error
    _check_content(content, path)
    return content


def _check_content(content: Any, path: str) -> None:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} is not a file that `save` wrote.")
    if content.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {content.get('version')!r} of the format; this engine reads "
            f"version {VERSION}."
        )
    pending, seen = [content], set()
    while pending:
        entry = pending.pop()
        if id(entry) in seen or not (_is_container(entry) or _is_parameter(entry)):
            raise ValueError(f"{path} is damaged: one of its entries is no parameter.")
        seen.add(id(entry))
        if _is_container(entry):
            pending.extend(entry["parameters"].values())


def _is_container(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("parameters"), dict)


def _is_parameter(entry: Any) -> bool:
    return isinstance(entry, dict) and {"name", "value"} <= entry.keys()


def _reader(file: io.BytesIO, container: ParameterContainer, trusted: bool) -> pickle.Unpickler:
    if trusted:
        return pickle.Unpickler(file)  # noqa: S301  somebody said so
    return _Reader(file, container)


class _Refused(Exception):
    """Something that must not be made while a file is read: its module and name."""


class _Reader(pickle.Unpickler):
    """Makes what is plain data, and what the present values of the container are made of."""

    def __init__(self, file: io.BytesIO, container: ParameterContainer) -> None:
        super().__init__(file)
        self._container = container
        self._present: Optional[set[tuple[str, str]]] = None

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in PLAIN:
            if self._present is None:
                self._present = _made_of(self._container)
            if (module, name) not in self._present:
                raise _Refused(f"{module}.{name}")
        return super().find_class(module, name)


class _Noting(pickle.Unpickler):
    """Notes what it makes."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.found: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.found.add((module, name))
        return super().find_class(module, name)


def _made_of(container: ParameterContainer) -> set[tuple[str, str]]:
    """The classes, and the functions that make them, of the parameters' present values."""
    found: set[tuple[str, str]] = set()
    for _, entry in entries(container):
        if isinstance(entry, ParameterNode):
            try:
                noting = _Noting(io.BytesIO(pickle.dumps(entry._data, PROTOCOL)))
                noting.load()
            except Exception:  # noqa: BLE001, S112  what cannot be saved is in no file
                continue
            found |= noting.found
    return found


class _Plan:
    """What a file changes in a container: all of it, once it is sure that all of it can be."""

    def __init__(self, path: str, where: Where) -> None:
        self._path = path
        self._where = where
        self._missing: list[str] = []
        self._updates: list[tuple[ParameterNode, Any]] = []
        self._additions: list[tuple[ParameterContainer, Any, dict[str, Any]]] = []
        self._seen: set[int] = set()

    def match(
        self, container: ParameterContainer, content: dict[str, Any], names: tuple[Any, ...]
    ) -> None:
        """Notes what of the content is for the container."""
        self._seen.add(id(container))
        saved, present = content["parameters"], container.parameters_dict()
        for name, entry in present.items():
            if id(entry) not in self._seen:
                self._match_entry(entry, saved.get(name), (*names, name))
        for name, described in saved.items():
            if name not in present:
                self._check_addition(container, name, (*names, name))
                self._additions.append((container, name, described))

    def carry_out(self) -> None:
        """Makes the changes; raises ValueError, with nothing changed, if a value is missing."""
        if self._missing:
            raise ValueError(
                f"{self._path} has no value for {', '.join(self._missing)}. Nothing was changed."
            )
        for at, (container, name, described) in enumerate(self._additions):
            try:
                _add(container, name, self._made(described))
            except Exception as error:
                for other, added, _ in self._additions[:at]:
                    _remove(other, added)
                kind = type(container).__name__
                raise ValueError(
                    f"The parameter {name!r} of {self._path} cannot be added to this {kind}: "
                    f"{error}. Nothing was changed."
                ) from error
        for entry, value in self._updates:
            entry.update(value)

    def _match_entry(self, entry: Entry, described: Any, names: tuple[Any, ...]) -> None:
        is_container = isinstance(entry, ParameterContainer)
        if described is None or _is_container(described) != is_container:
            self._missing.append(_path(names))
        elif isinstance(entry, ParameterContainer):
            self.match(entry, described, names)
        elif entry.is_code and not isinstance(described["value"], str):
            raise ValueError(f"{self._path} has no code for {_path(names)}. Nothing was changed.")
        else:
            self._updates.append((entry, described["value"]))

    def _check_addition(
        self, container: ParameterContainer, name: Any, names: tuple[Any, ...]
    ) -> None:
        if isinstance(container, Seq):
            return
        taken = (
            name in container.data
            if isinstance(container, Map)
            else not isinstance(name, str)
            or name in own_attributes(container)
            or hasattr(type(container), name)
        )
        if taken:
            raise ValueError(
                f"{self._path} has a parameter {_path(names)}, and that name belongs to something "
                f"else in this {type(container).__name__}. Nothing was changed."
            )

    def _made(self, described: dict[str, Any]) -> Entry:
        """A new parameter, or a `Map` of what was in a container."""
        if _is_container(described):
            return Map({name: self._made(each) for name, each in described["parameters"].items()})
        base = str(described["name"]).rpartition(":")[0]
        return parameter(described["value"], base, self._where)


def _add(container: ParameterContainer, name: Any, entry: Entry) -> None:
    if isinstance(container, Seq):
        container.append(entry)
    elif isinstance(container, Map):
        container[name] = entry
    else:
        setattr(container, name, entry)


def _remove(container: ParameterContainer, name: Any) -> None:
    if isinstance(container, Seq):
        container.pop()
    elif isinstance(container, Map):
        del container[name]
    else:
        delattr(container, name)


def _path(names: tuple[Any, ...]) -> str:
    return ".".join(str(each) for each in names)
