"""Names of outputs: one that every file system takes, and one for each render."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from songbatch.documents.codes import make_diagnostic
from songbatch.files.lookalikes import folded

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.model import UnresolvedRender

MAX_BYTES = 150
MAX_CHARACTERS = 4 * MAX_BYTES + 1
"""No more than four characters compose to one, so what is cut here is too long by its bytes."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
_PLAIN = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_-]{{0,{MAX_BYTES - 1}}}")
"""Most names: nothing in them needs a closer look."""
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"}
)
"""Source: Microsoft, Naming Files, Paths, and Namespaces; what follows a dot does not matter."""


def default_name(song: str, label: str, take: int) -> str:
    """Return the name of a render's file if the author gives none."""
    parts = [song, label, str(take) if take > 1 else ""]
    return "-".join(part for part in parts if part)


def wrong_name(name: str) -> str | None:
    """Return why `name` cannot name a file or a folder, or None if it can."""
    if _PLAIN.fullmatch(name) and name.casefold() not in _DEVICES:
        return None
    if not name.strip():
        return "it is empty"
    bad = sorted({c for c in name if c in _FORBIDDEN or unicodedata.category(c) in {"Cc", "Cf"}})
    if bad:
        return f"it has {' '.join(c if c.isprintable() else f'U+{ord(c):04X}' for c in bad)}"
    if name != name.strip() or name.endswith(".") or name.startswith((".", "-")):
        return "it begins or ends with a space or a dot, or begins with a hyphen"
    if name.split(".", maxsplit=1)[0].rstrip().casefold() in _DEVICES:
        return "Windows reserves this name for a device"
    size = len(name.encode("utf-8", "replace"))
    return f"it has {size} bytes, at most {MAX_BYTES} are allowed" if size > MAX_BYTES else None


class Outputs:
    """The names given so far in one spec."""

    def __init__(self) -> None:
        self._given: dict[str, UnresolvedRender] = {}
        self._reported: set[tuple[str, str]] = set()

    def claim(
        self,
        render: UnresolvedRender,
        node: Scalar,
        diagnostics: list[Diagnostic],
        *,
        written: str | None,
    ) -> None:
        """Note a render's name; report it if another render has it already.

        `written` is the template that the name was made of, None if the author gives none.
        """
        key = folded(render.output)
        other = self._given.setdefault(key, render)
        pair = (other.song, render.song)
        if other is render or pair in self._reported:
            return
        self._reported.add(pair)
        detail = f'"{render.output}" for {other.id} and {render.id}'
        diagnostics.append(
            make_diagnostic("output.collision", node.span, detail, _fix(other, render, written))
        )


def _fix(one: UnresolvedRender, other: UnresolvedRender, written: str | None) -> str:
    if one.song != other.song:
        return "give one of the songs another output, or add {{ song }} to it"
    differing = [n for n in other.variant if one.variant.get(n) != other.variant[n]]
    if not differing:
        return "add {{ take }} to the output"
    if written is None:
        # Names of variants and takes run together: with all of it in the output, none does.
        parts = (f"{{{{ {name} | slug }}}}" for name in [next(iter(other.variant)), *differing[:1]])
        return f'write output: "{"-".join(["{{ song }}", *dict.fromkeys(parts), "{{ take }}"])}"'
    missing = [f"{{{{ {differing[0]} | slug }}}}"]
    if one.take != other.take and "take" not in written:
        missing.append("{{ take }}")
    return f"add {' and '.join(missing)} to the output"
