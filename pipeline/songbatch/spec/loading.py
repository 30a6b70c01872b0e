"""The way through the spec room, from a file's text to its renders and everything wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.collector import DiagnosticCollector
from songbatch.documents.schema import judge
from songbatch.documents.yaml_nodes import Table, scalars
from songbatch.documents.yaml_reader import read
from songbatch.model import Spec
from songbatch.sources import Span
from songbatch.spec.album_sheet import sheet_in_spec
from songbatch.spec.bounds import MAX_RENDERS
from songbatch.spec.comments import swallowed
from songbatch.spec.engine_judges import EngineJudges
from songbatch.spec.expand import Expander
from songbatch.spec.layers import NO_LAYER, PROFILES, profile_engine, profile_of
from songbatch.spec.parted import parted
from songbatch.spec.reference_list import references
from songbatch.spec.rendering import Built
from songbatch.spec.roles import Roles
from songbatch.spec.separators import unusual_line_ends
from songbatch.spec.settings import ENGINE, song
from songbatch.spec.song_plan import RESERVED
from songbatch.spec.song_planner import SongPlanner, check_variables, report_reserved
from songbatch.spec.texts import Texts
from songbatch.spec.written import written
from songbatch.traits import HostedOnly, UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.album import AlbumSheet
    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node, Scalar
    from songbatch.model import Reference, UnresolvedRender
    from songbatch.sources import Files, Source
    from songbatch.spec.layers import Layer
    from songbatch.spec.song_plan import SongPlan
    from songbatch.traits import EngineLookup


HOSTED_ONLY = HostedOnly()


class Part(msgspec.Struct, frozen=True):
    """A song: where its name begins in the text, how many variants it has, its renders."""

    start: int
    tracks: int
    renders: tuple[UnresolvedRender, ...]


class LoadResult(msgspec.Struct, frozen=True):
    """What came of a spec file: `spec` is None if any diagnostic is an error.

    `references` are the well-formed ones, whatever else is wrong, so that a caller can check
    their audio too and report all mistakes at once.
    """

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]
    references: Mapping[str, Reference] = msgspec.field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    """The spec song by song; empty if a song has fewer renders than its size."""
    album: AlbumSheet | None = None
    excess: int = 0
    """Steps that texts took beyond what each is granted; see `songbatch.lyrics.steps`."""


def load(
    source: Source,
    name: str,
    files: Files,
    overrides: Mapping[str, str] | None = None,
    track: int = 1,
    engines: EngineLookup = HOSTED_ONLY,
    layer: Layer = NO_LAYER,
) -> LoadResult:
    """Read, check and expand the spec `name`; `overrides` are variables from --set.

    `track` is the number of its first variant; `engines` are those of the project; `layer` is what
    the command lays over all songs. Never raises for what an author wrote; all mistakes are
    diagnostics.
    """
    document, syntax_errors = read(source)
    if document is None:
        return LoadResult(None, tuple(syntax_errors))
    lost = [*swallowed(document), *parted(document), *unusual_line_ends(source)]
    document, schema_errors = judge(document)
    collector = DiagnosticCollector(syntax_errors + lost + schema_errors)
    builder = _SpecBuilder(source, name, files, overrides or {}, collector, engines, layer)
    return builder.load(document, track)


class _SpecBuilder:
    def __init__(
        self,
        source: Source,
        name: str,
        files: Files,
        overrides: Mapping[str, str],
        collector: DiagnosticCollector,
        engines: EngineLookup,
        layer: Layer,
    ) -> None:
        self._layer = layer
        self._source = source
        self._name = name
        self._files = files
        self._engines = engines
        self._texts = Texts(files)
        self._overrides = overrides
        self._collector = collector

    def load(self, document: Node, track: int) -> LoadResult:
        if not isinstance(document, Table):
            return LoadResult(None, self._collector.all())
        parts = {entry.name: entry.value for entry in document}
        words = {key: node.text for key, node in scalars(document).items()}
        title = words.get("title", self._name)
        usable, listed = references(parts.get("references"), self._collector.general)
        roles = Roles(usable, listed, self._collector)
        built = Built(self._name, title, self._overrides, scalars(parts.get("vars")))
        judges = EngineJudges(self._source, self._engines, roles, self._collector)
        judges.judge_names(parts)
        engine = words.get(ENGINE)
        span = Span(self._source)
        profile = profile_of(self._layer, parts.get(PROFILES), span, self._collector)
        over = profile_engine(profile)
        planner = SongPlanner(self._files, self._texts, judges, engine, self._collector, over)
        plans = self._plans(parts, built.vars, planner, profile)
        self._check_options(parts)
        expander = Expander(built, self._texts, roles, judges, self._collector, track)
        expanded = [(plan, tuple(expander.renders(plan))) for plan in plans]
        renders = [render for _, renders in expanded for render in renders]
        self._check_unused(usable, roles)
        document_album = document.get("album")
        album = sheet_in_spec(document_album, self._name, title, self._collector.general)
        diagnostics = self._collector.all()
        if self._collector.has_errors:
            return LoadResult(None, diagnostics, usable)
        spec = self._spec(title, engine, usable, renders)
        return LoadResult(spec, diagnostics, usable, _parts(expanded), album, self._texts.excess)

    def _spec(
        self,
        title: str,
        engine: str | None,
        usable: Mapping[str, Reference],
        renders: Sequence[UnresolvedRender],
    ) -> Spec:
        return Spec(self._name, self._source.path, title, engine, usable, tuple(renders))

    def _plans(
        self,
        parts: Mapping[str, Node],
        spec_vars: Mapping[str, Scalar],
        planner: SongPlanner,
        profile: Table | None,
    ) -> list[SongPlan]:
        """Return the songs that can be expanded; none where all together would be too many."""
        songs, defaults = parts.get("songs"), parts.get("defaults")
        self._check_variables(parts)
        if not isinstance(songs, Table):
            return []
        above = {name: written(node) for name, node in spec_vars.items()}
        plans, total = [], 0
        for entry in songs:
            found = song(entry, defaults, above, profile, self._layer.takes)
            plan = planner.plan(found) if found is not None else None
            if plan is None:
                continue
            plans.append(plan)
            total += plan.size
            if total > MAX_RENDERS:
                self._report_too_many(plan, total)
                return []
        return plans

    def _report_too_many(self, plan: SongPlan, total: int) -> None:
        detail = f"{total:,} up to the song `{plan.song.name}`, at most {MAX_RENDERS:,} are allowed"
        fix = "take values out of its matrix, rows or takes, or split the spec"
        self._collector.report("matrix.too-large", plan.song.span, detail, fix)

    def _check_variables(self, parts: Mapping[str, Node]) -> None:
        defaults, songs = parts.get("defaults"), parts.get("songs")
        owners = [entry.value for entry in songs] if isinstance(songs, Table) else []
        check_variables(parts.get("vars"), self._collector)
        for owner in (defaults, *owners):
            if isinstance(owner, Table) and (variables := owner.get("vars")) is not None:
                check_variables(variables.value, self._collector)
        for name in sorted(self._overrides.keys() & set(RESERVED)):
            report_reserved(name, Span(self._source), self._collector)

    def _check_options(self, parts: Mapping[str, Node]) -> None:
        """Report options for engines that nobody knows: they would be sent nowhere."""
        songs, profiles = parts.get("songs"), parts.get(PROFILES)
        tables = [each for each in (profiles, songs) if isinstance(each, Table)]
        owners = [entry.value for table in tables for entry in table]
        for owner in (parts.get("defaults"), *owners):
            options = owner.get("options") if isinstance(owner, Table) else None
            for entry in options.value if options and isinstance(options.value, Table) else ():
                try:
                    self._engines.demand(entry.name)
                except UnknownEngine as error:
                    span = entry.key.span
                    self._collector.report("options.unknown", span, str(error), error.fix)

    def _check_unused(self, usable: Mapping[str, Reference], roles: Roles) -> None:
        # If something else is wrong, a reference may only seem unused.
        if self._collector.has_errors:
            return
        for name, reference in usable.items():
            if name not in roles.used:
                fix = "remove it, or use it in a song; until then it is not uploaded"
                self._collector.report("reference.unused", reference.span, f"`{name}`", fix)


def _parts(expanded: Sequence[tuple[SongPlan, tuple[UnresolvedRender, ...]]]) -> tuple[Part, ...]:
    if any(plan.size != len(renders) for plan, renders in expanded):
        return ()
    return tuple(
        Part(plan.song.key.stretch.start, len(renders) // plan.song.takes, renders)
        for plan, renders in expanded
    )
