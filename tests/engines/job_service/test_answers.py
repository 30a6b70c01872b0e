"""What answers tell, along the paths of a row, and what is said where a path leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.answers import cost_of, facts_of, handle_of
from songbatch.engines.job_service.dialect import Finished
from songbatch.prices import Amount
from tests.engines.job_service.samples import OWN, hand, named, row

URL = "https://v3b.fal.media/files/b/song.wav"
AUDIO = {"url": URL, "content_type": "image/png", "file_name": "song.wav"}


def test_music_3() -> None:
    output = {"audio": AUDIO, "seed": 41, "duration": 58.2}
    facts = facts_of(Finished(output), row("music-3"), named("music-3"))
    assert (facts.address, facts.seed, facts.seconds) == (URL, 41, 58.2)
    assert facts.filled_in == {"duration": 58.2}
    assert facts.remarks == ()


def test_mureka_with_the_times_of_its_lines() -> None:
    output = {
        "song_id": "1",
        "audio": {"url": URL},
        "duration": 183000,
        "lyrics_sections": [
            {
                "section_type": "verse",
                "start": 0,
                "end": 12000,
                "lines": [
                    {"text": "Hello  world", "start": 500, "end": 12000},
                    {"text": "", "start": 1},
                    {"text": "Again\x1b", "start": 12000},
                    {"text": "no time"},
                ],
            },
            {"section_type": "outro", "lines": None},
        ],
    }
    facts = facts_of(Finished(output), row("mureka-9"), named("mureka-9"))
    assert facts.seconds == 183
    assert facts.line_times == ((0.5, "Hello world"), (12.0, "Again\\x1b"))


@pytest.mark.parametrize("output", [URL, [URL, "https://other.example/2.wav"]])
def test_replicate_answers_the_address_alone(output: Any) -> None:
    model = row("ace-step-1.5", "replicate")
    facts = facts_of(Finished(output), model, named("ace-step-1.5", "replicate"))
    assert (facts.address, facts.seed, facts.remarks) == (URL, None, ())


def test_lines_may_come_without_sections_and_in_seconds() -> None:
    own = OWN | {"gives": {"audio": "files", "lines": "lines", "line_unit": "s", "model": "m"}}
    output = {"files": [{"url": URL}], "lines": [{"text": "la", "start": 1.5}], "m": "new-2"}
    model = row("my-model", my_model=own)
    facts = facts_of(Finished(output), model, named("my-model"))
    assert (facts.address, facts.model, facts.line_times) == (URL, "new-2", ((1.5, "la"),))
    assert facts.remarks == ("no seed",)


@pytest.mark.parametrize("value", [True, "x", -1, 2**64, None, 1.5, [41]])
def test_an_odd_seed_is_none(value: Any) -> None:
    output = {"audio": AUDIO, "seed": value, "duration": "long"}
    facts = facts_of(Finished(output), row("music-3"), named("music-3"))
    assert (facts.seed, facts.seconds) == (None, None)
    assert facts.remarks == ("no seed", "no duration")


def test_a_path_that_leads_nowhere_names_the_right_one() -> None:
    output = {"track": {"file": URL}, "seed": 4, "cover": {"src": "https://x.example/a.png"}}
    with pytest.raises(EngineError) as caught:
        facts_of(Finished(output), row("music-3"), named("music-3"))
    assert str(caught.value) == (
        "the answer of fal/music-3 has no address of a song at `audio.url`, where its row looks; "
        "it has `track.file`, `seed`, `cover.src`"
    )
    assert caught.value.fix == (
        "write into songbatch.yaml "
        "`engines: {fal: {models: {music-3: {gives: {audio: track.file}}}}}`, and render again: "
        "this job is collected then"
    )
    assert caught.value.verdict is Verdict.STOP


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (None, "it has nothing"),
        ("done", "it has a text"),
        ({}, "it has nothing"),
        ({"a": {"b": ["x", 2]}}, "it has `a.b.0`, `a.b.1`"),
        ({"audio": {"url": "file:///etc/passwd"}}, "it has `audio.url`"),
        ({f"n{i}": 1 for i in range(20)}, "`n11` and 8 more"),
        ([{"deep": {}}], "it has nothing"),
    ],
)
def test_what_came_instead_is_told_without_its_values(output: Any, shown: str) -> None:
    with pytest.raises(EngineError) as caught:
        facts_of(Finished(output), row("music-3"), named("music-3"))
    assert str(caught.value).endswith(shown)
    assert "{gives: {audio: NAME}}" in caught.value.fix


def test_the_id_of_a_reference() -> None:
    reference = hand("mureka:reference")
    assert handle_of(Finished({"id": "1405"}), reference, named("mureka-9")) == "1405"
    assert handle_of(Finished({"id": 1405}), reference, named("mureka-9")) == "1405"
    with pytest.raises(EngineError) as caught:
        handle_of(Finished({"voice": {"voice_id": "v1"}}), hand("mureka:voice"), named("mureka-9"))
    assert caught.value.verdict is Verdict.STOP
    assert caught.value.fix == (
        "write into songbatch.yaml "
        '`engines: {fal: {hands: {"mureka:voice": {gives: voice.voice_id}}}}`, and render again'
    )


@pytest.mark.parametrize("value", ["", "a b", "x" * 201, None, True, {"id": 1}, "a\n"])
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(EngineError, match="no id at `id`"):
        handle_of(Finished({"id": value}), hand("mureka:reference"), named("mureka-9"))


def test_what_a_job_cost() -> None:
    music, mureka = row("music-3"), row("mureka-9")
    ace = row("ace-step-1.5", "replicate")
    assert cost_of(Finished({}, units=58.2), music, Amount()) == pytest.approx(0.1164)
    assert cost_of(Finished({}), music, Amount()) is None
    with_words = Amount(options={"lyrics": True})
    assert cost_of(Finished({}, units=1), mureka, with_words) == 0.0675
    assert cost_of(Finished({}, units=1), mureka, Amount(options={"lyrics": False})) == 0.75
    predicted = Finished({}, metrics={"predict_time": 40.0})
    assert cost_of(predicted, ace, Amount()) == pytest.approx(0.039)
    assert cost_of(Finished({}, units=float("nan")), music, Amount()) is None
