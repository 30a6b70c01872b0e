"""What can go wrong with a request to a store: data that a test sets, also while clients run."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Self

from support.simulated.mishaps import Mishap

WRITES = frozenset({"PUT", "POST", "DELETE"})
_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'
)


@dataclass(frozen=True, slots=True)
class Trouble(Mishap):
    """What becomes of a request instead of the right thing.

    `ignores_conditions`: it is carried out as if it had no condition (If-None-Match, If-Match).
    `hangs`: no answer until the trouble is lifted, or the server closes; then the connection ends.
    Of the right answer's body, `flips` inverts a bit in the middle, `keeps` that share is sent as
    if it were all, and `endless` sends zeros without an end in its place.
    """

    ignores_conditions: bool = False
    hangs: bool = False
    flips: bool = False
    keeps: float | None = None
    endless: bool = False

    @classmethod
    def unconditional(cls) -> Self:
        """Carry requests out whatever their condition says: the bad server."""
        return cls("unconditional", carried_out=True, ignores_conditions=True)

    @classmethod
    def hanging(cls, *, carried_out: bool = False) -> Self:
        """Answer nothing while the trouble lasts."""
        return cls("hanging", carried_out=carried_out, hangs=True)

    @classmethod
    def error(cls, status: int, code: str, message: str = "No.") -> Self:
        """Answer an error of the S3 protocol; nothing is carried out."""
        body = _ERROR.format(code, message).encode()
        return cls(code, status=status, body=body, content_type="application/xml")

    @classmethod
    def busy(cls) -> Self:
        """Answer 503, as S3 does when it is asked for too much."""
        return cls.error(503, "SlowDown", "Please reduce your request rate.")

    @classmethod
    def denied(cls) -> Self:
        """Answer 403: these credentials may not do this."""
        return cls.error(403, "AccessDenied", "Access Denied")

    @classmethod
    def flipped(cls) -> Self:
        """Answer with a bit inverted in the middle of the body."""
        return cls("flipped", carried_out=True, flips=True)

    @classmethod
    def shortened(cls, share: float = 0.5) -> Self:
        """Answer with that share of the body, as if it were whole."""
        return cls("shortened", carried_out=True, keeps=share)

    @classmethod
    def without_end(cls) -> Self:
        """Answer with zeros until the client leaves, where there is something."""
        return cls("endless", carried_out=True, endless=True)


@dataclass(slots=True)
class Active:
    """A trouble in force, for some requests; as a context, until the end of the block.

    `methods` are those of `books.Request`, of which none means all; `name` a pattern as for files.
    `after` so many such requests go right first; then `times` go wrong, None: all.
    """

    trouble: Trouble
    methods: frozenset[str] = frozenset()
    name: str = "*"
    times: int | None = None
    after: int = 0
    lifted: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lift()

    def lift(self) -> None:
        """End the trouble, and what hangs by it."""
        self.lifted.set()

    def meets(self, method: str, name: str) -> bool:
        """Whether this request goes wrong; counts it."""
        if self.lifted.is_set() or self.times == 0:
            return False
        if (self.methods and method not in self.methods) or not fnmatchcase(name, self.name):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True
