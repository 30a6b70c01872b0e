"""Jobs under way by a ledger: their names, whose they are, and which of them patterns mean."""

from __future__ import annotations

import pytest

from songbatch.diagnostics import UsageError
from songbatch.engines.base import Cancellation
from songbatch.engines.catalog import Engines
from songbatch.model import AudioFormat, Purpose
from songbatch.records import MadeReference
from songbatch.run.jobs_under_way import JobsReport, ListedJob, jobs_under_way, meant_by
from songbatch.store.ledger import LedgerState
from songbatch.store.ledger_records import AskedRecord, SubmittedRecord

ENGINE, GONE = "fal/music-3", "elsewhere"
VOICE = MadeReference("0" * 64, Purpose.VOICE, "")


def ledger(*names: str, engine: str = ENGINE, account: str = "x") -> LedgerState:
    state = LedgerState()
    for number, name in enumerate(names):
        key = f"{number}"
        if name:
            state.apply(AskedRecord(key=key, attempt=1, id=name, engine=engine))
        state.apply(
            SubmittedRecord(
                at=f"2026-11-28T10:00:0{number}Z",
                key=key,
                attempt=1,
                job=f"job-{number}",
                engine=engine,
                account=account,
                format=AudioFormat.WAV,
                usd=None if number else 0.25,
                reference=VOICE if " as " in name else None,
            )
        )
    return state


def listed(*names: str) -> list[ListedJob]:
    return jobs_under_way(ledger(*names), Engines(), {})


def ids(*patterns: str) -> list[str]:
    names = ("demo/first/1", "demo/first/happy/1", "other/second/1", "river as voice", "")
    return [job.id for job in meant_by(patterns, listed(*names))]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("demo", ["demo/first/1", "demo/first/happy/1"]),
        ("first/1", ["demo/first/1"]),
        ("*/1", ["demo/first/1", "demo/first/happy/1", "other/second/1"]),
        ("Happy", ["demo/first/happy/1"]),
        ("specs/other.yaml", ["other/second/1"]),
        ("river", ["river as voice"]),
        ("river as voice", ["river as voice"]),
        ("riv*", ["river as voice"]),
        ("job-4", ["job-4"]),
    ],
)
def test_a_pattern_means_songs_and_references(pattern: str, meant: list[str]) -> None:
    assert ids(pattern) == meant


def test_all_that_any_pattern_means_is_meant_and_without_one_everything() -> None:
    assert ids("river", "second") == ["other/second/1", "river as voice"]
    assert len(ids()) == 5


@pytest.mark.parametrize(
    ("pattern", "fix"),
    [("", "songbatch jobs lists them"), ("rivr as voice", 'did you mean "river as voice"?')],
)
def test_a_pattern_that_means_nothing_is_an_error(pattern: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        ids(pattern)
    assert caught.value.fix == fix


def test_whose_a_job_is() -> None:
    own = Engines()[ENGINE].account({})
    assert [
        jobs_under_way(ledger("demo/a/1", engine=engine, account=account), Engines(), {})[0].is_own
        for engine, account in ((ENGINE, own), (ENGINE, "x"), (GONE, own))
    ] == [True, False, None]


def test_what_was_dropped_is_not_charged() -> None:
    first, second = listed("demo/a/1", "demo/b/1")
    assert JobsReport((first, second)).usd == 0.25
    dropped = ListedJob(first.id, first.record, True, Cancellation.DROPPED)
    assert JobsReport((dropped, second), is_cancelling=True).usd == 0
