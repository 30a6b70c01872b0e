"""The plan's table, row by row: pure data in, steps out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from songbatch.engines.catalog import ENGINES
from songbatch.engines.identities import MUSIC01
from songbatch.measures import Finding
from songbatch.model import (
    AudioFormat,
    AudioSetting,
    Cover,
    EngineSettings,
    Purpose,
    Render,
    Uploaded,
)
from songbatch.plan import Action, Choices, EngineTerms, Plan, Reason, Snapshot, make_plan
from songbatch.prices import Amount, Price, PriceSource, Rate, Tariff
from songbatch.records import Entry, Manifest, Receipt
from tests.factories import AUDIO, DIGEST, FILE, RIVER, USE, entry, render

AGAIN = Choices(retry_unknown=1, again=True)
PRICE = Tariff((Rate(0.5),))
UPLOAD = ("account", DIGEST, Purpose.SONG, "")


def with_inputs(**more: object) -> Render:
    return replace(FIRST, inputs=replace(FIRST.inputs, **more))


def snapshot(
    *entries: Entry, stored: bool = False, intact: bool = False, **more: object
) -> Snapshot:
    """Return what is there after the entries were made; `stored` and `intact` say what is left."""
    there = Snapshot(
        receipts={e.key: Receipt(e.key, AUDIO, 1, 1.0, "") for e in entries} if stored else {},
        blobs={AUDIO} if stored else set(),
        outputs={e.output: FILE for e in entries} if intact else {},
        manifests={"demo": Manifest("demo", MUSIC01, {}, entries)} if entries else {},
    )
    return replace(there, **more)


def plan(renders: list[Render], there: Snapshot, choices: Choices = AGAIN) -> Plan:
    return make_plan(
        renders,
        {"demo": {"river": RIVER}},
        there,
        engine=EngineTerms(MUSIC01, "account", PRICE, 60.0),
        choices=choices,
        removable=["demo"],
    )


def decided(of: Render, there: Snapshot) -> tuple[Action, Reason, str]:
    (step,) = plan([of], there).renders
    return step.action, step.reason, step.detail


FIRST = render()
OTHER = "e" * 64
CHANGED = render(lyrics="lo")


def test_everything_there_is_reused() -> None:
    there = snapshot(entry(FIRST), stored=True, intact=True)
    assert decided(FIRST, there) == (Action.REUSE, Reason.UP_TO_DATE, "")
    assert not plan([FIRST], there).changes


def test_a_song_in_the_bytes_of_another_encoder_is_the_same_by_its_samples() -> None:
    recorded = entry(FIRST, audio_sha256=OTHER, song_sha256=DIGEST)
    receipt = Receipt(FIRST.key, AUDIO, 1, 1.0, "", song_sha256=DIGEST)
    there = snapshot(
        recorded,
        receipts={FIRST.key: receipt},
        blobs={AUDIO},
        outputs={recorded.output: OTHER},
    )
    assert decided(FIRST, there) == (Action.RESTORE, Reason.OTHER_MACHINE, "")
    known = replace(there, own={FILE: OTHER})
    assert decided(FIRST, known) == (Action.REUSE, Reason.UP_TO_DATE, "")
    exchanged = replace(known, outputs={recorded.output: AUDIO})
    assert decided(FIRST, exchanged) == (Action.RESTORE, Reason.OTHER_MACHINE, "")


def test_where_only_the_manifest_knows_samples_a_free_song_is_made_to_compare() -> None:
    recorded = entry(FIRST, audio_sha256=OTHER, song_sha256=DIGEST)
    there = snapshot(
        recorded, receipts={FIRST.key: Receipt(FIRST.key, AUDIO, 1, 1.0, "")}, blobs={AUDIO}
    )
    paid = plan([FIRST], there).renders[0]
    assert (paid.action, paid.reason) == (Action.RESTORE, Reason.OUTPUT_MISSING)
    free = make_plan(
        [FIRST],
        {"demo": {"river": RIVER}},
        there,
        engine=EngineTerms(MUSIC01, "account", Tariff(), 60.0),
        choices=AGAIN,
    ).renders[0]
    assert (free.action, free.reason) == (Action.RENDER, Reason.UNCOMPARED)
    intact = replace(there, outputs={recorded.output: FILE})
    assert decided(FIRST, intact)[0] is Action.REUSE


def test_what_nobody_measured_is_measured() -> None:
    there = snapshot(entry(FIRST, measures=None), stored=True, intact=True)
    assert decided(FIRST, there) == (Action.MEASURE, Reason.UNMEASURED, "")
    hopeless = entry(FIRST, measures=None, findings=(Finding("unmeasured", "damaged"),))
    assert decided(FIRST, snapshot(hopeless, stored=True, intact=True))[0] is Action.REUSE


def test_a_lost_store_is_adopted_from_the_output() -> None:
    there = snapshot(entry(FIRST), intact=True)
    assert decided(FIRST, there) == (Action.ADOPT, Reason.STORE_LOST, "")


@pytest.mark.parametrize(
    ("there", "reason", "detail"),
    [
        (snapshot(entry(FIRST), stored=True), Reason.OUTPUT_MISSING, ""),
        (
            snapshot(entry(FIRST), stored=True, outputs={FIRST.output: "d" * 64}),
            Reason.OUTPUT_CHANGED,
            "",
        ),
        (snapshot(entry(render("old")), stored=True), Reason.RENAMED, "demo/old/1"),
        (snapshot(entry(render("old")), intact=True), Reason.RENAMED, "demo/old/1"),
        (
            snapshot(entry(FIRST, output="outputs/demo/music-01/x.mp3"), stored=True, intact=True),
            Reason.RENAMED,
            "outputs/demo/music-01/x.mp3",
        ),
        (
            snapshot(entry(FIRST, tags={"title": "x"}), stored=True, intact=True),
            Reason.RETAGGED,
            "",
        ),
        (
            snapshot(entry(FIRST, tag_version=0), stored=True, intact=True),
            Reason.RETAGGED,
            "",
        ),
        (
            snapshot(entry(FIRST, cover=Cover("specs/c.png", DIGEST)), stored=True, intact=True),
            Reason.RETAGGED,
            "",
        ),
        (
            snapshot(entry(FIRST, id="demo/old/1"), stored=True, intact=True),
            Reason.RENAMED,
            "demo/old/1",
        ),
        (
            replace(snapshot(entry(FIRST), stored=True), manifests={}),
            Reason.RENDERED_BEFORE,
            "",
        ),
    ],
)
def test_audio_that_is_there_is_restored(there: Snapshot, reason: Reason, detail: str) -> None:
    assert decided(FIRST, there) == (Action.RESTORE, reason, detail)


@pytest.mark.parametrize(
    ("there", "reason", "detail"),
    [
        (snapshot(), Reason.NEW, ""),
        (snapshot(entry(CHANGED), stored=True, intact=True), Reason.CHANGED, "lyrics"),
        (
            snapshot(entry(CHANGED, take=2, voice=None)),
            Reason.CHANGED,
            "lyrics and voice and take",
        ),
        (snapshot(entry(FIRST, status="failed", error="no")), Reason.FAILED_BEFORE, "(no)"),
        (snapshot(entry(FIRST)), Reason.LOST, ""),
        (snapshot(entry(FIRST), outputs={FIRST.output: "d" * 64}), Reason.LOST, ""),
    ],
)
def test_the_rest_is_asked_for(there: Snapshot, reason: Reason, detail: str) -> None:
    assert decided(FIRST, there) == (Action.RENDER, reason, detail)


def test_an_audio_file_of_another_size_is_not_in_the_store() -> None:
    there = snapshot(entry(FIRST), stored=True)
    assert decided(FIRST, replace(there, blobs=set())) == (Action.RENDER, Reason.LOST, "")


def test_one_key_is_asked_for_once() -> None:
    twins = [FIRST, render("twin"), render("third", take=2)]
    steps = plan(twins, snapshot()).renders
    assert [step.action for step in steps] == [Action.RENDER, Action.SHARE, Action.RENDER]
    assert steps[1].detail == "demo/first/1"
    assert plan(twins, snapshot()).cost_usd == 1.0


@pytest.mark.parametrize(
    ("unknown", "allowed", "held"),
    [(1, 1, False), (2, 1, True), (1, 0, True), (1, None, True), (0, None, False)],
)
def test_what_may_have_been_paid_too_often_is_held(
    unknown: int, allowed: int | None, held: bool
) -> None:
    there = snapshot(unknown={FIRST.key: unknown})
    choices = Choices(retry_unknown=allowed)
    (step,) = plan([FIRST], there, choices).renders
    assert (step.action is Action.HOLD) == held
    assert bool(plan([FIRST], there, choices).uploads) != held


LEDGER_ONLY = Snapshot(receipts={FIRST.key: Receipt(FIRST.key, AUDIO, 1, 1.0, "")})


@pytest.mark.parametrize(
    "there",
    [
        snapshot(entry(FIRST)),
        snapshot(entry(render("old"))),
        snapshot(entry(FIRST), outputs={FIRST.output: "d" * 64}),
        LEDGER_ONLY,
        replace(LEDGER_ONLY, unknown={FIRST.key: 3}),
    ],
)
def test_what_was_paid_is_not_asked_for_again_unless_the_user_says_so(there: Snapshot) -> None:
    (step,) = plan([FIRST], there, Choices()).renders
    assert (step.action, step.reason) == (Action.HOLD, Reason.PAID_BEFORE)
    again = Choices(again=True, retry_unknown=9)
    assert plan([FIRST], there, again).renders[0].action is Action.RENDER


def test_consent_does_not_lift_the_bound_on_unknown_outcomes() -> None:
    there = replace(LEDGER_ONLY, unknown={FIRST.key: 1})
    (step,) = plan([FIRST], there, Choices(again=True)).renders
    assert (step.action, step.reason) == (Action.HOLD, Reason.UNKNOWN_OUTCOME)


def test_asking_again_changes_nothing_where_the_audio_is_here() -> None:
    for there in (snapshot(entry(FIRST), stored=True), snapshot(entry(FIRST), intact=True)):
        assert plan([FIRST], there, Choices(again=True)) == plan([FIRST], there, Choices())


@pytest.mark.parametrize(
    ("said", "by_user", "expected"),
    [
        (None, None, Price(0.03, 0.03, PriceSource.DEFAULT)),
        (0.0, None, Price(0.0, 0.03, PriceSource.PROJECT)),
        (0.5, None, Price(0.5, 0.5, PriceSource.PROJECT)),
        (0.5, 0.01, Price(0.01, 0.01, PriceSource.USER)),
        (None, 0.0, Price(0.0, 0.0, PriceSource.USER)),
    ],
)
def test_a_project_cannot_lower_what_bounds_count_with(
    said: float | None, by_user: float | None, expected: Price
) -> None:
    entry = ENGINES["music-01"].configured(EngineSettings(said))
    assert entry.tariff(by_user).price(Amount()) == expected


def test_uploads_are_for_what_is_asked_only_and_remembered() -> None:
    (upload,) = plan([FIRST, CHANGED], snapshot()).uploads
    assert (upload.key, upload.action, upload.names) == (UPLOAD, Action.UPLOAD, ("river",))
    known = snapshot(uploads={UPLOAD: Uploaded("v", "i")})
    (upload,) = plan([FIRST], known).uploads
    assert upload.action is Action.REUSE
    other = snapshot(uploads={("other", DIGEST, Purpose.SONG): Uploaded("v", "i")})
    assert plan([FIRST], other).uploads[0].action is Action.UPLOAD
    assert plan([FIRST], snapshot(entry(FIRST), stored=True)).uploads == ()


def test_outputs_without_a_render_are_removed_if_untouched() -> None:
    gone = entry(render("gone"))
    there = snapshot(entry(FIRST), gone, stored=True, intact=True)
    assert [step.entry.output for step in plan([FIRST], there).removals] == [gone.output]
    edited = replace(there, outputs={**there.outputs, gone.output: "d" * 64})
    assert plan([FIRST], edited).removals == ()


def test_a_key_is_made_of_what_decides_the_audio_and_of_nothing_else() -> None:
    same = [render("other"), render(output="x"), render(tags={"title": "y"}), render(label="z")]
    assert {one.key for one in same} == {FIRST.key}
    wav = AudioSetting(AudioFormat.WAV)
    different = [CHANGED, render(take=2), render(audio=wav), with_inputs(voice=None)]
    different.append(with_inputs(voice=replace(USE, purpose=Purpose.VOICE)))
    assert len({one.key for one in [FIRST, *different]}) == 6
    assert with_inputs(voice=replace(USE, reference="renamed")).key == FIRST.key


def test_changes_are_told_field_by_field() -> None:
    changes = CHANGED.inputs.changes_since(entry(FIRST).inputs(MUSIC01))
    assert [(c.field, c.was, c.now) for c in changes] == [("lyrics", "la", "lo")]
