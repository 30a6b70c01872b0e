"""What a run came to: counts, money, advice and the exit code, from plans and outcomes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.cli.views.run_view import summary_lines
from songbatch.diagnostics import EngineRefused
from songbatch.engines.catalog import ENGINES
from songbatch.engines.identities import MUSIC01
from songbatch.measures import Finding
from songbatch.outputs.selects_copies import CopiedSelects
from songbatch.plan import Action, Plan, Reason, RemoveStep, RenderStep, Snapshot
from songbatch.prices import Rate, Tariff
from songbatch.records import Entry, Receipt
from songbatch.run.budget import Overcharge
from songbatch.run.engine_plans import EnginePlan, Outcome
from songbatch.run.pending import SendResult
from songbatch.run.summary import Summary
from tests.factories import entry, render

PRICE = Tariff((Rate(0.5),))
REASONS = {
    Action.REUSE: Reason.UP_TO_DATE,
    Action.RENDER: Reason.NEW,
    Action.RESTORE: Reason.OUTPUT_MISSING,
    Action.MEASURE: Reason.UNMEASURED,
    Action.HOLD: Reason.UNKNOWN_OUTCOME,
}


def summary(
    *songs: tuple[Action, Entry],
    sent: SendResult | None = None,
    removals: tuple[RemoveStep, ...] = (),
    copied: CopiedSelects | None = None,
    reasons: dict[Action, Reason] | None = None,
    snapshot: Snapshot | None = None,
    measures: bool = True,
) -> Summary:
    """Return the summary of a run on one engine; each song is named by its entry."""
    steps = tuple(
        RenderStep(render(one.song, one.lyrics or ""), action, (REASONS | (reasons or {}))[action])
        for action, one in songs
    )
    plan = Plan(MUSIC01, steps, removals=removals, tariff=PRICE)
    engine_plan = EnginePlan(
        ENGINES[MUSIC01.name], ("demo",), snapshot or Snapshot(), plan, measures=measures
    )
    outcome = Outcome({one.id: one for _, one in songs}, sent or SendResult())
    return Summary(((engine_plan, outcome),), copied or CopiedSelects())


def song(name: str = "first", **more: object) -> Entry:
    return entry(render(name, name), **more)


def test_everything_up_to_date() -> None:
    found = summary((Action.REUSE, song("a")), (Action.REUSE, song("b")))
    assert (found.exit_code, found.up_to_date, found.has_changed_anything) == (0, 2, False)
    assert (found.findings, found.advice, found.undone) == ([], [], [])


def test_each_fix_is_told_once_and_not_that_of_the_refusal() -> None:
    lost = [(Action.RENDER, song(name, status="failed")) for name in "abcd"]
    ids = [one.id for _, one in lost]
    fixes = dict(zip(ids, ("start it", "look", "look", "set the key"), strict=True))
    refusal = EngineRefused("no such key", fix="set the key")
    assert summary(*lost, sent=SendResult(fixes=fixes)).fixes == ["start it", "look", "set the key"]
    found = summary(*lost, sent=SendResult(fixes=fixes, refusal=refusal))
    assert found.fixes == ["start it", "look"]
    printed = "\n".join(summary_lines(found))
    assert [line for line in printed.splitlines() if "fix:" in line] == [
        "  fix: start it",
        "  fix: look",
    ]


def test_many_songs_with_the_very_same_error_are_one_row() -> None:
    failed = [song(name, status="failed", error="no key") for name in "abcd"]
    other = song("e", status="failed", error="too long")
    few = [song(name, status="held", error="no key") for name in "fghi"]
    lines = list(summary_lines(summary(*((Action.RENDER, one) for one in [*failed, other, *few]))))
    assert "9 renders without audio:" in lines[1]
    assert [line.split(maxsplit=1) for line in lines[2:8]] == [
        ["failed", "demo/a/1, demo/b/1, demo/c/1 and 1 more  no key"],
        ["failed", "demo/e/1  too long"],
        ["held", "demo/f/1  no key"],
        ["held", "demo/g/1  no key"],
        ["held", "demo/h/1  no key"],
        ["held", "demo/i/1  no key"],
    ]
    assert lines[-1] == "Done: 9 without audio."


def test_what_was_done_is_counted_by_how() -> None:
    found = summary(
        (Action.RENDER, song("a")),
        (Action.RENDER, song("b", status="failed")),
        (Action.RESTORE, song("c")),
        removals=(RemoveStep(song("gone")),),
    )
    assert found.counts == {Action.RENDER: 1, Action.RESTORE: 1, Action.REMOVE: 1}
    assert [one.song for one in found.undone] == ["b"]
    assert found.has_changed_anything


def test_what_was_left_unmeasured_is_merely_up_to_date() -> None:
    found = summary((Action.MEASURE, song(measures=None)))
    assert found.counts[Action.REUSE] == 1
    assert found.up_to_date is None
    without = summary((Action.REUSE, song(measures=None)), measures=False)
    assert without.up_to_date == 1


def test_copies_of_selects_are_a_change() -> None:
    reused = (Action.REUSE, song())
    for copied in (CopiedSelects(copied=("a.mp3",)), CopiedSelects(removed=("a.mp3",))):
        assert summary(reused, copied=copied).has_changed_anything


@pytest.mark.parametrize(
    ("statuses", "sent", "code"),
    [
        (["done"], SendResult(), 0),
        (["done", "held"], SendResult(), 3),
        (["held", "failed"], SendResult(), 1),
        (["held", "failed"], SendResult(interrupted=True), 130),
        (["failed"], SendResult(interrupted=True, refusal=EngineRefused("no")), 5),
    ],
)
def test_the_worst_decides_the_exit_code(statuses: list[str], sent: SendResult, code: int) -> None:
    songs = [(Action.RENDER, song(str(n), status=state)) for n, state in enumerate(statuses)]
    assert summary(*songs, sent=sent).exit_code == code


def test_only_songs_that_the_run_touched_have_findings() -> None:
    flagged = {"findings": (Finding("silent", "silent for 20 s"),)}
    found = summary((Action.RENDER, song("a", **flagged)), (Action.REUSE, song("b", **flagged)))
    assert found.findings == [("demo/a/1", Finding("silent", "silent for 20 s"))]


def test_money_is_kept_apart_by_who_says_so() -> None:
    sent = SendResult(spent_usd=1.0, assumed_usd=0.5, unknown_usd=0.25)
    found = summary((Action.RENDER, song()), sent=sent)
    assert (found.spent_usd, found.assumed_usd, found.unknown_usd) == (1.0, 0.5, 0.25)
    both = Summary(found.engine_plans * 2, CopiedSelects())
    assert (both.spent_usd, both.assumed_usd, both.unknown_usd) == (2.0, 1.0, 0.5)


def test_a_service_that_charges_more_is_said_with_what_to_write() -> None:
    (line,) = summary((Action.RENDER, song()), sent=SendResult(worst=Overcharge(0.75, 0.5))).advice
    assert line.startswith("the service charges $0.75 where $0.50 was planned")
    assert "{music-01: {usd_per_render: 0.75}}" in line
    assert summary((Action.RENDER, song()), sent=SendResult()).advice == []


def test_songs_that_may_have_been_paid_are_counted_by_request_and_key() -> None:
    twins = [
        entry(render(name), status="held", unknown_outcomes=2, audio_sha256=None)
        for name in ("a", "b")
    ]
    (line,) = summary(*((Action.HOLD, one) for one in twins)).advice
    assert line == (
        "1 may have been paid for without an answer (about $1.00): "
        "pass --retry-unknown 2 to request them again"
    )


def test_what_may_have_been_paid_counts_at_the_highest_price_seen() -> None:
    held = song(status="held", unknown_outcomes=1)
    advice = summary((Action.HOLD, held), sent=SendResult(worst=Overcharge(2.0, 0.5))).advice
    assert any("(about $2.00)" in line for line in advice)


@pytest.mark.parametrize(("recorded_usd", "said"), [(0.2, "$0.20"), (None, "$0.50"), (0, "$0.50")])
def test_songs_that_were_paid_before(recorded_usd: float | None, said: str) -> None:
    held = song(status="held", unknown_outcomes=1)
    receipt = Receipt(held.key, "b" * 64, 1, None, "", cost_usd=recorded_usd)
    (line,) = summary(
        (Action.HOLD, held),
        reasons={Action.HOLD: Reason.PAID_BEFORE},
        snapshot=Snapshot(receipts={held.key: receipt}),
    ).advice
    assert line.startswith(f"1 was paid for before ({said}), but its audio is not here")


@given(
    st.lists(
        st.tuples(st.sampled_from(list(REASONS)), st.sampled_from(["done", "failed", "held"])),
        max_size=8,
    )
)
def test_every_song_is_done_or_undone_and_the_exit_code_says_so(
    songs: list[tuple[Action, str]],
) -> None:
    found = summary(*((action, song(str(n), status=s)) for n, (action, s) in enumerate(songs)))
    assert sum(found.counts.values()) + len(found.undone) == len(songs)
    assert (found.exit_code == 0) == (not found.undone)
    assert (found.up_to_date is None) == bool(found.undone)
