"""`SHA256SUMS`, as GNU coreutils write and read it: anybody can check a package without us.

Source: the manual of coreutils, "md5sum invocation": a name with a line end or a backslash is
escaped, and its line then begins with a backslash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "SHA256SUMS"
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_MEANT = {escape: letter for letter, escape in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(?:\\|n|r)")


class NotSums(ValueError):
    """A line of a list of checksums that is none; `str(error)` names it by its number."""


def sha256sums(digests: Mapping[str, str]) -> str:
    """Return the list of names (POSIX, below its own folder) and their digests, sorted by name."""
    return "".join(_line(name, digests[name]) for name in sorted(digests))


def read_sha256sums(text: str) -> dict[str, str]:
    """Return digests by name from a list. Raises NotSums, also if a name stands there twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        matched = _LINE.fullmatch(line.removesuffix("\r"))
        if matched is None:
            raise NotSums(f"line {number} is no SHA-256 with a name")
        escape, digest, name = matched.groups()
        name = _ESCAPED.sub(lambda one: _MEANT[one[0]], name) if escape else name
        if name in found:
            raise NotSums(f"line {number} has a name for the second time")
        found[name] = digest.lower()
    return found


def _line(name: str, digest: str) -> str:
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in name)
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"
