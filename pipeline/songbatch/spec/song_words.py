"""Words of songs: rendered, judged by what sings them, and cut into parts where they are long."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.schema_messages import quoted
from songbatch.lyrics import final, in_grammar, remarks
from songbatch.lyrics.parts import parts_of
from songbatch.lyrics.rules import LINE_END
from songbatch.lyrics.sections import without_hashes
from songbatch.model import PartText
from songbatch.spec.lost_lines import LostLines
from songbatch.spec.lyric_files import name_fix
from songbatch.spec.lyric_places import LyricPlaces
from songbatch.spec.lyric_words import LyricWords
from songbatch.spec.separators import place_of_separator
from songbatch.spec.song_keys import RenderedKeys
from songbatch.spec.tidy_fixes import tidy_fix
from songbatch.traits import TextRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import TemplateText
    from songbatch.spec.rendering import Rendering
    from songbatch.spec.song_plan import SongPlan
    from songbatch.spec.texts import Texts
    from songbatch.traits import Traits

    Rendered = Callable[[TemplateText, Rendering], str | None]

ANY_LENGTH = TextRule(2**31)
"""The rule for lyrics that are cut into parts, each of which fits."""


class Words(msgspec.Struct, frozen=True):
    """The words of a render, if they are as they should be.

    What there is none of is None; what is made in one piece has no parts.
    """

    is_right: bool
    text: str | None = None
    parts: tuple[PartText, ...] = ()


class SongWords:
    """The words of the songs of one spec; `rendered` returns a text, or None and a report."""

    def __init__(
        self,
        texts: Texts,
        above: Mapping[str, Scalar],
        rendered: Rendered,
        collector: DiagnosticCollector,
    ) -> None:
        self._texts = texts
        self._rendered = rendered
        self._collector = collector
        self._lost_lines = LostLines(texts.files, above, collector)
        self._lyric_places = LyricPlaces()
        self._files = LyricWords(texts.files, collector)

    def of(self, plan: SongPlan, rendering: Rendering, *, is_sung: bool) -> Words:
        """Return the words of one render; report what is wrong with them."""
        judges, traits = rendering.judges, rendering.judges.traits
        is_unsung = not is_sung and ("vocals" in traits.takes or not traits.lyrics.is_needed)
        if plan.sections:
            return self._of_sections(plan, rendering, is_unsung=is_unsung)
        named = plan.lyrics or plan.lyrics_file
        if named is None:
            is_free = not traits.lyrics.is_needed or is_unsung
            return Words(is_free and plan.may_be_silent)
        found = self._found(named, rendering, is_file=plan.lyrics_file is not None)
        if found is None:
            return Words(is_right=False)
        lyrics, text = found
        node = named[1]
        if not is_sung and lyrics.strip():
            judges.keys.judge_unsung(node)
        if is_unsung:  # words do not matter
            return Words(is_right=True, text=lyrics)
        if not text.is_plain:
            self._judge_name(lyrics, node, rendering)
            self._lost_lines.judge(plan, lyrics, lambda: rendering.variables)
        parts = parts_of(lyrics, traits)
        if parts:
            judges.keys.judge_parts(plan.asked)
            traits = msgspec.structs.replace(traits, lyrics=ANY_LENGTH)
        is_right = self._judge(lyrics, traits, (text, node), plan.song.name, rendering)
        return Words(is_right, lyrics, tuple(map(PartText, parts)))

    def _found(
        self, named: tuple[TemplateText, Scalar], rendering: Rendering, *, is_file: bool
    ) -> tuple[str, TemplateText] | None:
        """Return final lyrics and the text that they come of; what is a file is only named."""
        text, node = named
        rendered = self._rendered(text, rendering)
        if rendered is not None and is_file:
            words = self._files.text(rendered, node, rendering.name)
            text, rendered = (text, None) if words is None else (words, words.text)
        return None if rendered is None else (final(rendered), text)

    def _of_sections(self, plan: SongPlan, rendering: Rendering, *, is_unsung: bool) -> Words:
        """Return the words of a song whose sections are written by themselves.

        One without words is left out: a condition of its template may want that.
        """
        judges, is_right = rendering.judges, True
        parts: list[PartText] = []
        judges.keys.judge_parts(plan.asked)
        for number, section in enumerate(plan.sections):
            found = self._found(section.lyrics, rendering, is_file=section.is_file)
            keys = RenderedKeys(section.asked, judges.keys).render(
                lambda text, _node: self._rendered(text, rendering), rendering.take, rendering.name
            )
            if found is None or keys is None:
                is_right = False
                continue
            lyrics, text = found
            if not lyrics.strip():
                continue
            if not is_unsung:
                place = (text, section.lyrics[1])
                song = f"{plan.song.name} {number}"
                fits = self._judge(lyrics, judges.traits, place, song, rendering)
                is_right = fits and is_right
            parts.append(PartText(lyrics, keys.get("style"), keys.get("options")))
        whole = "\n\n".join(without_hashes(part.lyrics) for part in parts)
        if is_right and not parts:
            span, fix = plan.sections[0].lyrics[1].span, "write at least one line"
            self._collector.report_of_render("lyrics.empty", span, "", fix, render=rendering.name)
            is_right = False
        return Words(is_right, whole, () if is_unsung else tuple(parts))

    def _judge(
        self,
        lyrics: str,
        traits: Traits,
        text: tuple[TemplateText, Scalar],
        song: str,
        rendering: Rendering,
    ) -> bool:
        """Report what is wrong or doubtful about final lyrics; return whether they can be sent."""
        found = remarks(lyrics, in_grammar(lyrics, traits.grammar), traits)
        for remark, line, same in self._lyric_places.placed(found, lyrics, text, song):
            place = line if remark.code != LINE_END else place_of_separator(*text)
            fix = tidy_fix(remark, lyrics, *text, song.partition(" ")[0])
            if place is None or fix is None:
                continue
            self._collector.report_of_render(
                remark.code, place, remark.detail, fix, render=rendering.name, same=same
            )
        return not any(remark.is_error for remark in found)

    def _judge_name(self, lyrics: str, node: Scalar, rendering: Rendering) -> None:
        """Report lyrics that are only the name of a file."""
        folder = posixpath.dirname(node.stretch.places.source.path)  # a span takes longer
        fix = name_fix(lyrics, folder, self._texts.files, written=node.text)
        if fix:
            self._collector.report_of_render(
                "lyrics.file", node.span, quoted(lyrics), fix, render=rendering.name
            )
