"""Jobs under way for people: engine by engine; or what became of those that were cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.cells import padded, width
from songbatch.cli.pasting import pasteable
from songbatch.cli.views.alike import some
from songbatch.diagnostics import printable
from songbatch.engines.base import Cancellation
from songbatch.formatting import count, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.run.jobs_under_way import JobsReport, ListedJob

NOTHING = "Nothing is under way."
OUTCOMES = {
    Cancellation.DROPPED: "cancelled before the service began, at no cost",
    Cancellation.ASKED: "asked to stop, and may be charged all the same",
    Cancellation.OVER: "ended already, and charged if a song came of it",
    Cancellation.NOT_KNOWN: "not known to the service any more, and may have been charged",
    Cancellation.IMPOSSIBLE: "not cancelled: the service has no way to",
}


def jobs_text(report: JobsReport) -> str:
    """Return the jobs, and what may be charged for them."""
    if not report.jobs:
        return NOTHING
    return "\n".join(_cancelled(report) if report.is_cancelling else _listed(report))


def _listed(report: JobsReport) -> Iterator[str]:
    for engine, jobs in _by_engine(report.jobs).items():
        yield click.style(printable(f"{engine}: {count(len(jobs), 'job')} under way"), bold=True)
        names = {job: printable(_name(job)) for job in jobs}
        cells = max(map(width, names.values()))
        for job in jobs:
            parts = [f"since {job.record.at}", _price(job), _whose(job)]
            yield f"  {padded(names[job], cells)}  {printable(', '.join(filter(None, parts)))}"
    charged = f"About {money(report.usd)} in all. " if report.usd else ""
    yield pasteable(
        f"{charged}songbatch render collects what is done; songbatch jobs --cancel asks services "
        "to cancel the rest"
    )


def _cancelled(report: JobsReport) -> Iterator[str]:
    for engine, jobs in _by_engine(report.jobs).items():
        yield click.style(printable(engine), bold=True)
        for said, alike in _alike(jobs).items():
            usd = sum(job.record.usd or 0.0 for job in alike)
            is_free = alike[0].outcome is Cancellation.DROPPED or not usd
            price = "" if is_free else f" (about {money(usd)})"
            names = some([_name(job) for job in alike])
            yield printable(f"  {len(alike):,} {pasteable(said)}{price}: {names}")
    dropped = sum(job.outcome is Cancellation.DROPPED for job in report.jobs)
    left = f"about {money(report.usd)} may be charged" if report.usd else "nothing is charged"
    yield f"Cancelled {dropped:,} of {count(len(report.jobs), 'job')}; {left}."
    if dropped < len(report.jobs):
        yield pasteable("songbatch render collects what came of the others")


def _by_engine(jobs: Iterable[ListedJob]) -> dict[str, list[ListedJob]]:
    found: dict[str, list[ListedJob]] = {}
    for job in jobs:
        found.setdefault(job.record.engine, []).append(job)
    return found


def _alike(jobs: Iterable[ListedJob]) -> dict[str, list[ListedJob]]:
    """Return jobs by what is said of them, what was cancelled first."""
    found: dict[str, list[ListedJob]] = {said: [] for said in OUTCOMES.values()}
    for job in jobs:
        said = f"not cancelled: {job.why}" if job.outcome is None else OUTCOMES[job.outcome]
        found.setdefault(said, []).append(job)
    return {said: alike for said, alike in found.items() if alike}


def _name(job: ListedJob) -> str:
    return f"reference {job.id}" if job.is_reference else job.id


def _price(job: ListedJob) -> str:
    usd = job.record.usd
    if usd is None:
        return "at a price that is not known"
    return f"about {money(usd)}" if usd else "at no cost"


def _whose(job: ListedJob) -> str:
    if job.is_own is None:
        return "of an engine that the project has no more"
    return "" if job.is_own else "of another address or key than now"
