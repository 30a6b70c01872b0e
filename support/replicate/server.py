"""A server of Replicate's predictions contract on loopback, for tests.

It keeps books of what it was sent and of what it charged, makes real songs, and can be told to
misbehave:

    with ReplicateServer(key="r8_secret") as server:
        server.script("create", [Mishap.lost_after(), None])    # None: the right answer
        server.script_predictions([OUT_OF_MEMORY])
        server.hold()                                           # predictions run, none ends
        ...                                                     # a client of server.url
        server.wait_for_requests("get", 1)
        server.release()
        assert server.charged == 1
        assert server.books.usd == server.books.charges[0].usd

A prediction proceeds by the looks at it, and by `pass_time`. Nothing in here waits by the clock
but late, slow and stalling answers, and `Prefer: wait` while predictions are held.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Self

import pytest

from support.replicate.connections import Listener
from support.replicate.delivery import DeliveryConnection, Download
from support.replicate.handler import ApiConnection
from support.replicate.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from support.replicate.books import Books
    from support.replicate.models import Model
    from support.replicate.predictions import Prediction, Submission
    from support.replicate.troubles import Trouble


class ReplicateServer(Service):
    """The server; a context manager.

    `key` is asked for where it is not empty. `delivers_apart` gives outputs a port of their own.
    """

    ENDPOINTS = (
        "account", "create", "get", "cancel", "list", "model", "versions", "version",
        "upload", "files", "file", "delete", "download", "any",
    )  # fmt: skip

    def __init__(self, *, key: str = "", delivers_apart: bool = False) -> None:
        super().__init__()
        self.key = key
        self.delivers_apart = delivers_apart
        self.submissions: list[Submission] = []
        """Every create that came through, also if it was refused."""
        self.downloads: list[Download] = []
        self._open()

    def _open(self, ports: tuple[int, ...] = (0, 0)) -> None:
        self._listeners = [Listener(self, ApiConnection, ports[0])]
        if self.delivers_apart:
            self._listeners.append(Listener(self, DeliveryConnection, ports[1]))
        self.url, self.delivery_url = self._listeners[0].url, self._listeners[-1].url

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.closing.set()
        with self.changed:
            self.changed.notify_all()
        self._stop_listening()
        if kind is None:
            assert self.breakdowns == []

    @property
    def books(self) -> Books:
        """What was charged for predictions that have ended."""
        return self.course.books

    @property
    def charged(self) -> int:
        """How many predictions were accepted and are not known to be free."""
        with self.changed:
            free = sum(not charge.usd for charge in self.books.charges)
            return sum(not p.planted for p in self.predictions) - free

    @property
    def leaks(self) -> list[Download]:
        """Requests for outputs that showed a key."""
        return [download for download in self.downloads if download.authorization]

    @property
    def polls(self) -> int:
        """How many requests asked for a prediction."""
        return self.requests["get"]

    def script_predictions(self, troubles: Iterable[Trouble | None]) -> None:
        """Let these become of the next predictions that are accepted; None for the right thing."""
        with self.changed:
            self._troubles.extend(troubles)

    def recover(self) -> None:
        """Let everything go right from now on; what has gone wrong already stays so."""
        with self.changed:
            self._troubles.clear()
            self.songs.clear()
            for script in self._scripts.values():
                script.clear()

    def hold(self) -> None:
        """Let no prediction end until `release`; they are still started."""
        with self.changed:
            self.course.permits = 0

    def release(self, count: int | None = None) -> None:
        """Let that many predictions end, without a number all of them."""
        with self.changed:
            permits = self.course.permits or 0
            self.course.permits = None if count is None else permits + count
            self.changed.notify_all()

    def settle(self) -> None:
        """Let all that is under way come to its end, also what is held, so that it is booked."""
        with self.changed:
            for prediction in self.predictions:
                if not prediction.is_over:
                    self.course.finish(prediction, self.now())
            self.changed.notify_all()

    def pass_time(self, seconds: float) -> None:
        """Let that much time pass: predictions end by themselves, data and files expire."""
        with self.changed:
            self._later += seconds
            for prediction in self.predictions:
                self.course.pass_time(prediction, seconds, self.now())
            self.changed.notify_all()

    def remove_data(self) -> None:
        """Delete the data of all predictions that have ended, as after the hour."""
        with self.changed:
            for prediction in self.predictions:
                prediction.removed |= prediction.is_over

    def publish(self, model: Model) -> None:
        """Add a version of a model, as its latest."""
        with self.changed:
            self.models.setdefault(model.name, []).insert(0, model)

    def withdraw(self, name: str) -> None:
        """Let a model vanish."""
        with self.changed:
            del self.models[name]

    def plant(self, version: str, given: dict[str, Any], *, age: float = 0.0) -> Prediction:
        """Add a prediction that another client made so many seconds ago; it is not booked."""
        with self.changed:
            planted = self.make(version, given)
            planted.planted, planted.created = True, planted.created - age
            self.course.finish(planted, planted.created)
            self.predictions.append(planted)
            return planted

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Listen to nobody while the `with` block runs: connections are refused."""
        ports = tuple(listener.server_port for listener in self._listeners)
        self._stop_listening()
        try:
            yield
        finally:
            self._open(ports)
            self._listen()

    def _listen(self) -> None:
        for listener in self._listeners:
            listener.listen()

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            listener.stop()


@pytest.fixture
def replicate_server() -> Iterator[ReplicateServer]:
    """A server without a key."""
    with ReplicateServer() as server:
        yield server
