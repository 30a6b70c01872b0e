"""Fixes for pasted lyrics: the command that tidies them, where it would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.lyrics import is_template
from songbatch.lyrics.pasted import KINDS, LAID_OUT, tidied
from songbatch.shell import shell_path, shell_word

if TYPE_CHECKING:
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import Remark, TemplateText

_NAMES = frozenset(kind.name for kind in KINDS)
_OF_LINES = frozenset({"lyrics.invisible", "lyrics.section-tag", "lyrics.section-line"})
"""Codes of remarks on lines that may be tidied."""


def tidy_fix(
    remark: Remark, lyrics: str, text: TemplateText, node: Scalar, song: str
) -> str | None:
    """Return what to do about a remark on lyrics; None if the author wrote nothing of the kind.

    `text` is what the lyrics come of, named by the value `node`.
    """
    if remark.kind not in _NAMES and remark.code not in _OF_LINES:
        return remark.fix
    source = tidied(text.text, is_template=is_template(text.text))
    if remark.kind in LAID_OUT and not text.is_plain and not source.has(remark.kind):
        return None
    if remark.kind in _NAMES:
        is_tidied = source.has(remark.kind)
    else:
        line = lyrics.split("\n")[remark.line - 1]
        is_tidied = source.text != text.text and not tidied(lyrics).keeps(remark.line, line)
    if not is_tidied:
        return remark.fix
    path = text.locate(1).source.path
    command = f"songbatch lyrics tidy {shell_path(path)}"
    if path == node.span.path:
        command += f" --song {shell_word(song)}"
    return f"{remark.fix.partition(';')[0]}: {command} --write"
