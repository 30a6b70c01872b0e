"""Files of lyrics: where one may lie, and whether lyrics are only the name of one."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from songbatch.lyrics import is_template
from songbatch.sources import Unreadable
from songbatch.spec.paths import BadPath, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.sources import Files

TEMPLATES = "templates"
MOST_CHARACTERS = 255
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_SUFFIX = re.compile(
    r".*\.(?:txt|text|md|markdown|lrc|srt|vtt|rtf|odt|docx?|pages|pdf|j2|jinja2?|[ct]sv|ya?ml|json"
    r"|html?)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\w./-]+")
_ONE_WORD = re.compile(r"\S*[/.]\S*")
_COPY = "save the words as a text file beside the spec, and write `lyrics: {file: NAME}`"
_WORDS = "a template is a file; write words under `lyrics:`"


def paths_of(written: str, folder: str) -> list[str]:
    """Return where a template may lie: below templates/, else below the spec's folder.

    `written` is relative to either. Raises BadPath if it leads out of both.
    """
    if "\n" in written.strip():
        raise BadPath("it has several lines", _WORDS)
    places = [inside(TEMPLATES, written), inside(folder, written)]
    allowed = [
        path for path in dict.fromkeys(places) if path.startswith((f"{TEMPLATES}/", f"{folder}/"))
    ]
    if not allowed:
        raise BadPath(
            f"it leads out of {TEMPLATES}/", f"keep the file in {TEMPLATES}/ or beside the spec"
        )
    return allowed


def missing_fix(written: str, folder: str, files: Files, fix: str) -> str:
    """Return what to do about a template that is not there; `fix` is the usual advice."""
    for name in _names_from_above(written, folder, files):
        return f'did you mean "{name}"?'
    return _WORDS if " " in written.strip() and not _SUFFIX.fullmatch(written) else fix


def name_fix(lyrics: str, folder: str, files: Files, *, written: str) -> str:
    """Return what to do about final lyrics that are only the name of a file, "" for words.

    `written` is what the spec says: the name as it is, or with variables.
    """
    is_written_so = written.strip() == lyrics
    text = lyrics.strip()
    if "\n" in text or len(text) > MOST_CHARACTERS:
        return ""
    looks_so = any(form.fullmatch(text) for form in (_ADDRESS, _SUFFIX))
    if not looks_so and not _ONE_WORD.fullmatch(text):
        return ""
    name = next(_names(text, folder, files), None)
    if name is None:
        return _COPY if looks_so else ""
    path = next(path for path in paths_of(name, folder) if _is_there(path, files))
    if is_written_so and (path.startswith(f"{TEMPLATES}/") or is_template(files.read(path).text)):
        return f"write `template: {name}` instead of `lyrics:`"
    named = posixpath.relpath(path, folder)
    if not is_written_so:
        if "{{" not in written:
            return _COPY
        named = named.removesuffix(posixpath.normpath(text)) + written.strip()
    return f"write `lyrics: {{file: {_in_flow(named)}}}`"


def _in_flow(name: str) -> str:
    """Return a name as a value inside { … }."""
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _names(written: str, folder: str, files: Files) -> Iterator[str]:
    """Yield the names by which a template finds the file that somebody means."""
    try:
        paths = paths_of(written, folder)
    except BadPath:
        paths = []
    if any(_is_there(path, files) for path in paths):
        yield written
    yield from _names_from_above(written, folder, files)


def _names_from_above(written: str, folder: str, files: Files) -> Iterator[str]:
    """Yield the same for a name that is relative to the project."""
    try:
        path = inside(".", written)
    except BadPath:
        return
    for start in (TEMPLATES, folder):
        if path.startswith(f"{start}/") and _is_there(path, files):
            yield posixpath.relpath(path, start)


def _is_there(path: str, files: Files) -> bool:
    try:
        files.read(path)
    except Unreadable:
        return False
    return True
