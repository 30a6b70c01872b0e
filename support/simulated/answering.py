"""Answers over a connection, each right or as its mishap has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from support.simulated.mishaps import Mishap
from support.simulated.sockets import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from support.simulated.scripted import Scripted


class Answering(Connection):
    """A connection whose answers go wrong as `mishap` says, which is set for each request."""

    mishap: Mishap | None = None
    right: ClassVar = Mishap("none")

    @property
    def scripted(self) -> Scripted[Any, Any]:
        """The service, whose scripts say what goes wrong."""
        raise NotImplementedError

    def act(
        self,
        endpoint: str,
        words: str,
        action: Callable[[], None],
        refused: Callable[[int], None] = lambda _status: None,
    ) -> None:
        """Do what is asked for, unless a script has it go wrong.

        `refused` hears, before the client does, of a status that is sent instead.
        """
        self.mishap = mishap = self.scripted.next_mishap(endpoint, words)
        if mishap is not None:
            self.scripted.closing.wait(mishap.wait)
            if not mishap.carried_out:
                refused(mishap.status)
                self.send(mishap.status, mishap.content_type, mishap.body or b"")
                return
        action()

    def seen(self, status: int) -> int:
        """Return the status that the client will see instead of this one, 0 for none."""
        mishap = self.mishap or self.right
        if mishap.lost:
            return 0
        return status if mishap.body is None else mishap.status

    def send(
        self, status: int, content_type: str, body: bytes, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Send an answer, or what the mishap of this request makes of it."""
        mishap = self.mishap or self.right
        if mishap.lost:
            self.hang_up(mishap.wire, resets=mishap.resets)
            return
        if mishap.body is not None:
            status, content_type, body = mishap.status, mishap.content_type, mishap.body
        self.send_response(status)
        self.send_header("Content-Type", mishap.kind or content_type)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        for name, value in (*headers, *mishap.headers):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(mishap, body)

    def _send_body(self, mishap: Mishap, body: bytes) -> None:
        if mishap.cut is not None:
            self.close_connection = True
            body = body[: int(len(body) * mishap.cut)]
        size = max(1, -(-len(body) // mishap.pieces))
        for start in range(0, len(body), size):
            if start:
                self.scripted.closing.wait(mishap.pause)
            self.wfile.write(body[start : start + size])
        if mishap.stalls:
            self.scripted.closing.wait()
