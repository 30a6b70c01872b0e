"""Diagnostics and errors: what went wrong, and how the reader can mend it.

Two kinds of trouble, two types:

- An author's mistake is a `Diagnostic`: it points at a place in a file, is collected with all the
  others, and is printed sorted by `songbatch.cli`.
- The world's failure is an exception of the tree below; each class carries its exit code
  (`songbatch.exit_codes`).

Any other exception is a bug of this program, and `songbatch.cli` reports it (exit 70).

    SongbatchError
    ├── UsageError        2   the command line, or the project around it
    ├── InvalidSpecs      2   specs with errors; carries their diagnostics
    ├── Refused           3   stopped before spending: budget, --frozen, held renders
    ├── Locked            4   another run works on this project
    ├── EngineRefused     5   key, credits, model: asking again cannot help
    ├── BrokenState       2   a file of ours under .songbatch/ or outputs/ cannot be read
    ├── DiskTrouble       1   the disk takes nothing more; asking for songs would waste money
    └── EngineError       1   one request failed; see songbatch.engines.base
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from songbatch.exit_codes import (
    EXIT_ENGINE,
    EXIT_FAILED,
    EXIT_INVALID,
    EXIT_LOCKED,
    EXIT_REFUSED,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.sources import Span


class Severity(StrEnum):
    """An error stops the run before anything is sent; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake in a file of the author's.

    `code` is stable and dotted (`reference.unknown`); `summary` is the same for every case of the
    code; `detail` holds what this author wrote; `fix` is one sentence that says what to do.
    """

    code: str
    span: Span
    summary: str
    detail: str = ""
    fix: str = ""
    severity: Severity = Severity.ERROR

    @property
    def message(self) -> str:
        """The summary with the detail: one line, safe to print."""
        return brief(f"{self.summary}: {self.detail}" if self.detail else self.summary)


def sort_key(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    """Order diagnostics by file, place and code, so that equal input prints equal output."""
    span = diagnostic.span
    return (span.path, span.line, span.column, diagnostic.code, diagnostic.detail)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether any of the diagnostics stops a run."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def printable(text: str) -> str:
    r"""Return `text` with control, bidirectional and other invisible characters written as \x1b.

    What a spec, a file name or a server says is printed to terminals, where an escape sequence
    could repaint the screen or a right-to-left mark could disguise a name.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


LONGEST_MESSAGE = 2000
"""Characters: whoever wrote a file that a message quotes decides how long the quotation is."""


def brief(text: str) -> str:
    """Return `text` as one printable message: of a very long one its beginning and its end."""
    if len(text) > LONGEST_MESSAGE:
        half = LONGEST_MESSAGE // 2
        text = f"{text[:half]} … {text[-half:]}"
    return printable(text)


def _visible(character: str) -> str:
    # Cc, Cf, Cs, Zl, Zp; a tab is harmless. U+200D joins emoji and letters of some scripts.
    if character in "\t\u200d" or unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def uncontrolled(text: str, *, is_lines: bool = False) -> str:
    """Return `text` for other programs to show: control characters become spaces, or nothing.

    Ends of lines and tabs stay in what `is_lines`.
    """
    kept = "\n\t" if is_lines else ""
    return _CONTROLS.sub(
        lambda match: match[0] if match[0] in kept else " " if match[0].isspace() else "", text
    )


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


def printable_json(value: object, **options: Any) -> str:
    r"""Return `value` as JSON that is safe to print, in files and pages too; nothing is lost.

    `options` are those of `json.dumps`; other scripts stay as they are.
    """
    return escaped_json(json.dumps(value, ensure_ascii=False, **options))


def escaped_json(text: str) -> str:
    r"""Return JSON with what a terminal could obey, or hide text by, written as \u009b."""
    if text.isascii() and "\x7f" not in text:
        return text
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_OBEYED = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff]"
)
"""Delete and C1, marks of direction, ends of lines and paragraphs, what no text may have. JSON
itself escapes C0; joiners and soft hyphens belong to words."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?` for the nearest known word, or "" when none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else ""


class SongbatchError(Exception):
    """The root of every failure that is not a bug. `str(error)` is one printable sentence."""

    exit_code: ClassVar[int] = EXIT_FAILED

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(brief(message))
        self.fix = brief(fix)


class UsageError(SongbatchError):
    """The command line asks for something that does not exist here."""

    exit_code = EXIT_INVALID


class InvalidSpecs(SongbatchError):
    """At least one diagnostic is an error."""

    exit_code = EXIT_INVALID

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        super().__init__("the specs have errors")
        self.diagnostics = tuple(diagnostics)


class Refused(SongbatchError):
    """The run stopped before it would have spent anything."""

    exit_code = EXIT_REFUSED


class Locked(SongbatchError):
    """Another run holds the project's lock."""

    exit_code = EXIT_LOCKED


class EngineRefused(SongbatchError):
    """The engine will answer every request like this: no key, no credits, no model, no server."""

    exit_code = EXIT_ENGINE


class BrokenState(SongbatchError):
    """A ledger, manifest or stored file cannot be what was written."""

    exit_code = EXIT_INVALID


class BrokenManifest(BrokenState):
    """A manifest of the project cannot be read; `path` is relative to the project."""

    def __init__(self, message: str, *, fix: str, path: str) -> None:
        super().__init__(message, fix=fix)
        self.path = path


class DiskTrouble(SongbatchError):
    """The disk refused. `may_be_paid`: whether a request had left whose answer is lost."""

    def __init__(self, error: OSError, *, may_be_paid: bool) -> None:
        super().__init__(
            f"the disk refused: {error.strerror or error}", fix="make room on it, and run again"
        )
        self.may_be_paid = may_be_paid
