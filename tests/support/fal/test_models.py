"""What the simulated models take and refuse, what comes out, and what it costs."""

from __future__ import annotations

import base64
from typing import Any

import miniaudio
import pytest

from support.fal import sound
from support.fal.catalog import MODELS
from tests.support.fal.account import (
    ACE_STEP,
    CLONE,
    MUREKA,
    MUSIC,
    OLD,
    SONG,
    UPLOAD,
    VOICE,
    Account,
)  # fmt: skip

LYRICS = SONG["lyrics"]
REFUSED: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    (MUSIC, {"lyrics": None}, {("lyrics", "missing")}),
    (MUSIC, {"lyrics": ""}, {("lyrics", "string_too_short")}),
    (MUSIC, {"prompt": None, "duration": 301},
     {("prompt", "missing"), ("duration", "less_than_equal")}),
    (MUSIC, {"duration": 0}, {("duration", "greater_than_equal")}),
    (MUSIC, {"duration": "60"}, {("duration", "float_type")}),
    (MUSIC, {"duration": True}, {("duration", "float_type")}),
    (MUSIC, {"seed": 1.5}, {("seed", "int_type")}),
    (MUSIC, {"prompt": ["pop"]}, {("prompt", "string_type")}),
    (ACE_STEP, {"duration": 9}, {("duration", "greater_than_equal")}),
    (ACE_STEP, {"thinking": "no"}, {("thinking", "bool_type")}),
    (MUREKA, {"lyrics": "x" * 5001}, {("lyrics", "string_too_long")}),
    (MUREKA, {"lyrics": LYRICS, "prompt": "x" * 2001}, {("prompt", "string_too_long")}),
    (MUREKA, {"lyrics": LYRICS, "model": "mureka-10"}, {("model", "literal_error")}),
    (MUREKA, {"lyrics": LYRICS, "styles": ["pop"]}, {("styles", "value_error")}),
    (MUREKA, {}, {("prompt", "missing")}),
    (MUREKA, {"lyrics": LYRICS, "vocal_id": "1"}, {("vocal_id", "value_error")}),
    ("mureka/api/generate/instrumental", {"prompt": "x" * 1025}, {("prompt", "string_too_long")}),
    (UPLOAD, {"file_url": "data:,"}, {("purpose", "missing")}),
    (UPLOAD, {"file_url": "data:,", "purpose": "song"}, {("purpose", "literal_error")}),
    (OLD, {"prompt": "x" * 601},
     {("prompt", "string_too_long"), ("reference_audio_url", "missing")}),
    ("fal-ai/minimax-music/v1.5", {"prompt": LYRICS}, {("lyrics_prompt", "missing")}),
]  # fmt: skip


@pytest.mark.parametrize(("endpoint", "given", "found"), REFUSED)
def test_bad_input_is_refused_and_costs_nothing(
    account: Account, endpoint: str, given: dict[str, Any], found: set[tuple[str, str]]
) -> None:
    assert account.problems(endpoint, **given) == found
    assert account.server.books.charges == []


def test_a_refusal_may_cost_computing(account: Account) -> None:
    account.server.queue.rejected_units = 3
    job = account.submit(duration=301)
    answer = account.result(job)
    assert (answer.status_code, answer.headers["x-fal-billable-units"]) == (422, "3")
    (charge,) = account.server.books.charges_for(job["request_id"])
    assert (charge.usd, charge.status) == (0.006, 422)


def test_bad_input_can_be_refused_at_once(account: Account) -> None:
    account.server.queue.rejects_at_once = True
    answer = account.send(lyrics=None)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "lyrics"])
    assert account.server.jobs == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"song"'])
def test_what_is_no_object_is_refused(account: Account, body: bytes) -> None:
    assert account.ask("POST", f"{account.server.url}/{MUSIC}", data=body).status_code == 422
    assert account.server.jobs == []


def test_unknown_fields_are_ignored_and_noted(account: Account) -> None:
    same = account.song(seed=1)
    assert account.song(seed=1, style="folk", lyric="other") == same
    assert account.server.jobs[1].ignored == ("lyric", "style")
    assert account.server.jobs[1].given["style"] == "folk"


@pytest.mark.parametrize("endpoint", [MUSIC, ACE_STEP])
def test_equal_requests_with_equal_seeds_sound_the_same_and_no_others(
    account: Account, endpoint: str
) -> None:
    plain: dict[str, Any] = {"seed": 41, "duration": 10}
    same = account.song(endpoint, **plain)
    assert account.song(endpoint, **plain) == same
    others: list[dict[str, Any]] = [{"seed": 42}, {"prompt": "folk"}, {"lyrics": "no"}]
    songs = {account.song(endpoint, **(plain | other)) for other in (*others, {"seed": None})}
    assert len(songs | {same}) == 5


def test_a_seed_that_is_told_gives_the_song_again(account: Account) -> None:
    made = account.make()
    song = account.song(seed=made["seed"])
    assert account.file(made["audio"]["url"]).content == song
    assert account.server.storage.songs_of(account.server.jobs[1].request_id) == [song]


def test_takes_of_a_model_without_a_seed_differ(account: Account) -> None:
    assert account.song(MUREKA, lyrics=LYRICS) != account.song(MUREKA, lyrics=LYRICS)


@pytest.mark.parametrize(("duration", "seconds"), [(5, 5.0), (2.5, 2.5), (60, 8.0), (None, 8.0)])
def test_wav_is_44_khz_stereo_and_as_long_as_told(
    account: Account, duration: float | None, seconds: float
) -> None:
    made = account.make(duration=duration)
    assert made["duration"] == seconds
    file = made["audio"]
    content = account.file(file["url"]).content
    assert (file["content_type"], file["file_size"]) == ("audio/wav", len(content))
    info = miniaudio.wav_get_info(content)
    form = (info.sample_rate, info.nchannels, info.sample_format)
    assert form == (44100, 2, miniaudio.SampleFormat.SIGNED16)
    assert info.num_frames == seconds * 44100
    assert account.server.jobs[0].seconds == seconds


def test_mp3_is_44_khz_stereo_and_as_long_as_asked(account: Account) -> None:
    made = account.make(ACE_STEP, duration=12)
    assert made["audio"]["content_type"] == "audio/mpeg"
    info = miniaudio.mp3_get_info(account.file(made["audio"]["url"]).content)
    assert (info.sample_rate, info.nchannels) == (44100, 2)
    assert 12 <= info.duration < 12.1


def test_a_song_chooses_its_length_within_what_the_server_says(account: Account) -> None:
    account.server.song_seconds = 3.0
    assert account.make(duration=60)["duration"] == 3.0
    assert account.make(MUREKA, lyrics=LYRICS)["duration"] == 3000


COSTS: list[tuple[str, dict[str, Any], float]] = [
    (MUSIC, {"duration": 60}, 0.016),
    (ACE_STEP, {"duration": 20}, 0.012),
    (ACE_STEP, {"duration": 20, "thinking": False}, 0.006),
    (ACE_STEP, {"duration": 10, "thinking": False, "num_outputs": 2}, 0.006),
    (MUREKA, {"lyrics": LYRICS}, 0.225),
    (MUREKA, {"lyrics": LYRICS, "model": "mureka-9"}, 0.0675),
    (MUREKA, {"lyrics": LYRICS, "model": "mureka-8"}, 0.0675),
    (MUREKA, {"lyrics": LYRICS, "model": "mureka-o2"}, 0.0675),
    (MUREKA, {"lyrics": LYRICS, "model": "mureka-7.6"}, 0.045),
    (MUREKA, {"prompt": "folk", "model": "mureka-9"}, 0.3),
    (MUREKA, {"prompt": "folk"}, 0.75),
    ("mureka/v9/generate/song", {"lyrics": LYRICS, "model": "mureka-9.5"}, 0.045),
    ("mureka/v9.5/generate/song", {"lyrics": LYRICS}, 0.225),
    ("mureka/api/generate/instrumental", {"prompt": "folk"}, 0.0675),
    ("fal-ai/ace-step", {"tags": "folk", "duration": 10}, 0.002),
    ("fal-ai/minimax-music/v1.5", {"prompt": LYRICS, "lyrics_prompt": "folk, slow"}, 0.03),
    ("fal-ai/minimax-music/v2", {"lyrics_prompt": LYRICS, "prompt": "folk, slow"}, 0.03),
    ("fal-ai/minimax-music/v2.6", {"lyrics": LYRICS, "prompt": "folk, slow"}, 0.15),
    ("elevenlabs/music/v2.5", {"prompt": "folk", "music_length_ms": 61000}, 0.6),
    ("fal-ai/stable-audio-3/medium/text-to-audio", {"prompt": "folk", "duration": 3}, 0.2),
]


@pytest.mark.parametrize(("endpoint", "given", "usd"), COSTS)
def test_prices(account: Account, endpoint: str, given: dict[str, Any], usd: float) -> None:
    job = account.submit(endpoint, **given)
    answer = account.result(job)
    assert answer.status_code == 200, answer.text
    assert account.server.books.total == usd
    units = float(answer.headers["x-fal-billable-units"])
    assert units * float(MODELS[endpoint].price.unit_usd) == pytest.approx(usd)


def test_several_songs_are_the_first_and_all(account: Account) -> None:
    made = account.make(ACE_STEP, duration=10, num_outputs=2)
    assert made["audio"] == made["audios"][0] != made["audios"][1]


def test_a_mureka_song_says_when_its_lines_are_sung(account: Account) -> None:
    lyrics = "[Verse]\nOne\nTwo\n\n[Chorus]\nThree\nFour"
    made = account.make(MUREKA, lyrics=lyrics)
    assert (made["duration"], made["song_id"].isdigit()) == (8000, True)
    assert made["lyrics_sections"] == [
        {
            "section_type": "verse", "start": 0, "end": 4000,
            "lines": [
                {"text": "One", "start": 0, "end": 2000},
                {"text": "Two", "start": 2000, "end": 4000},
            ],
        },
        {
            "section_type": "chorus", "start": 4000, "end": 8000,
            "lines": [
                {"text": "Three", "start": 4000, "end": 6000},
                {"text": "Four", "start": 6000, "end": 8000},
            ],
        },
    ]  # fmt: skip


def test_files_and_voices_are_paid_for_once_and_used_for_songs(account: Account) -> None:
    url = account.upload()
    told = account.make(UPLOAD, file_url=url, purpose="reference")
    assert (told["bytes"], told["purpose"]) == (len(VOICE), "reference")
    voice = account.make(CLONE, audio_url=url)["vocal_id"]
    assert [account.server.books.usd_for(name) for name in (UPLOAD, CLONE)] == [0.01, 5]
    account.make(MUREKA, lyrics=LYRICS, reference_id=told["id"], vocal_id=voice)
    assert account.server.books.total == 5.235


def test_an_id_only_fits_fields_of_its_purpose(account: Account) -> None:
    url = account.upload()
    ids = {
        purpose: account.make(UPLOAD, file_url=url, purpose=purpose)["id"]
        for purpose in ("reference", "melody", "instrumental")
    }
    for field, purpose in (("vocal_id", "reference"), ("reference_id", "melody")):
        found = account.problems(MUREKA, lyrics=LYRICS, **{field: ids[purpose]})
        assert found == {(field, "value_error")}
    instrumental = "mureka/api/generate/instrumental"
    account.make(instrumental, instrumental_id=ids["instrumental"])
    both = {"reference_id": ids["reference"], "melody_id": ids["melody"]}
    assert account.problems(MUREKA, lyrics=LYRICS, **both) == {("melody_id", "value_error")}


def test_ids_exclude_a_prompt_unless_the_server_takes_both(account: Account) -> None:
    told = account.make(UPLOAD, file_url=account.upload(), purpose="reference")
    both = {"lyrics": LYRICS, "prompt": "folk", "reference_id": told["id"]}
    assert account.problems(MUREKA, **both) == {("prompt", "value_error")}
    account.server.mureka.excludes_prompt = False
    account.make(MUREKA, **both)
    account.server.mureka.forget()
    assert account.problems(MUREKA, **both) == {("reference_id", "value_error")}


def data(content: bytes) -> str:
    return f"data:audio/mpeg;base64,{base64.b64encode(content).decode()}"


def test_a_file_may_come_within_the_request(account: Account) -> None:
    account.make(UPLOAD, file_url=data(VOICE), purpose="voice")
    assert next(iter(account.server.mureka.kept.values())).content == VOICE


def test_references_must_be_what_the_model_takes(account: Account) -> None:
    wav = data(sound.song("wav", 20.0, "x"))
    short, long = (data(sound.song("mp3", seconds, "x")) for seconds in (14.0, 31.0))
    wrong = "unsupported_audio_format"
    assert account.problems(UPLOAD, file_url=wav, purpose="reference") == {("file_url", wrong)}
    assert account.problems(CLONE, audio_url=wav) == {("audio_url", wrong)}
    assert account.problems(CLONE, audio_url=short) == {("audio_url", "audio_duration_too_short")}
    assert account.problems(CLONE, audio_url=long) == {("audio_url", "audio_duration_too_long")}
    large = data(VOICE + bytes(10_000_000))
    assert account.problems(CLONE, audio_url=large) == {("audio_url", "file_too_large")}
    told = {"prompt": "##la##", "reference_audio_url": short}
    assert account.problems(OLD, **told) == {("reference_audio_url", "audio_duration_too_short")}
    assert account.server.books.charges == []
    account.make(UPLOAD, file_url=data(b"\0\0\0\x20ftypM4A " + bytes(99)), purpose="reference")


def test_a_reference_decides_the_song(account: Account) -> None:
    made = account.make(OLD, prompt="##la##", reference_audio_url=account.upload())
    assert set(made) == {"audio"}
    assert account.server.books.total == 0.035


@pytest.mark.parametrize("url", ["https://example.com/a.mp3", "data:audio/mpeg;base64,?", "{lost}"])
def test_a_file_that_cannot_be_had_is_told(account: Account, url: str) -> None:
    lost = account.upload()
    account.server.storage.lose(results=False)
    found = account.problems(UPLOAD, file_url=url.replace("{lost}", lost), purpose="reference")
    assert found == {("file_url", "file_download_error")}


def test_a_field_can_get_another_name(account: Account) -> None:
    account.server.rename(MUSIC, lyrics="lyrics_text")
    assert account.problems() == {("lyrics_text", "missing")}
    assert account.server.jobs[0].ignored == ("lyrics",)
    account.make(lyrics_text=LYRICS)
