"""Rules for lyrics: the one form in which they are sent, and remarks on their faults."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from songbatch.limits import ADVISED_LYRICS, MAX_LYRICS

_SECTION = re.compile(r"^[ \t]*(\[[^\]\n]{1,40}\])[ \t]*$", re.MULTILINE)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""They shape letters in some scripts, and emoji; between those they are intended."""
_LONGEST_FORM = 4
"""Code points that NFC makes one of, at most."""
NAMED = 5
"""The most code points that a message names."""


def final(text: str) -> str:
    r"""Return lyrics as they are sent: NFC, `\n` ends a line, nothing blank at their ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    # Normalizing takes the square of a length, and this text is too long in every form.
    return text if len(text) > _LONGEST_FORM * MAX_LYRICS else unicodedata.normalize("NFC", text)


def words(lyrics: str) -> str:
    """Return final lyrics as people read them: without the marks that ask for accompaniment."""
    return lyrics.strip().removeprefix("##").removesuffix("##").strip()


class Remark(msgspec.Struct, frozen=True):
    """A remark on lyrics; `code` is the diagnostic's."""

    code: str
    detail: str
    fix: str

    @property
    def is_error(self) -> bool:
        """Whether lyrics like these cannot be sent."""
        return self.code in {"lyrics.empty", "lyrics.too-long"}


def remarks(lyrics: str) -> list[Remark]:
    """Return everything that is wrong or doubtful about final lyrics."""
    if not lyrics.strip():
        fix = "write at least one line; check the conditions of a template"
        return [Remark("lyrics.empty", "", fix)]
    checks = (_length, _accompaniment, _section, _invisible)
    return [remark for check in checks if (remark := check(lyrics)) is not None]


def _length(lyrics: str) -> Remark | None:
    count = len(lyrics)
    if count > MAX_LYRICS:
        detail = f"{count} characters, at most {MAX_LYRICS} are accepted"
        return Remark("lyrics.too-long", detail, f"cut {count - MAX_LYRICS} of them")
    if count > ADVISED_LYRICS:
        detail = f"{count} characters; beyond {ADVISED_LYRICS} words may be hurried or dropped"
        return Remark("lyrics.long", detail, "shorten them, or make two songs of them")
    return None


def _accompaniment(lyrics: str) -> Remark | None:
    text = lyrics.strip()
    opens, closes = text.startswith("##"), len(text) > 2 and text.endswith("##")
    count = text.count("##")
    if count == opens + closes and opens == closes:
        return None
    detail = "it stands inside the lyrics"
    if count == 1 and opens != closes:
        detail = f"it stands only at the {'beginning' if opens else 'end'}"
    return Remark("lyrics.accompaniment", detail, "write ## at both ends, or nowhere")


def _section(lyrics: str) -> Remark | None:
    match = _SECTION.search(lyrics)
    if match is None:
        return None
    return Remark(
        "lyrics.section-tag", match[1], "remove it, or it may be sung; an empty line is a pause"
    )


def _invisible(lyrics: str) -> Remark | None:
    if lyrics.replace("\n", "").isprintable():
        return None
    characters = dict.fromkeys(
        f"U+{ord(c):04X}" for n, c in enumerate(lyrics) if _is_invisible(c, lyrics[n - 1 : n])
    )
    if not characters:
        return None
    names = ", ".join(list(characters)[:NAMED]) + (" …" if len(characters) > NAMED else "")
    return Remark("lyrics.invisible", names, "remove them; they often come with pasted text")


def _is_invisible(character: str, before: str) -> bool:
    if character == "\n" or unicodedata.category(character) not in _INVISIBLE:
        return False
    return not (character in _JOINERS and before and not before.isascii())
