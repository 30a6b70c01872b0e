"""A diff for programs: one JSON object, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import printable_json
from songbatch.diff.compare import Kind, side_by_side

if TYPE_CHECKING:
    from songbatch.cli.views.results import DiffResult
    from songbatch.diff.baseline import Baseline
    from songbatch.diff.choices import ChosenChange, PickedTake
    from songbatch.diff.compare import Comparison, Difference
    from songbatch.diff.cost import DiffTotals
    from songbatch.diff.report import DiffReport
    from songbatch.outputs.audio_files import AudioFiles
    from songbatch.records import Entry

VERSION = 1


def diff_json(result: DiffResult) -> str:
    """Return every difference, and the totals. Prices in US dollars, durations in seconds."""
    return printable_json(_object(result.report, result.audio_files))


def _object(report: DiffReport, audio_files: AudioFiles) -> dict[str, Any]:
    return {
        "diff": VERSION,
        "was": _baseline(report.baseline),
        "now": "manifests" if report.is_recorded else "specs",
        "comparisons": [_comparison(one, audio_files) for one in report.comparisons],
        "chosen": [_chosen(change, audio_files) for change in report.chosen],
        "totals": _totals(report.totals),
    }


def _chosen(change: ChosenChange, audio_files: AudioFiles) -> dict[str, Any]:
    return {
        "song": change.song,
        "was": [_picked(take, audio_files) for take in change.was],
        "now": [_picked(take, audio_files) for take in change.now],
    }


def _picked(take: PickedTake, audio_files: AudioFiles) -> dict[str, Any]:
    return {
        "id": take.id,
        "engine": take.engine,
        "audio_sha256": take.audio_sha256,
        "listeners": list(take.listeners),
        "ratings": list(take.ratings),
        "notes": list(take.notes),
        "audio_file": audio_files.find(take.entry),
    }


def _baseline(baseline: Baseline) -> dict[str, Any]:
    commit = baseline.commit
    return {
        "revision": commit and commit.name,
        "commit": commit and commit.id,
        "manifest": baseline.file or None,
    }


def _comparison(comparison: Comparison, audio_files: AudioFiles) -> dict[str, Any]:
    return {
        "spec": comparison.spec,
        "engine": comparison.engine.as_named(),
        "same": comparison.same,
        "differences": [_difference(one, audio_files) for one in comparison.differences],
    }


def _difference(difference: Difference, audio_files: AudioFiles) -> dict[str, Any]:
    lyrics = side_by_side(*difference.lyrics) if difference.lyrics else ()
    return {
        "kind": difference.kind.value,
        "fate": difference.fate.name.lower(),
        "id": difference.id,
        "changes": [
            {"field": change.field, "was": change.was, "now": change.now}
            for change in difference.changes
        ],
        "lyrics": [{"was": row.was, "now": row.now} for row in lyrics],
        "was": _entry(difference.was, audio_files),
        "now": _entry(difference.now, audio_files),
    }


def _entry(entry: Entry | None, audio_files: AudioFiles) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "id": entry.id,
        "key": entry.key,
        "status": entry.status,
        "error": entry.error,
        "output": entry.output,
        "audio_sha256": entry.audio_sha256,
        "seconds": entry.seconds,
        "cost_usd": entry.cost_usd,
        "rendered_at": entry.rendered_at,
        "audio_file": audio_files.find(entry),
    }


def _totals(totals: DiffTotals) -> dict[str, Any]:
    return {
        **{kind.value: totals.kinds.get(kind, 0) for kind in Kind},
        "same": totals.same,
        "render": totals.to_render,
        "seconds": totals.seconds,
        "cost_usd": round(totals.cost_usd, 6),
        "rendered": totals.rendered,
        "paid_usd": round(totals.paid_usd, 6),
    }
