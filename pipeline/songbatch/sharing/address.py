"""Addresses of shared stores, as people write them into settings and on command lines.

An address names a place and nothing else: no credentials, no endpoint, no options. Those are the
environment's, so that a cloned project cannot choose where songs and credentials go.
"""

from __future__ import annotations

import re

import msgspec

from songbatch.diagnostics import UsageError, printable

LONGEST_ADDRESS = 1000
"""Characters: S3 takes 1,024 bytes a name, and ours stand below the prefix."""

FORMS = "s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, az://CONTAINER/FOLDER or file:///FOLDER"
_BY_SCHEME = {"s3": "s3", "gs": "gs", "gcs": "gs", "az": "az", "azure": "az", "file": "file"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?(.*)", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?!\.)){1,220}[a-z0-9]")
"""What the three services have in common; each has rules of its own beside it."""
_KEY_PART = re.compile(r"[A-Za-z0-9._=+-]+")
"""What every service keeps and shows as it is."""


class WrongAddress(UsageError):
    """A text is no address of a shared store. `problem` is the message without its subject."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"the address of a shared store {problem}", fix=fix)
        self.problem = problem


class StoreAddress(msgspec.Struct, frozen=True):
    """Where a shared store lies.

    `text` is canonical: two texts of one address differ in nothing that this program can see. So it
    may be compared, shown and written down; it has no credentials.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> StoreAddress:
        """Return the address that a text names. Raises WrongAddress with a fix.

        The text itself is in no message: people paste keys and signed addresses.
        """
        match = _SCHEME.fullmatch(text.strip())
        scheme = _BY_SCHEME.get(match[1].lower()) if match is not None else None
        if match is None or scheme is None:
            raise WrongAddress("begins with none of the known schemes", f"write {FORMS}")
        rest = match[3]
        _judge_characters(rest)
        parts = _parts(rest.rstrip("/")) if match[2] else []
        return cls(_folder(parts) if scheme == "file" else _bucket(scheme, parts))

    @property
    def scheme(self) -> str:
        """`s3`, `gs`, `az` or `file`."""
        return self.text.partition(":")[0]

    @property
    def folder(self) -> str | None:
        """The absolute path of a folder; None of what is no folder."""
        return self.text.removeprefix("file://") if self.scheme == "file" else None

    @property
    def bucket(self) -> str:
        """The bucket or container; "" of a folder."""
        return self.text.partition("://")[2].partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the names in the bucket begin with, without slashes at its ends; may be ""."""
        return "" if self.scheme == "file" else self.text.partition("://")[2].partition("/")[2]


def _judge_characters(rest: str) -> None:
    if "@" in rest:
        raise WrongAddress(
            "holds a user name, a password or another @",
            "leave it out: credentials come from the environment, and are in no file",
        )
    if "?" in rest or "#" in rest:
        raise WrongAddress(
            "has a query or a fragment",
            "end it with the folder: endpoint, region and credentials are the environment's",
        )
    if "%" in rest:
        raise WrongAddress("is written with %", "write names as they are: a space is a space")
    if "\\" in rest or printable(rest) != rest or "\t" in rest:
        raise WrongAddress(
            "has a character that no address has", "write it with / and plain letters"
        )
    if len(rest) > LONGEST_ADDRESS:
        raise WrongAddress(
            f"is longer than {LONGEST_ADDRESS:,} characters", "choose a shorter folder"
        )


def _parts(rest: str) -> list[str]:
    parts = rest.split("/")
    if not {".", ".."}.isdisjoint(parts):
        raise WrongAddress("has . or .. in its path", "write the path that it comes to")
    if "" in parts[1:]:
        raise WrongAddress("has two slashes in a row", "write one")
    return parts


def _folder(parts: list[str]) -> str:
    if len(parts) < 2 or parts[0]:
        raise WrongAddress(
            "names no absolute folder",
            "write file:// and the whole path, with three slashes: file:///mnt/nas/songs",
        )
    return "file://" + "/".join(parts)


def _bucket(scheme: str, parts: list[str]) -> str:
    if not parts or not _BUCKET.fullmatch(parts[0]):
        raise WrongAddress("has no bucket of a possible name", f"write {FORMS}")
    if not all(map(_KEY_PART.fullmatch, parts[1:])):
        raise WrongAddress(
            "has a folder with other characters than A-Z a-z 0-9 . _ - = +",
            "choose a plain folder: some services write the others in another way",
        )
    return f"{scheme}://" + "/".join(parts)
