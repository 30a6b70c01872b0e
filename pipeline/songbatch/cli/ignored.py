"""Rules of a `.gitignore` that was there before, and that keep out what has to be committed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFESTS = re.compile(
    r"(?:/|\*\*/)?outputs(?:/|/\*\*?|/\*\*/\*)?|(?:\*\*/)?(?:\*|manifest)\.json"
)
_RECORDINGS = re.compile(r"(?:\*\*/)?\*\.(?P<suffix>mp3|wav)", re.IGNORECASE)
_ADD = "add a line behind it: "
_REMOVE = "remove that line: those of songbatch leave out the audio alone"


def hiding_rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield each rule that hides manifests or references, said with its line; and what to do.

    A rule that a later line takes back, at least in part, is the author's own business.
    """
    lines = [line.strip() for line in text.splitlines()]
    taken_back = [line[1:] for line in lines if line.startswith("!")]
    for number, line in enumerate(lines, 1):
        where = f".gitignore:{number}: `{line}`"
        if _MANIFESTS.fullmatch(line) and not any("outputs" in one for one in taken_back):
            is_name = line.endswith("json")
            yield (
                f"{where} keeps manifests out of version control, which record what was paid for",
                f"{_ADD}!/outputs/**/manifest.json" if is_name else _REMOVE,
            )
        elif match := _RECORDINGS.fullmatch(line):
            suffix = match["suffix"]
            if not any(one.endswith(f".{suffix}") for one in taken_back):
                yield (
                    f"{where} keeps references out of version control, too",
                    f"{_ADD}!/specs/**/*.{suffix}",
                )
