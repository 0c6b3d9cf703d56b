"""The server on stdin and stdout."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import BinaryIO

from trace_lsp.server.features import make_server


class _LockedWriter:
    """Whole messages, one after the other, whichever thread sends them.

    After `exit` nobody hears them: what a job under way still has to say is dropped.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, data: bytes) -> int:
        with self._lock:
            return len(data) if self._stream.closed else self._stream.write(data)

    def flush(self) -> None:
        with self._lock:
            if not self._stream.closed:
                self._stream.flush()

    def close(self) -> None:
        with self._lock:
            self._stream.close()


def serve(log_level: str = "WARNING") -> int:
    """Speaks LSP on stdin and stdout until the client ends it or goes away.

    Returns the exit code, which is 0 only if the client shut it down before.

    From here on stdout belongs to the protocol alone: what anything else writes there, in this
    process or a child of it, comes out on stderr.
    """
    logging.basicConfig(level=log_level, stream=sys.stderr, format="%(levelname)s %(message)s")
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    server = make_server()
    try:
        server.start_io(sys.stdin.buffer, _LockedWriter(protocol))  # type: ignore[arg-type]
    finally:
        server.session.close()  # its history may still be at it
    return 0 if server.protocol.is_shut_down else 1
