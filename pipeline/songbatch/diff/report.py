"""The report of a diff: what differs between a baseline and the project, and the totals. Pure.

It needs manifests only: those of the baseline, and those of now, recorded or forecast. Nothing here
is worded for any view (`songbatch.cli.views` does that).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.diff.choices import compare_choices
from songbatch.diff.compare import compare_all
from songbatch.diff.cost import add_up
from songbatch.spec_files import meant_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from songbatch.diff.baseline import Baseline
    from songbatch.diff.choices import ChosenChange
    from songbatch.diff.compare import Comparison
    from songbatch.diff.cost import DiffTotals
    from songbatch.engines.entry import EngineEntry
    from songbatch.records import Manifest, ManifestId
    from songbatch.selects import Selects


class DiffReport(msgspec.Struct, frozen=True):
    """The differences of a project, as it is or as it is recorded, from a baseline."""

    baseline: Baseline
    comparisons: tuple[Comparison, ...]
    """One for each spec on each engine, sorted."""
    totals: DiffTotals
    is_recorded: bool
    """Whether manifests were compared with manifests, and not with what the specs ask for."""
    chosen: tuple[ChosenChange, ...] = ()
    """Songs of which listeners chose other takes."""

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        return bool(self.totals.kinds or self.chosen)

    @property
    def title(self) -> str:
        """What is compared with what."""
        now = "manifests" if self.is_recorded else "specs"
        return f"{self.baseline} against {now} as they are now"


def make_report(
    baseline: Baseline,
    now: Mapping[ManifestId, Manifest],
    specs: Collection[str],
    engines: Mapping[str, EngineEntry],
    *,
    is_recorded: bool,
    selects: Selects | None = None,
) -> DiffReport:
    """Compare the manifests of `specs` with those of the baseline.

    `now` are the recorded manifests or, from `songbatch.diff.forecast`, the planned ones; only a
    manifest's own spec and engine are compared with a baseline that is a file. `engines` are the
    project's: they decide what a render costs and how long it takes. `selects` are the listeners'
    verdicts of now, to be compared with the baseline's.
    """
    places = baseline.manifests.keys() if baseline.file else baseline.manifests.keys() | now.keys()
    compared = [place for place in sorted(places) if place[0] in specs]
    comparisons = compare_all(baseline.manifests, now, compared)
    everything = [*now.values(), *baseline.manifests.values()]
    chosen = compare_choices(baseline.selects, selects, everything, specs) if selects else ()
    return DiffReport(baseline, comparisons, add_up(comparisons, engines), is_recorded, chosen)


def specs_to_compare(
    wanted: Iterable[str], existing: Iterable[str], baseline: Baseline
) -> frozenset[str]:
    """Return the names of the specs to compare: the wanted ones, or all.

    One may be gone by now, or be new. Raises UsageError for one that is neither among the existing
    specs nor in the baseline.
    """
    if baseline.file:
        return baseline.specs
    known = baseline.specs | frozenset(existing)
    names = {(meant_spec(word, known) or (word,))[0] for word in wanted} or known
    for name in sorted(names - known):
        there = f"the specs are {', '.join(sorted(known))}" if known else "write one first"
        near = did_you_mean(name, known) or there
        raise UsageError(f"there is no spec {name!r}, neither now nor at {baseline}", fix=near)
    return frozenset(names)


def specs_to_plan(compared: Collection[str], existing: Iterable[str]) -> list[str]:
    """Return which of the compared specs exist now. Raises UsageError if none does."""
    left = [name for name in existing if name in compared]
    if not left:
        raise UsageError(
            f"no longer among the specs: {', '.join(sorted(compared))}",
            fix="compare what is recorded: --recorded",
        )
    return left


def engine_of(baseline: Baseline) -> str | None:
    """Return the engine of a manifest file, on which the specs are to be forecast; else None."""
    return next((engine for _, engine in baseline.manifests if baseline.file), None)
