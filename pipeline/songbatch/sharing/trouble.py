"""Errors of shared stores: of the store, of what may be done there, and of what lies there."""

from __future__ import annotations

from songbatch.diagnostics import Refused, SongbatchError
from songbatch.exit_codes import EXIT_ENGINE

WITHOUT = "--store none works without it; `songbatch push` shares later what was paid"


class StoreTrouble(SongbatchError):
    """A shared store cannot be used: it is not reached, or does not do what is needed of it.

    `is_passing` says whether waiting may help. No message holds a credential or a signed address.
    """

    exit_code = EXIT_ENGINE

    def __init__(self, message: str, *, fix: str = WITHOUT, is_passing: bool = False) -> None:
        super().__init__(message, fix=fix)
        self.is_passing = is_passing


class WriteForbidden(StoreTrouble):
    """The credentials, or the folder's permissions, do not allow this change."""


class ReadOnlyStore(Refused):
    """What a run would pay for could not be shared: the store may only be read."""


class Withheld(SongbatchError):
    """Something of a shared store is missing, damaged, too large, or not what it says it is."""
