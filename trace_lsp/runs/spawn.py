"""The child process: how it is started, and how its end of the wire is read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from trace_lsp.runs.configuration import RunConfiguration

CHUNK = 1 << 16
_CHILD = str(Path(__file__).parent / "child" / "__main__.py")


class Streams(asyncio.subprocess.SubprocessStreamProtocol):
    """The program's output, and when the program itself has ended.

    asyncio's own `wait` may wait for the pipes as well (3.11 does), which what the program leaves
    running holds open.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(limit=CHUNK, loop=loop)
        self.exited: asyncio.Future[None] = loop.create_future()

    def process_exited(self) -> None:
        super().process_exited()
        if not self.exited.done():
            self.exited.set_result(None)


class Child:
    """A child process with its wire, in a process group of its own."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        process: asyncio.SubprocessTransport,
        streams: Streams,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.process = process
        self.streams = streams

    def kill(self) -> None:
        """Ends its process group."""
        # The group may be gone already (macOS says the latter of a group of zombies).
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.get_pid(), signal.SIGKILL)

    def close(self) -> None:
        """Closes our ends of everything."""
        self.writer.close()
        self.process.close()

    async def lines(self) -> AsyncIterator[bytes]:
        """What it says, line by line, until it has nothing more to say."""
        parts: list[bytes] = []
        while chunk := await self._chunk():
            parts.append(chunk)
            if b"\n" not in chunk:
                continue  # a long line: put together once, when all of it is there
            *lines, rest = b"".join(parts).split(b"\n")
            parts = [rest]
            for line in lines:
                yield line

    async def _chunk(self) -> bytes:
        """What it said meanwhile; nothing at its end."""
        try:
            return await self.reader.read(CHUNK)
        except ConnectionError:
            return b""  # it ended before it had read all that it was sent


async def start_child(configuration: RunConfiguration, is_quiet: bool = False) -> Child:
    """Starts the interpreter with our child in it; raises OSError. With `is_quiet` what it prints
    goes nowhere."""
    output = asyncio.subprocess.DEVNULL if is_quiet else asyncio.subprocess.PIPE
    ours, theirs = socket.socketpair()
    with theirs:
        # The process comes last: once it is there, nothing is waited for here.
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            process, streams = await asyncio.get_running_loop().subprocess_exec(
                Streams,
                configuration.interpreter.path,
                _CHILD,
                str(theirs.fileno()),
                cwd=configuration.directory,
                env={**os.environ, **configuration.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except BaseException:
            writer.close()
            raise
    return Child(reader, writer, process, streams)
