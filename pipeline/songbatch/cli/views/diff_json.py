"""A diff for programs: one JSON object, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.diff.compare import Kind, side_by_side

if TYPE_CHECKING:
    from songbatch.cli.views.diff_messages import Report
    from songbatch.diff.baseline import Past
    from songbatch.diff.compare import Comparison, Difference
    from songbatch.diff.cost import Bill
    from songbatch.outputs.audio_files import Whereabouts
    from songbatch.records import Entry

VERSION = 1


def diff_json(report: Report, whereabouts: Whereabouts) -> dict[str, Any]:
    """Return every difference, and the totals. Prices in US dollars, durations in seconds."""
    return {
        "diff": VERSION,
        "was": _past(report.past),
        "now": "manifests" if report.is_recorded else "specs",
        "comparisons": [_comparison(one, whereabouts) for one in report.comparisons],
        "totals": _totals(report.bill),
    }


def _past(past: Past) -> dict[str, Any]:
    commit = past.commit
    return {
        "revision": commit and commit.name,
        "commit": commit and commit.id,
        "manifest": past.file or None,
    }


def _comparison(comparison: Comparison, whereabouts: Whereabouts) -> dict[str, Any]:
    return {
        "spec": comparison.spec,
        "engine": comparison.engine.as_json(),
        "same": comparison.same,
        "differences": [_difference(one, whereabouts) for one in comparison.differences],
    }


def _difference(difference: Difference, whereabouts: Whereabouts) -> dict[str, Any]:
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
        "was": _entry(difference.was, whereabouts),
        "now": _entry(difference.now, whereabouts),
    }


def _entry(entry: Entry | None, whereabouts: Whereabouts) -> dict[str, Any] | None:
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
        "audio_file": whereabouts.of(entry),
    }


def _totals(bill: Bill) -> dict[str, Any]:
    return {
        **{kind.value: bill.kinds.get(kind, 0) for kind in Kind},
        "same": bill.same,
        "render": bill.to_render,
        "seconds": bill.seconds,
        "cost_usd": round(bill.cost_usd, 6),
        "rendered": bill.rendered,
        "paid_usd": round(bill.paid_usd, 6),
    }
