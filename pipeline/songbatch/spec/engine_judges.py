"""Judgement of songs by the engines that render them: a judge for each that a spec names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.schema_messages import quoted
from songbatch.documents.yaml_nodes import Items, Scalar, Table
from songbatch.sources import Span
from songbatch.spec.matrix import listed
from songbatch.spec.model_names import meant_model
from songbatch.spec.role_judge import RoleJudge
from songbatch.spec.rows import line_span
from songbatch.spec.settings import ENGINE, ROLES
from songbatch.spec.song_keys import KeyJudge
from songbatch.traits import ANYTHING, NoSuchEngine, SpecEngine, UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Node
    from songbatch.sources import Source
    from songbatch.spec.roles import Roles
    from songbatch.spec.rows import Rows
    from songbatch.spec.settings import SongSettings
    from songbatch.spec.song_plan import SongPlan
    from songbatch.traits import EngineLookup, Traits

_OTHER_NAME = "; a variable that is no engine needs another name"


class Judges(msgspec.Struct, frozen=True):
    """Who judges by the traits of one engine."""

    traits: Traits
    keys: KeyJudge
    roles: RoleJudge
    collector: DiagnosticCollector

    def judge(self, plan: SongPlan, renders: int) -> None:
        """Report what an engine that makes so many renders of a song misses, ignores or cannot."""
        self.judge_missing(plan.song)
        self.keys.judge(plan.song, plan.asked, renders)
        for section in plan.sections:
            self.keys.judge_section(section.asked, renders)

    def judge_missing(self, song: SongSettings) -> None:
        """Report lyrics and references that the engine needs and a song does not name."""
        is_unsung = "vocals" in self.traits.takes and song.scalar("vocals") is not None
        is_needed = self.traits.lyrics.is_needed and not is_unsung
        if (
            is_needed
            and not song.has_words
            and not song.is_broken("lyrics", "template", "sections")
        ):
            fix = "write `lyrics:` with the words, or `template:` with a file of templates/"
            self.collector.report("lyrics.missing", song.span, f"`{song.name}`", fix)
        has_reference = any(song.scalar(role) for role in ROLES)
        if self.traits.needs_reference and not has_reference and not song.is_broken(*ROLES):
            fix = "write `reference:` with the name of a reference, or set one under defaults"
            self.collector.report("reference.missing", song.span, f"`{song.name}`", fix)


class EngineJudges:
    """Finds the judges of an engine by its name, and judges the names that a spec has."""

    def __init__(
        self, source: Source, engines: EngineLookup, roles: Roles, collector: DiagnosticCollector
    ) -> None:
        self._source = source
        self._engines = engines
        self._roles = roles
        self._collector = collector
        self._by_name: dict[str | None, Judges] = {}

    def of(self, named: str | None) -> Judges:
        """Return who judges for the engine of a name; one that nobody knows takes anything."""
        if named not in self._by_name:
            if named is None:
                self._judge_name(None, Span(self._source))
            self._by_name[named] = self._made(named)
        return self._by_name[named]

    def _made(self, named: str | None) -> Judges:
        try:
            engine = self._engines.for_spec(named)
        except UnknownEngine:
            engine = SpecEngine(named or "", ANYTHING)
        keys = KeyJudge(engine, self._collector)
        roles = RoleJudge(engine, self._roles, self._collector)
        return Judges(engine.traits, keys, roles, self._collector)

    def judge_names(self, parts: Mapping[str, Node]) -> None:
        """Report names of engines that nobody has: of the spec, defaults, profiles and songs."""
        defaults, named = parts.get("defaults"), (parts.get("profiles"), parts.get("songs"))
        owners = [entry.value for each in named if isinstance(each, Table) for entry in each]
        tables = [owner for owner in (defaults, *owners) if isinstance(owner, Table)]
        entries = [table.get(ENGINE) for table in tables]
        for node in (parts.get(ENGINE), *(entry.value for entry in entries if entry is not None)):
            if isinstance(node, Scalar):
                self._judge_name(node.text, node.span)

    def judge_variants(self, song: SongSettings, rows: Rows | None) -> None:
        """Report names of engines that nobody has in the matrix of a song and in its rows."""
        for node in _in_matrix(song.settings.get("matrix")):
            self._judge_name(node.text, node.span, _OTHER_NAME)
        if rows is None or ENGINE not in rows.columns:
            return
        lines: dict[str, int] = {}
        for row in rows.rows:
            if name := row.values[ENGINE].strip():
                lines.setdefault(name, row.line)
        for name, line in lines.items():
            self._judge_name(name, line_span(rows.source, line), _OTHER_NAME)

    def _judge_name(self, named: str | None, span: Span, else_: str = "") -> None:
        try:
            engine = self._engines.for_spec(named)
        except UnknownEngine as error:
            is_near = error.fix.endswith("?") or not isinstance(error, NoSuchEngine)
            fix = error.fix if is_near else f"{error.fix}{else_}"
            self._collector.report("engine.unknown", span, str(error), fix)
            return
        # A model that the project chooses is judged where it says so.
        if "/" in engine.name and (meant := meant_model(engine)):
            fix = f'did you mean "{meant}"?'
            self._collector.report("engine.model", span, quoted(engine.model), fix)


def _in_matrix(node: Node | None) -> Iterator[Scalar]:
    """Yield the engines of a matrix: the values of its dimension, and what `include` has."""
    if not isinstance(node, Table):
        return
    for table in (node, *listed(node, "include")):
        if (entry := table.get(ENGINE)) is None:
            continue
        values = entry.value.items if isinstance(entry.value, Items) else (entry.value,)
        yield from (value for value in values if isinstance(value, Scalar))
