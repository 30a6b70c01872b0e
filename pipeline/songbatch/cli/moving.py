"""Moves to another engine, and several engines compared: planned only, nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.cli.session import load_specs, print_diagnostics
from songbatch.cli.views.results import ComparisonResult, Move, Prospect
from songbatch.diagnostics import (
    BrokenState,
    InvalidSpecs,
    Severity,
    UsageError,
    has_errors,
    sort_key,
)
from songbatch.diff.states import with_states
from songbatch.outputs.manifests import recorded_manifests
from songbatch.plan.moving import find_losses, find_stays, last_engine
from songbatch.run.engine_plans import make_engine_plans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.diagnostics import Diagnostic
    from songbatch.model import Reference, UnresolvedRender
    from songbatch.plan import Choices
    from songbatch.plan.selection import Selection
    from songbatch.records import Manifest
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.session import Session
    from songbatch.spec.layers import Layer

_TOLD = {"engine.ignores", "lyrics.long"}
"""Codes of warnings that a move tells of in its own words."""


class _Said(msgspec.Struct, frozen=True):
    """What the specs say, whatever engine they are for."""

    renders: Sequence[UnresolvedRender]
    references: Mapping[str, Mapping[str, Reference]]


def find_move(session: Session, batch: Batch, engine: str, selection: Selection) -> Move | None:
    """Return the move to an engine; None unless another one rendered these specs last."""
    try:
        recorded = _recorded(session, [batch])
    except (BrokenState, UsageError):
        return None  # other engines' manifests are no matter of the plan: `verify` tells of them
    if last_engine(recorded) in {None, engine}:
        return None
    return _move(session, batch, engine, _said([batch], selection), recorded)


def compare_engines(
    session: Session,
    specs: Sequence[str],
    engines: Sequence[str],
    overrides: Mapping[str, str],
    layer: Layer,
    selection: Selection,
    jobs: int | None,
    choices: Choices,
) -> ComparisonResult:
    """Plan the same songs for each engine; print what is wrong with them on all of them.

    Raises InvalidSpecs if that is anything but warnings, UsageError if no render is selected.
    """
    batches = [load_specs(session, specs, engine, overrides, layer=layer) for engine in engines]
    common = _common([batch.diagnostics for batch in batches])
    print_diagnostics(common)
    if has_errors(common):
        raise InvalidSpecs(common)
    selection = with_states(selection, batches[0], session.workspace)
    said, recorded = _said(batches, selection), _recorded(session, batches)
    known = {_identity(one) for one in common}
    prospects = []
    for engine, batch in zip(engines, batches, strict=True):
        own = [one for one in batch.diagnostics if _identity(one) not in known]
        errors = [one for one in own if one.severity is Severity.ERROR]
        warnings = [one for one in own if one not in errors and one.code not in _TOLD]
        move = _move(session, batch, engine, said, recorded)
        plan = _plan(session, batch, engine, selection, choices)
        whole = {spec.name for spec in batch.specs}
        left_out = sum(render.spec not in whole for render in said.renders)
        prospects.append(Prospect(move, plan, errors, left_out, len(warnings)))
    return ComparisonResult(prospects, jobs)


def _common(of_each: Sequence[Sequence[Diagnostic]]) -> list[Diagnostic]:
    """Return the diagnostics that all engines have: they are not about any of them."""
    everywhere = set.intersection(*({_identity(one) for one in own} for own in of_each))
    return [one for one in of_each[0] if _identity(one) in everywhere]


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    return (*sort_key(diagnostic), diagnostic.fix)


def _said(batches: Sequence[Batch], selection: Selection) -> _Said:
    """Return what the specs say, each by the first engine that it has no errors for."""
    renders: list[UnresolvedRender] = []
    references: dict[str, Mapping[str, Reference]] = {}
    for batch in batches:
        chosen = _selected(batch, selection)
        new = {spec.name for spec in batch.specs} - references.keys()
        renders += [r.unresolved for r in batch.renders if r.spec in new and r.id in chosen]
        references |= {name: batch.references[name] for name in new}
    return _Said(renders, references)


def _selected(batch: Batch, selection: Selection) -> frozenset[str]:
    """Return the ids of the selected renders; of specs with errors they are not known."""
    try:
        return selection.among(batch.renders, batch.only)
    except UsageError:
        if batch.has_errors:
            return frozenset()
        raise


def _recorded(session: Session, batches: Iterable[Batch]) -> list[Manifest]:
    asked = {spec.name for batch in batches for spec in batch.specs}
    recorded = recorded_manifests(session.workspace)
    return [manifest for (spec, _), manifest in recorded.items() if spec in asked]


def _move(
    session: Session, batch: Batch, engine: str, said: _Said, recorded: Sequence[Manifest]
) -> Move:
    judged_for = batch.engines.lookup(engine).for_spec(None)
    is_there = session.workspace.tree.is_there
    return Move(
        batch.engines[engine],
        last_engine(recorded),
        find_losses(said.renders, said.references, judged_for),
        find_stays(recorded, batch.selects, engine, is_there),
    )


def _plan(
    session: Session, batch: Batch, engine: str, selection: Selection, choices: Choices
) -> EnginePlan | None:
    if not _selected(batch, selection):
        return None
    plans = make_engine_plans(batch, selection, session.run_context(), session.environment, choices)
    return next((one for one in plans if one.engine.name == engine), None)
