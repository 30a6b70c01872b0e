"""Proposals of a part of a recording, to be pasted into a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.batch.project_files import demand_engine
from songbatch.cli.session import project_engines
from songbatch.diagnostics import UsageError, printable_json
from songbatch.formatting import count, enumerated, moment
from songbatch.shell import shell_word
from songbatch.traits import HOSTED_CONTRACT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from songbatch.engines.sketch.analysis.chorus import CutLength, ProposedCut
    from songbatch.model import Purpose
    from songbatch.traits import ReferenceRule

BEST_SECONDS = 30.0
"""Verse and chorus need no more, where an engine does not say how much it hears."""
MOST_SECONDS = 60.0
SHORTEST_SECONDS = 5.0


def wanted_cut(engine: str | None, purpose: Purpose, project: Path | None) -> CutLength:
    """Return the lengths that an engine takes, and what suits it best. Raises UsageError.

    Without an engine, those of the hosted contract, which the sketch engine takes, too.
    """
    from songbatch.engines.sketch.analysis.chorus import CutLength  # noqa: PLC0415  (loads numpy)

    rule = (
        HOSTED_CONTRACT.references[purpose] if engine is None else _rule(engine, purpose, project)
    )
    form = rule.form
    heard = None if form is None else form.seconds or form.most_seconds
    least = max(rule.seconds.least, rule.advised_seconds or 0.0, SHORTEST_SECONDS)
    most = min(rule.seconds.most, MOST_SECONDS, max(heard or MOST_SECONDS, least + BEST_SECONDS))
    return CutLength(least, most, min(max(heard or BEST_SECONDS, least), most))


def _rule(engine: str, purpose: Purpose, project: Path | None) -> ReferenceRule:
    _, engines = project_engines(project)
    demand_engine(engine, engines)
    rule = engines[engine].traits.references.get(purpose)
    if rule is None:
        raise UsageError(
            f"{engine} takes no {purpose} reference",
            fix=f"songbatch engines {shell_word(engine)} lists what it takes",
        )
    return rule


def proposal_lines(found: ProposedCut) -> Iterator[str]:
    """Yield the keys of a reference, and why, as a comment of YAML."""
    first, last = _moments(found)
    yield f"from: {moment(first)}"
    yield f"to: {moment(last)}"
    reasons = [
        f"{count(found.bars, 'bar')} of {found.beats_per_bar}/4 at {found.bpm:.1f} bpm from bar "
        f"{found.first_bar} on, {(last - first) / 1000:.1f} s"
    ]
    if found.again:
        bars = enumerated([str(bar) for bar in found.again])
        reasons.append(f"the same comes again with bar {bars}")
    if abs(found.louder_db) >= 0.5:
        kind = "louder" if found.louder_db > 0 else "softer"
        reasons.append(f"{abs(found.louder_db):.1f} dB {kind} than most bars")
    yield f"# {'; '.join(reasons)}"


def proposal_json(found: ProposedCut) -> str:
    """Return the same for programs: places in milliseconds and as specs have them."""
    first, last = _moments(found)
    return printable_json(
        {
            "suggestion": 1,
            "from": moment(first),
            "to": moment(last),
            "from_ms": first,
            "to_ms": last,
            "first_bar": found.first_bar,
            "bars": found.bars,
            "meter": f"{found.beats_per_bar}/4",
            "bpm": round(found.bpm, 2),
            "again_with_bars": list(found.again),
            "louder_db": round(found.louder_db, 1),
        }
    )


def _moments(found: ProposedCut) -> tuple[int, int]:
    """Return both ends in milliseconds; the end is never behind that of the recording."""
    return round(found.start * 1000), int(found.end * 1000)
