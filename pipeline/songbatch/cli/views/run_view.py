"""A run as lines of text; the base of the other views of a run.

`listen` is called from several threads. Results go to standard output, live progress to standard
error.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import posixpath
import sys
import threading
from typing import TYPE_CHECKING, Self

import click

from songbatch.cli.outlet import Outlet
from songbatch.cli.views.plan_text import COLOURS, LABEL_WIDTH, totals
from songbatch.diagnostics import printable
from songbatch.formatting import count, duration, money, nothing_to_do
from songbatch.outputs.selects import CopiedSelects
from songbatch.plan import Action
from songbatch.run.events import Draining, Event, Retrying, StepDone, StepFailed, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.records import Entry
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.pending import LeftBehind
    from songbatch.run.summary import Summary

MOST_ALIKE = 3
"""So many renders that failed with the very same error are listed one by one."""


class View:
    """Plain lines. Output that breaks raises nothing here: `outlet` remembers it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.outlet = Outlet()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Give the terminal to somebody else for a moment."""
        yield

    def begin(
        self, engine_plans: Sequence[EnginePlan], jobs: int | None, notes: Sequence[str] = ()
    ) -> None:
        """Show what the run is about to do, and `notes` on its price."""
        if any(engine_plan.plan.changes for engine_plan in engine_plans):
            self._print(totals(engine_plans, jobs))
        for note in notes:
            self._print(printable(note))

    def listen(self, event: Event) -> None:
        """Show one event."""
        line = _line(event)
        if line is not None:
            with self._lock:
                self._print(line)

    def end(self, summary: Summary) -> None:
        """Show what the run came to, and what failed and why."""
        for line in summary_lines(summary):
            self._print(line)

    def leave(self, left: LeftBehind) -> None:
        """Say what is left, for a run that ends at once. From a thread that nobody waits for long.

        On standard error, past whatever holds this view's lock.
        """
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.write(sys.stderr.fileno(), f"{left_at_once(left)}\n".encode("ascii", "replace"))

    def again(self, summary: Summary) -> str | None:
        """Return what the next such run prints, which has nothing to do; None if it may have."""
        up_to_date = summary.up_to_date
        if up_to_date is None:
            return None
        lines = (*_chosen(CopiedSelects(lacking=summary.chosen.lacking)), nothing_to_do(up_to_date))
        return "".join(f"{line}\n" for line in lines)

    def _print(self, line: str) -> None:
        self.outlet.print(line)


def left_at_once(left: LeftBehind) -> str:
    """Return in one sentence what a run leaves that ends at once."""
    parts = []
    if left.in_flight:
        paid = "may have been paid" if left.is_paid else "not awaited"
        parts.append(f"{count(left.in_flight, 'request')} {paid}")
    if left.jobs:
        parts.append(f"{count(left.jobs, 'song')} still rendering at the service")
    if not parts:
        return "left at once; songbatch render goes on"
    return f"left at once; {', '.join(parts)}: songbatch plan shows what comes next"


def _line(event: Event) -> str | None:
    match event:
        case StepDone(action=action):
            return _label(action.value, action) + _done(event)
        case StepFailed():
            return _label("failed", Action.HOLD) + printable(f"{event.subject}: {event.message}")
        case Retrying():
            wait = f"again in {duration(event.delay)}"
            return _label("retry", Action.UPLOAD) + printable(
                f"{event.subject}: {event.message} ({wait})"
            )
        case Waiting():
            return f"waiting for another run on this project: {printable(event.holder)}"
        case Draining():
            return f"stopping; {count(event.in_flight, 'request')} in flight, awaited and kept"
        case _:
            return None


def _label(text: str, action: Action) -> str:
    return "  " + click.style(f"{text:<{LABEL_WIDTH}}", fg=COLOURS.get(action, "green")) + " "


def _done(event: StepDone) -> str:
    subject = event.subject if event.output is None else f"{event.subject} -> {event.output}"
    notes = [
        f"{duration(event.seconds)} of audio" if event.seconds is not None else "",
        f"in {duration(event.took)}" if event.took is not None else "",
        ("about " if event.cost_is_assumed else "") + money(event.cost_usd)
        if event.cost_usd
        else "",
        event.why if event.seconds is None else "",
    ]
    remarks = ", ".join(filter(None, notes))
    return printable(f"{subject} ({remarks})" if remarks else subject)


def summary_lines(summary: Summary) -> Iterator[str]:
    """Yield the table of what has no audio and why, then the totals."""
    undone = summary.undone
    if undone:
        yield ""
        yield click.style(f"{count(len(undone), 'render')} without audio:", bold=True)
        rows = list(_rows(undone))
        width = max(len(subject) for _, subject, _ in rows)
        label = max(7, *(len(status) for status, _, _ in rows))
        for status, subject, error in rows:
            yield printable(f"  {status:<{label}} {subject:<{width}}  {error}")
        for fix in summary.fixes:
            yield printable(f"  fix: {fix}")
        yield ""
    for line in summary.advice:
        yield printable(line)
    yield from _findings(summary)
    yield from _chosen(summary.chosen)
    counts = summary.counts
    if not undone and not any(counts[action] for action in _DID):
        yield nothing_to_do(counts[Action.REUSE])
        return
    counted = [f"{counts[action]:,} {word}" for action, word in _DID.items() if counts[action]]
    if counts[Action.REUSE]:
        counted.append(f"{counts[Action.REUSE]:,} up to date")
    if undone:
        counted.append(f"{len(undone):,} without audio")
    yield f"Done: {', '.join(counted)}{_spent(summary)}."


def _rows(undone: Sequence[Entry]) -> Iterator[tuple[str, str, str | None]]:
    """Yield status, subject and error; many that failed with the very same error are one row.

    What is held is named one by one: it may be paid.
    """
    alike: dict[tuple[str, str | None], list[str]] = {}
    for entry in undone:
        alike.setdefault((entry.status, entry.error), []).append(entry.id)
    for entry in undone:
        first, *others = alike[entry.status, entry.error]
        if len(others) < MOST_ALIKE or entry.status == "held":
            yield entry.status, entry.id, entry.error
        elif entry.id == first:
            yield entry.status, f"{first} and {len(others):,} more", entry.error


def _findings(summary: Summary) -> Iterator[str]:
    findings = summary.findings
    if findings:
        yield ""
        yield f"{count(len(findings), 'finding')}, worth a listen:"
        width = max(len(subject) for subject, _ in findings)
        for subject, finding in findings:
            yield printable(f"  {finding.code:<9} {subject:<{width}}  {finding.detail}")
        yield ""


def _chosen(chosen: CopiedSelects) -> Iterator[str]:
    for heard in chosen.lacking:
        yield printable(
            f"chosen, but since replaced by other audio: {heard.render} on {heard.engine}"
        )
    for verb, paths in (("Copied", chosen.copied), ("Removed", chosen.removed)):
        for folder, files in itertools.groupby(paths, posixpath.dirname):
            takes = count(len(list(files)), "chosen take")
            yield printable(f"{verb} {takes}: {folder}/")


def _spent(summary: Summary) -> str:
    spent, assumed, unknown = summary.spent_usd, summary.assumed_usd, summary.unknown_usd
    sums = [f"{money(spent)} spent"] if spent else []
    if assumed:
        sums.append(f"about {money(assumed)}{' more' if spent else ''}")
    known = " and ".join(sums)
    at_most = [f"paid at most {money(spent + assumed + unknown)}"] if unknown else []
    text = ", ".join([*([known] if known else []), *at_most])
    return f"; {text}" if text else ""


_DID = {
    Action.RENDER: "rendered",
    Action.COLLECT: "collected",
    Action.SHARE: "shared",
    Action.RESTORE: "restored",
    Action.ADOPT: "adopted",
    Action.MEASURE: "measured",
    Action.REMOVE: "removed",
}
