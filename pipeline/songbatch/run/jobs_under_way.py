"""Jobs under way of a project, by its ledger: whose they are, and which of them patterns mean."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.engines.base import Cancellation
from songbatch.plan.selection import matching, near_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.engines.catalog import Engines
    from songbatch.model import Value
    from songbatch.store.ledger import LedgerState
    from songbatch.store.ledger_records import SubmittedRecord

_OF_REFERENCE = " as "
"""Between the name of a reference and its purpose, where the ledger names what a job is for."""
_PARTS_OF_SONG = 3
"""The least that an id has: spec, song and take."""


class ListedJob(msgspec.Struct, frozen=True):
    """A job under way: what the ledger has of it, and what came of asking to cancel it.

    `id` is that of its song, or the reference and its purpose. `is_own` says whether it is of the
    address and key that its engine has now, None if the project has no such engine any more.
    `outcome` is None unless its service was asked, and `why` says what kept it from being asked.
    """

    id: str
    record: SubmittedRecord
    is_own: bool | None
    outcome: Cancellation | None = None
    why: str = ""

    @property
    def is_reference(self) -> bool:
        """Whether it makes an id of a reference, and no song."""
        return self.record.reference is not None

    @property
    def output(self) -> str:
        """Return the id: where an output lies is not known here."""
        return self.id

    @property
    def values(self) -> Mapping[str, Value]:
        """Return nothing: what tells variants apart is not known here."""
        return {}


class JobsReport(msgspec.Struct, frozen=True):
    """Jobs under way; `is_cancelling` if their services were asked to cancel them."""

    jobs: Sequence[ListedJob]
    is_cancelling: bool = False

    @property
    def usd(self) -> float:
        """What may be charged for them, in US dollars, by the plans that they came of."""
        left = (job for job in self.jobs if job.outcome is not Cancellation.DROPPED)
        return sum(job.record.usd or 0.0 for job in left)


def jobs_under_way(
    state: LedgerState, engines: Engines, environment: Mapping[str, str]
) -> list[ListedJob]:
    """Return every job under way, engine by engine, the oldest first."""
    records = [
        (state.names.get(key) or record.job, record)
        for key, attempts in state.jobs.items()
        for record in attempts.values()
    ]
    accounts = {
        name: engines[name].account(environment) if name in engines else None
        for name in {record.engine for _, record in records}
    }

    def is_own(record: SubmittedRecord) -> bool | None:
        account = accounts[record.engine]
        return None if account is None else account == record.account

    listed = [ListedJob(name, record, is_own(record)) for name, record in records]
    return sorted(listed, key=lambda job: (job.record.engine, job.record.at, job.id))


def meant_by(patterns: Sequence[str], jobs: Sequence[ListedJob]) -> list[ListedJob]:
    """Return the jobs that any of the patterns means; without patterns, all of them.

    A song is meant as `songbatch.plan.selection` says, a reference by its name. Raises UsageError
    for a pattern that means none.
    """
    if not patterns:
        return list(jobs)
    songs = [job for job in jobs if job.id.count("/") + 1 >= _PARTS_OF_SONG]
    others = {job.id for job in jobs} - {job.id for job in songs}
    wanted: set[str] = set()
    for pattern in patterns:
        found = matching(pattern, songs) | {name for name in others if _is_meant(name, pattern)}
        if not found:
            raise UsageError(
                f"no job under way is meant by {pattern!r}",
                fix=near_name(pattern, songs, others) or "songbatch jobs lists them",
            )
        wanted |= found
    return [job for job in jobs if job.id in wanted]


def _is_meant(name: str, pattern: str) -> bool:
    return any(fnmatchcase(each, pattern) for each in (name, name.partition(_OF_REFERENCE)[0]))
