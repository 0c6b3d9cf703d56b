"""Landlock: the kernel's own bounds on what a process may write, start and connect to. (Linux 5.13)

Unlike an audit hook it holds for what libraries do in C, and for what the process starts. It does
not bound reading, UDP, or what is open already. (Linux kernel documentation, "Landlock")
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_VERSION = 1
_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_REFER = 1 << 13  # since version 2
_TRUNCATE = 1 << 14  # since version 3
_BIND_AND_CONNECT = 0b11  # since version 4
_OF_FILES = _EXECUTE | _WRITE_FILE | _TRUNCATE


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def restrict(writable: Iterable[str], may_start: bool, may_connect: bool) -> bool:
    """Bounds this thread, and all that it starts, for good; False where the kernel cannot.

    Below the writable paths files may be written, made and removed; others may not. Without
    `may_start` no program may be started, and without `may_connect` no TCP address be used (from
    Linux 6.7 on).
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        return _restricted(ctypes.CDLL(None, use_errno=True), writable, may_start, may_connect)
    except (OSError, AttributeError):
        return False


def _restricted(
    library: ctypes.CDLL, writable: Iterable[str], may_start: bool, may_connect: bool
) -> bool:
    version = library.syscall(_CREATE, None, 0, _VERSION)
    if version < 1:
        return False
    files = _WRITE_FILE | _REMOVE_AND_MAKE
    files |= _REFER if version >= 2 else 0
    files |= _TRUNCATE if version >= 3 else 0
    files |= 0 if may_start else _EXECUTE
    network = _BIND_AND_CONNECT if version >= 4 and not may_connect else 0
    attributes = _Ruleset(files, network)
    size = ctypes.sizeof(attributes) if version >= 4 else 8
    ruleset = library.syscall(_CREATE, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        return False
    try:
        for path in writable:
            _allow(library, ruleset, path, files & ~_EXECUTE)
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            return False
        return library.syscall(_RESTRICT, ruleset, 0) == 0  # type: ignore[no-any-return]
    finally:
        os.close(ruleset)


def _allow(library: ctypes.CDLL, ruleset: int, path: str, allowed: int) -> None:
    """Allows what is written at or below the path; one that is not there allows nothing."""
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = allowed if os.path.isdir(path) else allowed & _OF_FILES
        rule = _Beneath(rights, folder)
        library.syscall(_ADD, ruleset, _BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(folder)
