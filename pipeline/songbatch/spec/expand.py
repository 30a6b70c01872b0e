"""Songs → renders: every variant and take with its final lyrics, references, tags and name."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.collector import RenderName
from songbatch.documents.schema_messages import quoted
from songbatch.lyrics import TemplateError, final, in_grammar, remarks
from songbatch.lyrics.parts import parts_of
from songbatch.lyrics.rules import LINE_END
from songbatch.model import AudioFormat, PartText, Picture, UnresolvedRender, render_id
from songbatch.spec.covered import judge_covered
from songbatch.spec.doubts import Doubts
from songbatch.spec.lost_lines import LostLines
from songbatch.spec.lyric_files import name_fix
from songbatch.spec.lyric_places import LyricPlaces
from songbatch.spec.output_names import MAX_CHARACTERS, Outputs, default_name, wrong_name
from songbatch.spec.paths import BadPath, inside
from songbatch.spec.separators import place_of_separator
from songbatch.spec.song_keys import RenderedKeys
from songbatch.spec.tag_values import judge_tags
from songbatch.spec.tags import TrackPosition, usual_tags
from songbatch.spec.texts import changes_with_take
from songbatch.spec.variants import variants
from songbatch.traits import TextRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import TemplateText
    from songbatch.model import Value
    from songbatch.spec.engine_judges import EngineJudges, Judges
    from songbatch.spec.roles import Roles
    from songbatch.spec.song_plan import SongPlan
    from songbatch.spec.texts import Texts
    from songbatch.spec.variants import Variant

ANY_LENGTH = TextRule(2**31)
"""The rule for lyrics that are cut into parts, each of which fits."""
MAX_FAILED = 20
"""After so many failed renders of a song on an engine, its others are not tried: their faults will
be the same."""


class Built(msgspec.Struct, frozen=True):
    """The variables every render of a spec starts from, and what --set puts over a song's own.

    `vars` are those that the spec gives to all songs, with their places.
    """

    spec: str
    title: str
    overrides: Mapping[str, str]
    vars: Mapping[str, Scalar]


class Expander:
    """Expands the songs of one spec; `track` is the number of the first variant."""

    def __init__(
        self,
        built: Built,
        texts: Texts,
        roles: Roles,
        judges: EngineJudges,
        collector: DiagnosticCollector,
        track: int,
    ) -> None:
        self._built = built
        self._texts = texts
        self._roles = roles
        self._judges = judges
        self._collector = collector
        self._outputs = Outputs()
        self._doubts = Doubts(built.vars, collector)
        self._lost_lines = LostLines(texts.files, built.vars, collector)
        self._lyric_places = LyricPlaces()
        self._track = track - 1

    def renders(self, plan: SongPlan) -> Iterator[UnresolvedRender]:
        """Yield the renders of a song that have no mistake; report the others."""
        chosen = variants(plan.matrix, plan.rows, self._collector.general)
        if not chosen and plan.matrix is not None:
            fix = "exclude less, or include a combination"
            if not plan.matrix.names:
                fix = (
                    "write what varies, such as `matrix: {mood: [calm, wild]}`, or remove `matrix`"
                )
            self._collector.report("matrix.empty", plan.matrix.span, f"`{plan.song.name}`", fix)
        judge_covered(self._built.overrides, plan, chosen, self._collector)
        for engine, number in Counter(map(plan.engine_of, chosen)).items():
            self._judges.of(engine).judge(plan, number * plan.song.takes)
        failed = Counter[str | None]()
        for variant in chosen:
            engine = plan.engine_of(variant)
            judges = self._judges.of(engine)
            rendering = _Rendering(plan, variant, judges, self._built, self._texts, self._doubts)
            self._track += 1
            for take in range(1, plan.song.takes + 1):
                if failed[engine] >= MAX_FAILED:
                    break
                render = self._render(plan, variant, rendering, take)
                if render is not None:
                    yield render
                else:
                    failed[engine] += 1

    def _render(
        self, plan: SongPlan, variant: Variant, rendering: _Rendering, take: int
    ) -> UnresolvedRender | None:
        """Return one render, or None if it has a mistake; every part is tried."""
        rendering.take = take
        judges = rendering.judges
        keys = RenderedKeys(plan.asked, judges.keys).render(
            lambda text, _node: self._rendered(text, rendering), take, rendering.name
        )
        is_sung = (keys or {}).get("vocals") != "none"
        has_lyrics, sung, parts = self._lyrics(plan, rendering, is_sung=is_sung)
        names = {
            key: (self._rendered(text, rendering), node) for key, (text, node) in plan.roles.items()
        }
        tags = self._tags(plan, rendering, variant)
        cover = self._cover(plan, rendering)
        output = self._output(plan, variant, rendering, take)
        roles = self._resolved(names, rendering)
        if not has_lyrics or keys is None or roles is None or output is None or tags is None:
            return None
        has_others = sung is not None or any(roles)
        if not judges.keys.has_needs(plan.song, keys, rendering.name, has_others=has_others):
            return None
        if not judges.roles.judge(plan, keys, roles, rendering.name):
            return None
        render = UnresolvedRender(
            spec=self._built.spec,
            song=plan.song.name,
            variant=variant.values,
            label=variant.label,
            take=take,
            lyrics=sung,
            voice=roles[0],
            instrumental=roles[1],
            audio=plan.song.audio,
            tags=tags,
            output=output,
            lang=plan.song.lang,
            cover=cover,
            lrc=plan.song.lrc,
            engine=plan.engine_of(variant),
            parts=parts,
            **keys,
        )
        written, where = (
            (plan.output[0].text, plan.output[1]) if plan.output else (None, plan.song.key)
        )
        self._outputs.claim(render, where, self._collector.general, written=written)
        return render

    def _tags(
        self, plan: SongPlan, rendering: _Rendering, variant: Variant
    ) -> dict[str, str] | None:
        """Return the author's tags over the usual ones; an empty text takes a usual one away."""
        written = {key: self._rendered(text, rendering) for key, text in plan.tags.items()}
        if None in written.values():
            return None
        place = TrackPosition(
            plan.song.name, variant.details, rendering.take, self._track, plan.song.lang
        )
        tags = usual_tags(self._built.title, place)
        tags |= {key: text.strip() for key, text in written.items() if text is not None}
        for key in (key for key, text in tags.items() if "\0" in text):
            node = plan.song.tags.get(key)
            self._collector.report_of_render(
                "schema.pattern",
                node.span if node is not None else plan.song.span,
                f"the tag `{key}` has a NUL character (U+0000)",
                "remove it: players end the text there",
                render=rendering.name,
            )
            return None
        if plan.song.audio.format is AudioFormat.MP3:
            judge_tags(tags, plan.song.tags, rendering.name, self._collector)
        return {key: text for key, text in tags.items() if text}

    def _cover(self, plan: SongPlan, rendering: _Rendering) -> Picture | None:
        if plan.cover is None:
            return None
        text, node = plan.cover
        written = self._rendered(text, rendering)
        if not (written or "").strip():
            return None
        try:
            folder = posixpath.dirname(node.span.path)
            return Picture(inside(folder, str(written).strip()), node.span)
        except BadPath as error:
            detail = f"{quoted(str(written))}: {error.reason}"
            self._collector.report_of_render(
                "cover.path", node.span, detail, error.fix, render=rendering.name
            )
            return None

    def _rendered(self, text: TemplateText, rendering: _Rendering) -> str | None:
        try:
            return rendering.text(text)
        except TemplateError as fault:
            self._collector.report_of_render(
                fault.code, fault.span, fault.detail, fault.fix, render=rendering.name
            )
            return None

    def _resolved(
        self, names: Mapping[str, tuple[str | None, Scalar]], rendering: _Rendering
    ) -> tuple[str | None, str | None] | None:
        known = {
            key: (name.strip(), node) for key, (name, node) in names.items() if name is not None
        }
        resolved = self._roles.resolve(known, rendering.name)
        return resolved if len(known) == len(names) else None

    def _lyrics(
        self, plan: SongPlan, rendering: _Rendering, *, is_sung: bool
    ) -> tuple[bool, str | None, tuple[PartText, ...]]:
        """Return whether lyrics are as they should be, what they are, and the parts they have.

        What there is none of is None; what is made in one piece has no parts.
        """
        judges, traits = rendering.judges, rendering.judges.traits
        is_unsung = not is_sung and ("vocals" in traits.takes or not traits.lyrics.is_needed)
        if plan.lyrics is None:
            is_free = not traits.lyrics.is_needed or is_unsung
            return is_free and plan.may_be_silent, None, ()
        text, node = plan.lyrics
        rendered = self._rendered(text, rendering)
        if rendered is None:
            return False, None, ()
        lyrics = final(rendered)
        if not is_sung and lyrics.strip():
            judges.keys.judge_unsung(node)
        if is_unsung:  # words do not matter
            return True, lyrics, ()
        self._judge_name(lyrics, node, rendering)
        self._lost_lines.judge(plan, lyrics, lambda: rendering.variables)
        parts = parts_of(lyrics, traits)
        judged = traits if not parts else msgspec.structs.replace(traits, lyrics=ANY_LENGTH)
        found = remarks(lyrics, in_grammar(lyrics, traits.grammar), judged)
        placed = self._lyric_places.placed(found, lyrics, plan.lyrics, plan.song.name)
        for remark, line, same in placed:
            place = line if remark.code != LINE_END else place_of_separator(text, node)
            if place is None:
                continue
            self._collector.report_of_render(
                remark.code, place, remark.detail, remark.fix, render=rendering.name, same=same
            )
        return not any(r.is_error for r in found), lyrics, tuple(map(PartText, parts))

    def _judge_name(self, lyrics: str, node: Scalar, rendering: _Rendering) -> None:
        """Report lyrics that are only the name of a file."""
        folder = posixpath.dirname(node.stretch.places.source.path)  # a span takes longer
        is_written_so = node.text.strip() == lyrics
        fix = name_fix(lyrics, folder, self._texts.files, is_written_so=is_written_so)
        if fix:
            self._collector.report_of_render(
                "lyrics.file", node.span, quoted(lyrics), fix, render=rendering.name
            )

    def _output(
        self, plan: SongPlan, variant: Variant, rendering: _Rendering, take: int
    ) -> str | None:
        if plan.output is None:
            name, node = default_name(plan.song.name, variant.label, take), plan.song.key
        else:
            text, node = plan.output
            rendered = self._rendered(text, rendering)
            if rendered is None:
                return None
            # Composing thousands of combining marks takes minutes, and no name is that long.
            name = unicodedata.normalize("NFC", rendered[:MAX_CHARACTERS])
        wrong = wrong_name(name)
        if wrong is None:
            return name
        fix = "add | slug to the variables in it, or shorten it"
        if plan.output is None:
            fix = "give the song an output, or another name"
        self._collector.report_of_render(
            "output.name",
            node.span,
            f"{quoted(name)}: {wrong}",
            fix,
            render=rendering.name,
            same=wrong,
        )
        return None


class _Rendering:
    """Renders the texts of one variant; what does not change with the take, once."""

    def __init__(
        self,
        plan: SongPlan,
        variant: Variant,
        judges: Judges,
        built: Built,
        texts: Texts,
        doubts: Doubts,
    ) -> None:
        self.take = 1
        self.judges = judges
        self._doubts = doubts
        self._plan = plan
        self._variant = variant
        self._spec = built.spec
        self._texts = texts
        self._constant: dict[TemplateText, str] = {}
        self._variables: dict[str, Value] = {
            **plan.song.variables,
            **built.overrides,
            **variant.variables,
            "spec": built.spec,
            "title": built.title,
            "song": plan.song.name,
        }

    @property
    def name(self) -> RenderName:
        """The render of the current take, for messages."""
        song = self._plan.song.name
        render = render_id(self._spec, song, self._variant.label, self.take)
        return RenderName(render, song, self._variant.where)

    @property
    def variables(self) -> dict[str, Value]:
        """The variables of the current take."""
        return {**self._variables, "take": self.take}

    def text(self, text: TemplateText) -> str:
        """Return a text for the current take. Raises TemplateError."""
        if text not in self._constant:
            variables = self.variables
            rendered = self._texts.render(text, variables)
            if self._texts.doubts:
                doubts = {
                    asked: value
                    for asked, value in self._texts.doubts.items()
                    if variables.get(asked[0]) == value
                }
                self._doubts.judge(doubts, self._plan, self._variant, self.name)
            if changes_with_take(text):
                return rendered
            self._constant[text] = rendered
        return self._constant[text]
