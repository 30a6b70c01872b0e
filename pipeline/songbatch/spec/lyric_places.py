"""Places of remarks on lyrics: the author's line that made the line in question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.lyrics import template_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import Remark, TemplateText
    from songbatch.sources import Span


class LyricPlaces:
    """Finds the places for the variants of one song after the other."""

    def __init__(self) -> None:
        self._of_whole: dict[tuple[str, str], Span] = {}

    def placed(
        self, remarks: Sequence[Remark], lyrics: str, text: tuple[TemplateText, Scalar], song: str
    ) -> Iterator[tuple[Remark, Span, str]]:
        """Yield every remark on the lyrics of a render with its place, and what equal ones share.

        What is true of lyrics as a whole stays at the place of the first variant, so that it is
        told once for the song.
        """
        ordinals: dict[str, int] = {}
        for remark in remarks:
            place = self._of_whole.get((remark.code, song)) if remark.is_of_whole else None
            if place is None:
                place = _place(remark, lyrics, *text)
            if remark.is_of_whole:
                self._of_whole[remark.code, song] = place
            number = ordinals[remark.code] = ordinals.get(remark.code, 0) + 1
            is_told_apart = place != text[1].span
            shared = f"{remark.code} {remark.kind}"
            yield remark, place, shared if is_told_apart else f"{shared} {number}"


def _place(remark: Remark, lyrics: str, text: TemplateText, node: Scalar) -> Span:
    if text.is_plain:
        # Lyrics lack nothing of their file but what is blank at its ends.
        blank = text.text[: len(text.text) - len(text.text.lstrip())]
        return text.locate(remark.line + blank.count("\n"))
    line = template_line(lyrics, remark.line, text.text) if lyrics.strip() else None
    return node.span if line is None else text.locate(line)
