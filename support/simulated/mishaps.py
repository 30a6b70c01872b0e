"""How an answer can go wrong, whatever the service: data that a test sets before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What becomes of one answer on its way.

    `carried_out`: the request is carried out nevertheless. `lost`: the connection closes without
    a word, or is torn down if it `resets`. `wait` seconds pass before the answer; a server that
    closes ends every wait. `cut` sends that share of the body, then closes; if it `stalls`, it
    stays open in silence until the server closes. `pause` seconds lie between pieces of the body.
    """

    name: str
    carried_out: bool = False
    lost: bool = False
    resets: bool = False
    wait: float = 0.0
    cut: float | None = None
    stalls: bool = False
    pause: float = 0.0

    @classmethod
    def lost_before(cls) -> Self:
        """Lose the request: nothing is done, nothing is answered."""
        return cls("lost before", lost=True)

    @classmethod
    def lost_after(cls) -> Self:
        """Carry the request out, and lose the answer."""
        return cls("lost after", carried_out=True, lost=True)

    @classmethod
    def reset(cls, *, carried_out: bool = True) -> Self:
        """Tear the connection down instead of an answer."""
        return cls("reset", carried_out=carried_out, lost=True, resets=True)

    @classmethod
    def late(cls, seconds: float) -> Self:
        """Carry the request out, and answer so much later."""
        return cls("late", carried_out=True, wait=seconds)

    @classmethod
    def cut_off(cls, share: float = 0.5) -> Self:
        """Carry the request out, and cut the answer."""
        return cls("cut", carried_out=True, cut=share)

    @classmethod
    def stalling(cls, share: float = 0.5) -> Self:
        """Carry the request out, and fall silent in the middle of the answer."""
        return cls("stalling", carried_out=True, cut=share, stalls=True)


@dataclass(frozen=True, slots=True)
class Mishap(Spoiled):
    """What becomes of one answer instead of the right one.

    `body` None is the right one, with `kind` as its content type if that is given. It is sent in
    so many `pieces`. In place of a lost answer, the bytes of `wire` are sent.
    """

    wire: bytes = b""
    status: int = 200
    body: bytes | None = None
    content_type: str = "application/json"
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    pieces: int = 1

    @classmethod
    def no_http(cls) -> Self:
        """Carry the request out, and answer with something that is not HTTP."""
        return cls("no HTTP", carried_out=True, lost=True, wire=b"+OK hello\r\n")

    @classmethod
    def called(cls, content_type: str) -> Self:
        """The right answer under a wrong name."""
        return cls(f"as {content_type}", carried_out=True, kind=content_type)

    @classmethod
    def redirect(cls, status: int, location: str) -> Self:
        """Send the client to this address."""
        return cls(f"http {status}", status=status, body=b"", headers=(("Location", location),))

    @classmethod
    def raw(cls, body: bytes, status: int = 200, content_type: str = "application/json") -> Self:
        """Any bytes; nothing is carried out."""
        return cls("raw", status=status, body=body, content_type=content_type)

    @classmethod
    def gateway(cls, status: int, *, carried_out: bool = True) -> Self:
        """The page of somebody in between; what is behind it may have done as it was asked."""
        page = f"<!DOCTYPE html><html><title>Error {status}</title><body>cloud</body></html>"
        return cls(f"gateway {status}", carried_out, status=status, body=page.encode(),
                   content_type="text/html; charset=UTF-8")  # fmt: skip
