"""Songs → renders: every variant and take with its final lyrics, references, tags and name."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from songbatch.documents.schema_messages import quoted
from songbatch.lyrics import TemplateError
from songbatch.model import AudioFormat, Picture, UnresolvedRender
from songbatch.spec.covered import judge_covered
from songbatch.spec.doubts import Doubts
from songbatch.spec.output_names import MAX_CHARACTERS, Outputs, default_name, wrong_name
from songbatch.spec.paths import BadPath, inside
from songbatch.spec.rendering import Built, Rendering
from songbatch.spec.song_keys import RenderedKeys
from songbatch.spec.song_words import SongWords
from songbatch.spec.tag_values import judge_tags
from songbatch.spec.tags import TrackPosition, usual_tags
from songbatch.spec.variants import variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import TemplateText
    from songbatch.spec.engine_judges import EngineJudges
    from songbatch.spec.roles import Roles
    from songbatch.spec.song_plan import SongPlan
    from songbatch.spec.texts import Texts
    from songbatch.spec.variants import Variant

MAX_FAILED = 20
"""After so many failed renders of a song on an engine, its others are not tried: their faults will
be the same."""


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
        self._words = SongWords(texts, built.vars, self._rendered, collector)
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
            rendering = Rendering(plan, variant, judges, self._built, self._texts, self._doubts)
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
        self, plan: SongPlan, variant: Variant, rendering: Rendering, take: int
    ) -> UnresolvedRender | None:
        """Return one render, or None if it has a mistake; every part is tried."""
        rendering.take = take
        judges = rendering.judges
        keys = RenderedKeys(plan.asked, judges.keys).render(
            lambda text, _node: self._rendered(text, rendering), take, rendering.name
        )
        is_sung = (keys or {}).get("vocals") != "none"
        words = self._words.of(plan, rendering, is_sung=is_sung)
        names = {
            key: (self._rendered(text, rendering), node) for key, (text, node) in plan.roles.items()
        }
        tags = self._tags(plan, rendering, variant)
        cover = self._cover(plan, rendering)
        output = self._output(plan, variant, rendering, take)
        roles = self._resolved(names, rendering)
        if not words.is_right or keys is None or roles is None or output is None or tags is None:
            return None
        has_others = words.text is not None or any(roles)
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
            lyrics=words.text,
            voice=roles[0],
            instrumental=roles[1],
            audio=plan.song.audio,
            tags=tags,
            output=output,
            lang=plan.song.lang,
            cover=cover,
            lrc=plan.song.lrc,
            engine=plan.engine_of(variant),
            parts=words.parts,
            labels=plan.song.labels,
            until=plan.song.until,
            **keys,
        )
        written, where = (
            (plan.output[0].text, plan.output[1]) if plan.output else (None, plan.song.key)
        )
        self._outputs.claim(render, where, self._collector.general, written=written)
        return render

    def _tags(
        self, plan: SongPlan, rendering: Rendering, variant: Variant
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

    def _cover(self, plan: SongPlan, rendering: Rendering) -> Picture | None:
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

    def _rendered(self, text: TemplateText, rendering: Rendering) -> str | None:
        try:
            return rendering.text(text)
        except TemplateError as fault:
            self._collector.report_of_render(
                fault.code, fault.span, fault.detail, fault.fix, render=rendering.name
            )
            return None

    def _resolved(
        self, names: Mapping[str, tuple[str | None, Scalar]], rendering: Rendering
    ) -> tuple[str | None, str | None] | None:
        known = {
            key: (name.strip(), node) for key, (name, node) in names.items() if name is not None
        }
        resolved = self._roles.resolve(known, rendering.name)
        return resolved if len(known) == len(names) else None

    def _output(
        self, plan: SongPlan, variant: Variant, rendering: Rendering, take: int
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
