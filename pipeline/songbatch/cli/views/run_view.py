"""A run as lines of text; the base of the other views of a run.

`listen` is called from several threads. Results go to standard output, live progress to standard
error.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Self

import click

from songbatch.cli.outlet import Outlet
from songbatch.cli.pasting import pasteable
from songbatch.cli.views.alike import MOST_SINGLE, groups, some
from songbatch.cli.views.chosen import chosen_lines
from songbatch.cli.views.plan_text import COLOURS, LABEL_WIDTH, totals
from songbatch.cli.views.waves_text import short_text
from songbatch.cluster.news import CrewNews
from songbatch.diagnostics import printable
from songbatch.formatting import count, duration, money, nothing_to_do
from songbatch.outputs.selects_copies import CopiedSelects
from songbatch.plan import Action
from songbatch.records import NOT_ASKED, NOT_ASKED_FOR
from songbatch.run.events import (
    AskedElsewhere,
    Draining,
    Event,
    NewStore,
    PaidTwice,
    Retrying,
    StepDone,
    StepFailed,
    Unshared,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from songbatch.diagnostics import SongbatchError
    from songbatch.plan.waves import Wave
    from songbatch.records import Entry
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.pending import LeftBehind
    from songbatch.run.summary import Summary


class View:
    """Plain lines. Output that breaks raises nothing here: `outlet` remembers it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._told: Counter[str] = Counter()
        """How often a failure was told, by its words."""
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
                if self._is_news(event):
                    self._print(line)

    def _is_news(self, event: Event) -> bool:
        """Return whether an event says more than many others before it: the end counts them all."""
        if isinstance(event, AskedElsewhere):
            words = f"{event.who}{type(event).__name__}"
        elif isinstance(event, StepFailed | Retrying | Unshared):
            words = f"{event.message}{type(event).__name__}"
        else:
            return True
        self._told[words] += 1
        is_known = any(words.endswith(f": {cause}") for cause in self._told)
        return not is_known and self._told[words] <= MOST_SINGLE

    def end(self, summary: Summary, waves: Sequence[Wave] = ()) -> None:
        """Show what the run came to, and what failed and why; `waves` of takes it had."""
        for line in short_text(waves):
            self._print(printable(line))
        for line in summary_lines(summary):
            self._print(line)

    def suggest(self, command: str) -> None:
        """Say by which command to listen."""
        self._print(f"Listen: {printable(pasteable(command))}")

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
        lacking = CopiedSelects(lacking=summary.chosen.lacking)
        lines = (*chosen_lines(lacking), nothing_to_do(up_to_date))
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
        return pasteable("left at once; songbatch render goes on")
    text = pasteable(f"left at once; {', '.join(parts)}: songbatch plan shows what comes next")
    if not (left.jobs and left.is_paid):
        return text
    return text + pasteable(", songbatch jobs --cancel has them stopped")


def _line(event: Event) -> str | None:
    match event:
        case StepDone(action=action):
            return _label(action.value, action) + _done(event)
        case StepFailed():
            return _label("held" if event.is_held is True else "failed", Action.HOLD) + printable(
                f"{event.subject}: {event.message}"
            )
        case Retrying():
            wait = f"again in {duration(event.delay)}"
            return _label("retry", Action.UPLOAD) + printable(
                f"{event.subject}: {event.message} ({wait})"
            )
        case Draining():
            return f"stopping; {count(event.in_flight, 'request')} in flight, awaited and kept"
        case Waiting() | CrewNews() | NewStore() | AskedElsewhere() | PaidTwice() | Unshared():
            return _of_others(event)
        case _:
            return None


def _of_others(
    event: Waiting | CrewNews | NewStore | AskedElsewhere | PaidTwice | Unshared,
) -> str:
    """Return the line of what other runs and machines do."""
    match event:
        case Waiting():
            return f"waiting for another run on this project: {printable(event.holder)}"
        case CrewNews():
            return printable(event.message)
        case NewStore():
            return printable(f"{event.address} is new: nobody has shared songs there before")
        case AskedElsewhere():
            return _label("waiting", Action.SHARE) + printable(
                f"{event.subject}: {event.who} asks for it; its answer is waited for"
            )
        case PaidTwice():
            return _label("twice", Action.HOLD) + printable(
                f"{event.subject}: paid for here and by another machine, whose answer stands; this "
                f"one is kept in the store as {event.audio_sha256} (key {event.key})"
            )
        case Unshared():
            return _label("unshared", Action.HOLD) + printable(
                f"{event.subject}: {event.message}; the next run shares it, or songbatch push"
            )


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
    yield from _without_audio(summary)
    for line in summary.advice:
        yield printable(pasteable(line))
    if summary.not_begun:
        yield pasteable(f"{summary.not_begun:,} not begun. Run songbatch render again to go on.")
    yield from _findings(summary)
    yield from chosen_lines(summary.chosen)
    counts, undone = summary.counts, len(summary.undone) - summary.not_begun
    if not summary.undone and not any(counts[action] for action in _DID):
        yield nothing_to_do(counts[Action.REUSE])
        return
    counted = [f"{counts[action]:,} {word}" for action, word in _DID.items() if counts[action]]
    if counts[Action.REUSE]:
        counted.append(f"{counts[Action.REUSE]:,} up to date")
    if undone:
        counted.append(f"{undone:,} without audio")
    if summary.not_begun:
        counted.append(f"{summary.not_begun:,} not begun")
    yield f"Done: {', '.join(counted)}{_spent(summary)}."


def _without_audio(summary: Summary) -> Iterator[str]:
    """Yield a row for each render that failed or is held; of one cause, one for all."""
    undone = [entry for entry in summary.undone if entry.error != NOT_ASKED]
    if not undone:
        return
    yield ""
    yield click.style(f"{count(len(undone), 'render')} without audio:", bold=True)
    # What is held is named one by one: it may be paid.
    asked = [entry for entry in undone if not entry.was_not_asked]
    rows = [
        *groups(asked, lambda e: None if e.status == "held" else (e.ending, e.error)),
        *_by_error(entry for entry in undone if entry.was_not_asked),
    ]
    width = max((len(row[0].id) for row in rows if len(row) == 1), default=0)
    label = max(7, *(len(row[0].ending) + 1 for row in rows))
    for row in rows:
        names = some([entry.id for entry in row])
        error = _beside(row[0], summary.refusal)
        yield printable(f"  {row[0].ending:<{label}} {names:<{width}}  {error}").rstrip()
    for fix in summary.fixes:
        yield printable(f"  fix: {pasteable(fix)}")
    yield ""


def _beside(entry: Entry, refusal: SongbatchError | None) -> str:
    """Return why a render has no audio, without what is told at the end as the run's own error."""
    error = (entry.error or "").removeprefix(NOT_ASKED_FOR)
    return "" if error == str(refusal) else error.removesuffix(f": {refusal}")


def _by_error(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    """Return entries that say the same together, however few they are."""
    rows: dict[str | None, list[Entry]] = {}
    for entry in entries:
        rows.setdefault(entry.error, []).append(entry)
    return rows.values()


def _findings(summary: Summary) -> Iterator[str]:
    findings = summary.findings
    if not findings:
        return
    yield ""
    yield f"{count(len(findings), 'finding')}, worth a listen:"
    rows = list(groups(findings, lambda one: (one[1].code, one[1].detail)))
    width = max((len(row[0][0]) for row in rows if len(row) == 1), default=0)
    code = max(9, *(len(row[0][1].code) for row in rows))
    for row in rows:
        names, finding = some([subject for subject, _ in row]), row[0][1]
        yield printable(f"  {finding.code:<{code}} {names:<{width}}  {finding.detail}")
    yield ""


def _spent(summary: Summary) -> str:
    spent, assumed, unknown = summary.spent_usd, summary.assumed_usd, summary.unknown_usd
    of_units = " by the units that were billed" if summary.computed_usd else ""
    sums = [f"{money(spent)} spent{of_units}"] if spent else []
    if assumed:
        sums.append(f"about {money(assumed)}{' more' if spent else ''}")
    known = " and ".join(sums)
    at_most = [f"paid at most {money(spent + assumed + unknown)}"] if unknown else []
    text = ", ".join([*([known] if known else []), *at_most])
    return f"; {text}" if text else ""


_DID = {
    Action.RENDER: "rendered",
    Action.COLLECT: "collected",
    Action.JOIN: "joined",
    Action.SHARE: "shared",
    Action.RESTORE: "restored",
    Action.ADOPT: "adopted",
    Action.MEASURE: "measured",
    Action.REMOVE: "removed",
}
