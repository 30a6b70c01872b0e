"""Pipes to workers on the run's own machine: orders go there, and replies come back.

dask carries an order in four milliseconds of processor time, which is nothing beside a song that
another machine makes, and half of what it takes to receive one here. Who is there, who was lost
and who began what is dask's to say all the same.

A frame is the number of an order and the length of what follows, both big-endian, and those bytes.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import socket
import struct
import tempfile
import threading
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.cluster.worker import execute_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_HEAD = struct.Struct("!QI")
_HELLO = 0
"""The number of the frame with which a worker says what its address is."""
_GIVEN = msgspec.msgpack.Decoder(tuple[bytes, tuple[bytes, ...]])
HAS_PIPES = hasattr(socket, "AF_UNIX")


class _FrameStream:
    """A connection that frames come from and go to. Sending is safe from several threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._sending = threading.Lock()

    def send(self, number: int, data: bytes) -> None:
        """Send a frame. Raises OSError."""
        with self._sending:
            self._connection.sendall(_HEAD.pack(number, len(data)) + data)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield frames until the other end is gone."""
        with contextlib.suppress(OSError, ValueError):
            while len(head := self._file.read(_HEAD.size)) == _HEAD.size:
                number, size = _HEAD.unpack(head)
                data = self._file.read(size)
                if len(data) < size:
                    return
                yield number, data

    def close(self) -> None:
        """End it, also for who reads."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class Pipe:
    """The run's end of a pipe to one worker."""

    def __init__(self, frames: _FrameStream) -> None:
        self._frames = frames
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[bytes]] = {}
        self._is_broken = False

    def sent(self, order: bytes, references: Iterable[bytes]) -> Future[bytes]:
        """Send an order; its reply is the future's result, OSError if the worker is gone."""
        future: Future[bytes] = Future()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = future
            is_broken = self._is_broken
        try:
            if is_broken:
                raise BrokenPipeError
            self._frames.send(number, msgspec.msgpack.encode((order, tuple(references))))
        except OSError:
            self._end(number, None)
        return future

    def read(self) -> None:
        """Hand replies to those who wait, until the worker is gone."""
        for number, reply in self._frames:
            self._end(number, reply)
        with self._lock:
            self._is_broken = True
            left = list(self._waiting)
        for number in left:
            self._end(number, None)

    def _end(self, number: int, reply: bytes | None) -> None:
        """Let whoever waits have the reply, None if there will be none."""
        with self._lock:
            future = self._waiting.pop(number, None)
        if future is None:
            return
        with contextlib.suppress(InvalidStateError):  # it was given up
            if reply is None:
                future.set_exception(BrokenPipeError())
            else:
                future.set_result(reply)

    def close(self) -> None:
        """End it."""
        self._frames.close()


class Pipes:
    """A run's pipes, by the addresses that workers have for dask."""

    def __init__(self) -> None:
        # Nobody but its owner may enter such a folder; and a project's path may be too long.
        self._folder = tempfile.TemporaryDirectory(prefix="songbatch-", ignore_cleanup_errors=True)
        self.path = os.path.join(self._folder.name, "orders")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._by_address: dict[str, Pipe] = {}
        _thread(self._accept)

    def to(self, address: str) -> Pipe | None:
        """Return the pipe to a worker, if it has come."""
        return self._by_address.get(address)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                _thread(partial(self._serve, connection))

    def _serve(self, connection: socket.socket) -> None:
        frames = _FrameStream(connection)
        number, address = next(iter(frames), (_HELLO, b""))
        if number != _HELLO or not address:
            frames.close()
            return
        pipe = self._by_address[address.decode()] = Pipe(frames)
        pipe.read()

    def close(self) -> None:
        """End them all."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for pipe in list(self._by_address.values()):
            pipe.close()
        self._folder.cleanup()


class _WorkerEnd:
    """A worker's end of a pipe: as many threads as it has slots carry orders out."""

    def __init__(self, path: str, worker: Any) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        self._frames = _FrameStream(connection)
        self._worker = worker
        self._orders: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.open = 0
        """How many orders it has that are not replied to."""
        self._frames.send(_HELLO, str(worker.address).encode())
        for work in (self._read, *[self._carry_out] * worker.state.nthreads):
            _thread(work)

    def _read(self) -> None:
        for frame in self._frames:
            with self._lock:
                self.open += 1
            self._orders.put(frame)

    def _carry_out(self) -> None:
        while True:
            number, data = self._orders.get()
            order, references = _GIVEN.decode(data)
            reply = execute_on(self._worker, order, references)
            with contextlib.suppress(OSError):  # the run is gone: what was begun is done
                self._frames.send(number, reply)
            with self._lock:
                self.open -= 1


_ends: list[_WorkerEnd] = []


def open_pipe(path: str, dask_worker: Any = None) -> None:
    """Have this worker take orders from a pipe."""
    _ends.append(_WorkerEnd(path, dask_worker))


def orders_open() -> int:
    """Return how many orders from pipes this worker has that are not replied to."""
    return sum(end.open for end in _ends)


def _thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="songbatch-pipe", daemon=True).start()
