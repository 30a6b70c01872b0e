"""Planner of songs: makes each ready to expand, checked as far as that needs no render."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from songbatch.documents.yaml_nodes import Broken, Items, Scalar, Table, scalars
from songbatch.model import AudioFormat
from songbatch.sources import Unreadable
from songbatch.spec.matrix import matrix
from songbatch.spec.paths import BadPath, inside
from songbatch.spec.rows import line_span, rows
from songbatch.spec.settings import ENGINE, ROLES
from songbatch.spec.song_keys import asked_for
from songbatch.spec.song_plan import RESERVED, SectionPlan, SongPlan
from songbatch.spec.text_spans import text_of_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Node
    from songbatch.lyrics import TemplateText
    from songbatch.sources import Files, Span
    from songbatch.spec.engine_judges import EngineJudges
    from songbatch.spec.matrix import Matrix
    from songbatch.spec.rows import Rows
    from songbatch.spec.settings import SongSettings
    from songbatch.spec.texts import Texts

NOBODY = "?"
"""No name of an engine: stands for one that is written wrongly, which takes anything."""
COVER = "cover"
"""The one tag that is no text but names a file."""


class SongPlanner:
    """Makes plans of the songs of one spec; `engine` renders those that name no other.

    `engine_over_all`, a profile's, renders them all.
    """

    def __init__(
        self,
        files: Files,
        texts: Texts,
        judges: EngineJudges,
        engine: str | None,
        collector: DiagnosticCollector,
        engine_over_all: str | None = None,
    ) -> None:
        self._engine_over_all = engine_over_all
        self._files = files
        self._texts = texts
        self._judges = judges
        self._engine = engine
        self._collector = collector
        self._rows: dict[str, Rows | None] = {}

    def plan(self, song: SongSettings) -> SongPlan | None:
        """Return the plan of a song, or None if it cannot be expanded."""
        lyrics = self._lyrics(song)
        roles = {key: (text_of_node(node), node) for key in ROLES if (node := song.scalar(key))}
        self._audio(song)
        self._until(song)
        axes = matrix(song.settings.get("matrix"), self._collector.general)
        lines = self._lines(song)
        engine = self._engine_of(song)
        self._judges.judge_variants(song, lines)
        fits = self._names_fit(axes, lines)
        if (
            not fits
            or (axes is None and "matrix" in song.settings)
            or (lines is None and "rows" in song.settings)
        ):
            # Without its variables, every template would only be called undefined.
            if not _varies(axes, lines):
                self._judges.of(engine).judge_missing(song)
            return None
        node, cover = song.scalar("output"), song.tags.get(COVER)
        return SongPlan(
            song=song,
            lyrics=lyrics,
            lyrics_file=_text_and_node(song.lyrics_file),
            roles=roles,
            tags={key: text_of_node(tag) for key, tag in song.tags.items() if key != COVER},
            cover=_text_and_node(cover),
            output=_text_and_node(node),
            asked=asked_for(song.settings),
            matrix=axes,
            rows=lines,
            engine=engine,
            sections=tuple(self._sections(song)),
            engine_over_all=self._engine_over_all,
        )

    def _sections(self, song: SongSettings) -> Iterator[SectionPlan]:
        """Yield the sections that are well-formed."""
        node = song.settings.get("sections")
        for item in node.items if isinstance(node, Items) else ():
            settings = {e.name: e.value for e in item} if isinstance(item, Table) else {}
            words = item if isinstance(item, Scalar) else settings.get("lyrics")
            plain = scalars(words).get("file")
            file = settings.get("template")
            if isinstance(words, Scalar):
                yield SectionPlan((text_of_node(words), words), asked_for(settings))
            elif plain is not None:
                yield SectionPlan((text_of_node(plain), plain), asked_for(settings), is_file=True)
            elif isinstance(file, Scalar):
                text = self._texts.from_file(file, self._collector)
                if text is not None:
                    yield SectionPlan((text, file), asked_for(settings))
            elif isinstance(item, Table) and "lyrics" not in settings:
                fix = "write `lyrics:` with its words"
                detail = "a section has no words"
                self._collector.report("schema.missing-key", item.span, detail, fix)

    def _engine_of(self, song: SongSettings) -> str | None:
        if isinstance(song.settings.get(ENGINE), Broken):
            return NOBODY
        own = song.scalar(ENGINE)
        return own.text if own is not None else self._engine

    def _lyrics(self, song: SongSettings) -> tuple[TemplateText, Scalar] | None:
        inline, file = song.scalar("lyrics"), song.scalar("template")
        if inline is not None:
            return text_of_node(inline), inline
        if file is not None:
            text = self._texts.from_file(file, self._collector)
            return (text, file) if text is not None else None
        return None

    def _until(self, song: SongSettings) -> None:
        until, node = song.until, song.settings.get("until")
        if until is not None and node is not None and until.good > until.max_takes:
            detail = f"`good` is {until.good}, and `max_takes` {until.max_takes}"
            fix = f"write `max_takes: {2 * until.good}`, or a smaller `good`"
            self._collector.report("until.bounds", node.span, detail, fix)

    def _audio(self, song: SongSettings) -> None:
        audio = song.audio
        if audio.format is not AudioFormat.MP3:
            for node in list(song.tags.values())[:1]:
                fix = "remove the tags, or write `format: mp3`"
                self._collector.report(
                    "audio.tags", node.span, f"the format is {audio.format}", fix
                )
        elif audio.reachable_bitrate != audio.bitrate:
            detail = (
                f"MP3 at {audio.sample_rate} Hz is MPEG-2, which ends at "
                f"{audio.reachable_bitrate} bit/s; that is what will be written"
            )
            fix = "write `bitrate: 128000`, or `sample_rate: 44100`"
            self._collector.report("audio.bitrate", song.audio_node.span, detail, fix)

    def _lines(self, song: SongSettings) -> Rows | None:
        node = song.scalar("rows")
        if node is None:
            return None
        try:
            path = inside(posixpath.dirname(node.span.path), node.text)
            if path not in self._rows:
                self._rows[path] = None
                data = self._files.read_data(path)
                self._rows[path] = rows(path, data, self._collector.general)
            return self._rows[path]
        except BadPath as error:
            self._collector.report(
                "rows.path", node.span, f'"{node.text}": {error.reason}', error.fix
            )
        except Unreadable as error:
            self._collector.report(
                "rows.unreadable", node.span, f"{path}: {error.reason}", error.fix
            )
        return None

    def _names_fit(self, axes: Matrix | None, lines: Rows | None) -> bool:
        names = axes.names if axes is not None else {}
        columns = lines.columns if lines is not None else ()
        wrong = [(name, span) for name, span in names.items() if name in RESERVED]
        if lines is not None:
            header = line_span(lines.source, lines.header_line)
            wrong += [(name, header) for name in columns if name in RESERVED]
            for name in names.keys() & set(columns):
                detail = f"`{name}` is also a column of {lines.source.path}"
                fix = "rename one of the two"
                self._collector.report("matrix.row-clash", names[name], detail, fix)
        for name, span in wrong:
            report_reserved(name, span, self._collector)
        return not wrong and not names.keys() & set(columns)


def _text_and_node(node: Scalar | None) -> tuple[TemplateText, Scalar] | None:
    return None if node is None else (text_of_node(node), node)


def _varies(axes: Matrix | None, lines: Rows | None) -> bool:
    """Return whether the variants of a song name engines."""
    named = [*(axes.names if axes else ()), *(lines.columns if lines else ())]
    return ENGINE in named


def check_variables(node: Node | None, collector: DiagnosticCollector) -> None:
    """Report the variables of a `vars` mapping that are built in."""
    if isinstance(node, Table):
        for entry in node:
            if entry.name in RESERVED:
                report_reserved(entry.name, entry.key.span, collector)


def report_reserved(name: str, span: Span, collector: DiagnosticCollector) -> None:
    """Report a variable that is built in."""
    fix = f"give it another name; built in are {', '.join(RESERVED)}"
    collector.report("vars.reserved", span, f"`{name}`", fix)
