"""Names of files in a package: safe on Windows, macOS and Linux, and in every zip."""

from __future__ import annotations

import unicodedata

from songbatch.spec.output_names import wrong_name

MAX_BYTES = 120
"""Of a title in a name: with folder, number and ending it stays far below any limit."""
_LOOKS_LIKE = str.maketrans('<>:"/\\|?*', "()-'----_")


def track_name(number: int, tracks: int, title: str) -> str:
    """Return `01 - Title`, the name of a track's files without their ending."""
    digits = max(2, len(str(tracks)))
    return f"{number:0{digits}} - {safe_name(title, 'Untitled')}"


def safe_name(text: str, otherwise: str) -> str:
    """Return a text as a file can be called, `otherwise` if nothing of it is left."""
    text = unicodedata.normalize("NFC", text).translate(_LOOKS_LIKE)
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    name = _cut(" ".join(shown.split())).strip(" .").lstrip("-~").strip(" .")
    if not name:
        return otherwise
    # What is left to be wrong is a name of a device; what follows a dot does not matter there.
    stem, dot, rest = name.partition(".")
    return f"{stem}_{dot}{rest}" if wrong_name(name) else name


def _cut(text: str) -> str:
    data = text.encode("utf-8", "ignore")[:MAX_BYTES]
    return data.decode("utf-8", "ignore")
