"""The simulated ACE-Step server against its contract; the checks are asked of the real one, too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from typing import Any

import miniaudio
import pytest
import requests

from support.acestep import chat_checks, checks, sound, troubles
from support.acestep.asking import KEY, PLAIN, QUEUE_SIZE, Answer, Subject, multipart
from support.acestep.server import AceStepServer
from support.acestep.states import NEW, OLD, STATES, State
from support.acestep.troubles import Mishap, Trouble

SEEDED = {"seed": 41, "use_random_seed": False}
TAGGED = "<prompt>dreamy synth pop</prompt><lyrics>[Verse]\nOver the harbour</lyrics>"
CHECKS = checks.check | chat_checks.check


class Fake(Subject):
    def __init__(self, server: AceStepServer) -> None:
        self.server = server
        self.url = server.url
        self.state = server.state

    def hold(self) -> None:
        self.server.hold()

    def release(self) -> None:
        self.server.release()

    def fail_next(self) -> None:
        self.server.script_jobs([troubles.NO_REASON])

    def restart(self) -> None:
        self.server.restart()

    def lose_files(self) -> None:
        self.server.forget(results=False)

    def last_made(self) -> Mapping[str, Any]:
        asked = self.server.jobs[-1].asked
        return {
            "caption": asked.prompt,
            "lyrics": asked.lyrics,
            "bpm": asked.bpm,
            "duration": asked.duration,
            "batch": asked.batch_size,
            "ref": asked.reference and asked.reference.digest,
            "src": asked.source and asked.source.digest,
        }


ASKED = [
    pytest.param(state, claim, id=f"{state.name}: {claim}")
    for state in STATES.values()
    for claim in (CHECKS if state.chat else checks.check)
]


@pytest.mark.parametrize(("state", "claim"), ASKED)
def test_contract(state: State, claim: str) -> None:
    with AceStepServer(state, key=KEY) as server:
        server.queue_size = QUEUE_SIZE
        CHECKS[claim](Fake(server))


@pytest.fixture
def new() -> Iterator[Fake]:
    with AceStepServer(NEW, key=KEY) as server:
        yield Fake(server)


def download(fake: Fake, **fields: Any) -> bytes:
    answer = fake.ask("GET", fake.make(**fields)["file"])
    assert answer.status == 200
    return answer.body


def with_reference(fake: Fake, content: bytes, **fields: Any) -> bytes:
    """Return the song that is made with a reference."""
    texts = {name: str(value) for name, value in (PLAIN | SEEDED | fields).items()}
    body, kind = multipart(texts, {"ref_audio": ("reference.wav", content)})
    task_id = fake.ask("POST", "/release_task", body, kind).data["task_id"]
    status, items = fake.finish(task_id)
    assert status == 1
    return fake.ask("GET", items[0]["file"]).body


def test_books_have_what_was_received_as_it_came(new: Fake) -> None:
    fields = {
        "prompt": "Grüße\r\n",
        "bpm": "fast",
        "no_such_field": "1",
        "thinking": "false",
    }
    body, kind = multipart(fields, {"ref_audio": ("my voice.mp3", b"\r\n--\xff\x00")})
    task_id = new.ask("POST", "/release_task", body, kind).data["task_id"]
    _, items = new.finish(task_id)
    new.ask("GET", items[0]["file"])
    submission = new.server.submissions[0]
    assert submission.fields == fields
    assert submission.files["ref_audio"].name == "my voice.mp3"
    assert submission.files["ref_audio"].content == b"\r\n--\xff\x00"
    assert (submission.face, submission.status, submission.task_id) == ("tasks", 200, task_id)
    assert submission.headers["authorization"] == f"Bearer {KEY}"
    job = new.server.jobs[0]
    assert (new.server.charged, job.downloads) == (1, 1)
    assert job.polls == new.server.polls >= 2


def test_a_refused_job_is_in_the_books_but_costs_nothing(new: Fake) -> None:
    new.server.queue_size = 0
    assert new.post("/release_task", PLAIN).status == 429
    assert [s.status for s in new.server.submissions] == [429]
    assert new.server.charged == 0


def test_a_lost_answer_is_lost_before_or_after_the_work(new: Fake) -> None:
    new.server.script("submit", [Mishap.lost_before(), Mishap.lost_after()])
    with pytest.raises(ConnectionError):
        new.submit()
    assert (new.server.charged, new.server.submissions) == (0, [])
    with pytest.raises(ConnectionError):
        new.submit()
    assert (new.server.charged, new.server.submissions[0].status) == (1, 0)
    new.submit()
    assert new.server.charged == 2


def test_lost_polls_and_downloads_leave_the_job_as_it_is(new: Fake) -> None:
    item = new.make()
    task_id = new.server.jobs[0].task_id
    new.server.script("poll", [Mishap.lost_after()])
    new.server.script("download", [Mishap.lost_before(), Mishap.lost_after(), Mishap.cut_off()])
    with pytest.raises(ConnectionError):
        new.poll(task_id)
    assert new.poll(task_id)[0]["status"] == 1
    for error in (ConnectionError, ConnectionError, IncompleteRead):
        with pytest.raises(error):
            new.ask("GET", item["file"])
    assert new.ask("GET", item["file"]).status == 200
    assert new.server.jobs[0].downloads == 3


def test_answers_can_be_of_any_kind(new: Fake) -> None:
    for mishap in (Mishap.http(503), Mishap.in_band(500), Mishap.gateway(504), Mishap.raw(b"{")):
        new.server.script("submit", [mishap])
        answer = new.post("/release_task", PLAIN)
        assert (answer.status, answer.body) == (mishap.status, mishap.body)
    assert new.server.charged == 1, "a gateway gives up on work that is done"
    new.server.script("any", [Mishap.http(404)])
    assert new.ask("GET", "/v1/stats").status == 404
    assert new.ask("GET", "/v1/stats").status == 200


def test_a_late_answer_is_late(new: Fake) -> None:
    new.server.script("submit", [Mishap.late(0.3)])
    start = time.monotonic()
    new.submit()
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (troubles.NO_REASON, ""),
        (troubles.OUT_OF_MEMORY, "out of memory"),
        (troubles.NO_LANGUAGE_MODEL, "LM init failed"),
        (troubles.TRACEBACK, "NoneType"),
    ],
)
def test_jobs_fail_with_and_without_a_reason(new: Fake, trouble: Trouble, words: str) -> None:
    new.server.script_jobs([None, trouble])
    new.make()
    status, items = new.finish(new.submit())
    assert status == 2
    assert items[0].get("error", "").rstrip().rpartition("\n")[2].count(words)
    assert bool(items[0].get("error")) == bool(words)
    assert items[0]["stage"] == "failed"


def test_a_natural_failure_gives_its_reason_only_where_there_is_no_cache(new: Fake) -> None:
    _, items = new.finish(new.submit(thinking=True))
    assert "error" not in items[0]
    new.server.cache = False
    _, items = new.finish(new.submit(thinking=True))
    assert "5Hz LM init failed" in items[0]["error"]


def test_finished_jobs_can_be_odd(new: Fake) -> None:
    new.server.script_jobs(
        [
            troubles.EMPTY_FILE,
            troubles.FILE_GONE,
            troubles.FILE_FORBIDDEN,
            troubles.FROM_MEMORY,
            Trouble.other_model("other"),
            Trouble.malformed(),
        ]
    )
    assert new.make()["file"] == ""
    assert new.ask("GET", new.make()["file"]).status == 404
    assert new.ask("GET", new.make()["file"]).status == 403
    assert not {"seed_value", "dit_model", "generation_info"} & set(new.make())
    assert new.make(model="acestep-v15-turbo")["dit_model"] == "other"
    task_id = new.submit()
    new.server.wait_for_done()
    found = new.poll(task_id)[0]
    assert found["status"] == 1
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(found["result"])


def test_equal_requests_with_equal_seeds_sound_the_same_and_no_others(new: Fake) -> None:
    same = download(new, **SEEDED)
    assert download(new, **SEEDED) == same
    others: list[dict[str, Any]] = [
        {"seed": 42},
        {"prompt": "folk"},
        {"lyrics": "[Verse]\nNo"},
        {"bpm": 90},
    ]
    assert len({download(new, **(SEEDED | other)) for other in others} | {same}) == 5
    assert download(new, **(SEEDED | {"infer_method": "sde"})) != same
    assert download(new, seed=41) != same


def test_seeds_of_a_batch_are_given_as_a_list(new: Fake) -> None:
    item = new.make(seed="41,42", batch_size=3, use_random_seed=False)
    assert item["seed_value"].split(",")[:2] == ["41", "42"]
    assert len(set(item["seed_value"].split(","))) == 3


LENGTHS = {30.0: True, 10.0: True, 15.0: True, 7.0: False, 30.001: False, 31.0: False}


@pytest.mark.parametrize(("seconds", "steady"), LENGTHS.items())
def test_a_reference_reproduces_only_if_it_fills_the_window(
    new: Fake, seconds: float, steady: bool
) -> None:
    for container in ("wav", "flac"):
        reference = sound.song(container, seconds, "a voice")
        first = with_reference(new, reference)
        assert first != download(new, **SEEDED)
        assert (with_reference(new, reference) == first) == steady


def test_a_reference_that_cannot_be_heard_is_ignored(new: Fake) -> None:
    plain = with_reference(new, b"")
    silent = sound.song("wav", 10.0, "silence")[:44] + bytes(1920000)
    assert with_reference(new, silent) == plain
    assert with_reference(new, b"RIFF, but not really") == plain
    assert with_reference(new, sound.song("wav", 10.0, "a voice")) != plain


def test_a_language_model_fills_in_what_is_missing(new: Fake) -> None:
    new.server.language_model = True
    given = {"bpm": 96, "key_scale": "C major", "time_signature": "4"}
    metas = new.make(**(given | {"bpm": None}))["metas"]
    assert isinstance(metas["bpm"], int)
    assert (metas["keyscale"], metas["timesignature"]) == ("C major", "4")
    item = new.make(use_cot_caption=None)
    assert item["prompt"] != PLAIN["prompt"] == item["metas"]["prompt"]
    assert item["lyrics"] == PLAIN["lyrics"]
    assert new.make(use_cot_caption=None, **given)["prompt"] == PLAIN["prompt"]
    item = new.make(use_format=True, **given)
    assert item["prompt"] != PLAIN["prompt"]
    assert item["lyrics"] != PLAIN["lyrics"] == item["metas"]["lyrics"]


@pytest.mark.parametrize("container", ["wav", "flac", "mp3"])
@pytest.mark.parametrize("tag", [sound.PLAIN, sound.FLOAT, sound.EXTENSIBLE])
def test_songs_are_48_khz_stereo_of_the_asked_length(new: Fake, container: str, tag: int) -> None:
    new.server.wav_tag = tag
    song = download(new, audio_format=container, audio_duration=12.5)
    decoded = miniaudio.decode(song, nchannels=2, sample_rate=48000)
    if container == "wav":
        assert int.from_bytes(song[20:22], "little") == tag
    if container == "mp3":
        info = miniaudio.mp3_get_info(song)
        assert (info.sample_rate, info.nchannels) == (48000, 2)
        assert 600000 <= decoded.num_frames < 605000  # whole frames, and the encoder's delay
    else:
        assert decoded.num_frames == 600000


def test_an_unknown_format_becomes_mp3(new: Fake) -> None:
    assert new.make(audio_format="midi")["file"].endswith(".mp3")


def test_only_base_models_sing_over_a_backing(new: Fake) -> None:
    lego = {"task_type": "lego", "track_name": "vocals"}
    assert new.finish(new.submit(**lego))[0] == 2
    new.server.models = ("acestep-v15-turbo", "acestep-v15-base")
    assert new.make(model="acestep-v15-base", **lego)["dit_model"] == "acestep-v15-base"
    assert new.ask("GET", "/v1/model_inventory").data["models"][1]["supported_task_types"][-3:] == [
        "extract", "lego", "complete"
    ]  # fmt: skip


def test_held_jobs_run_and_finish_as_they_are_released(new: Fake) -> None:
    server = new.server
    server.workers = 2
    server.hold()
    ids = [new.submit() for _ in range(4)]
    server.wait_for_running(2)
    assert [s["stage"] for i in ids for s in json.loads(new.poll(i)[0]["result"])] == [
        "running", "running", "queued", "queued"
    ]  # fmt: skip
    seen = [json.loads(new.poll(ids[0])[0]["result"])[0]["progress"] for _ in range(3)]
    assert seen == sorted(set(seen))
    assert seen[-1] < 1
    server.release(1)
    server.wait_until(lambda: sum(job.code for job in server.jobs) == 1)
    assert len(server.alive("running")) == 2
    server.release()
    server.wait_for_done()
    assert [found["status"] for found in new.poll(*ids)] == [1, 1, 1, 1]


def test_a_job_that_died_running_is_failed_after_an_hour(new: Fake) -> None:
    new.hold()
    task_id = new.running()
    new.restart()
    assert new.poll(task_id)[0]["status"] == 0
    new.server.pass_time(3500)
    assert new.poll(task_id)[0]["status"] == 0
    new.server.pass_time(200)
    assert new.poll(task_id)[0]["status"] == 2


def test_results_are_forgotten_when_told_and_after_a_week(new: Fake) -> None:
    task_id = new.submit()
    _, items = new.finish(task_id)
    new.server.pass_time(6 * 86400)
    assert new.poll(task_id)[0]["status"] == 1
    new.server.pass_time(2 * 86400)
    assert new.poll(task_id)[0]["result"] == "[]"
    new.server.forget()
    assert new.ask("GET", items[0]["file"]).status == 404


def test_without_a_key_nobody_is_asked_for_one(new: Fake) -> None:
    new.server.key = ""
    assert new.post("/release_task", PLAIN, key="").status == 200


def test_a_body_may_come_in_chunks(new: Fake) -> None:
    answer = requests.post(
        f"{new.url}/release_task",
        data=iter([b'{"prompt": "in ', b'pieces"}']),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.json()["code"] == 200
    assert new.server.submissions[0].fields == {"prompt": "in pieces"}


def completion(fake: Fake, *, stream: bool = False, text: str = TAGGED) -> Answer:
    config = {"duration": 10, "format": "mp3"}
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "audio_config": config}
    return fake.post("/v1/chat/completions", body | {"seed": 41, "stream": stream})


def test_a_completion_can_have_no_audio(new: Fake) -> None:
    new.server.script("chat", [Mishap.null_audio(), Mishap.null_audio(), None])
    assert completion(new).json["choices"][0]["message"]["audio"] is None
    assert b'"audio"' not in completion(new, stream=True).body
    assert completion(new).json["choices"][0]["message"]["audio"]
    assert new.server.charged == 3


def test_a_gateway_gives_up_on_a_completion_that_runs_on(new: Fake) -> None:
    new.server.script("chat", [Mishap.gateway(524), Mishap.gateway(504, carried_out=False)])
    answer = completion(new, stream=True)
    assert (answer.status, answer.headers["content-type"][:9]) == (524, "text/html")
    assert new.server.charged == 1
    assert completion(new).status == 504
    assert new.server.charged == 1


def test_a_link_in_place_of_a_data_url_leads_to_the_song_without_a_key(new: Fake) -> None:
    new.server.audio_link = f"{new.url}/files/{{name}}"
    url = completion(new).json["choices"][0]["message"]["audio"][0]["audio_url"]["url"]
    assert url.startswith(new.url)
    song = new.ask("GET", url.removeprefix(new.url), key="")
    assert (song.status, song.headers["content-type"]) == (200, "audio/mpeg")
    assert new.server.downloads[0][1] == ""


def test_a_stream_shows_that_it_lives(new: Fake) -> None:
    new.server.heartbeats = 3
    contents = [
        json.loads(line[6:])["choices"][0]["delta"].get("content")
        for line in completion(new, stream=True).body.decode().split("\n")
        if line.startswith("data: {")
    ]
    assert contents[:4] == ["", ".", ".", "."]


def test_a_stream_can_be_cut_within_its_song_or_die_with_the_process(new: Fake) -> None:
    new.server.script("chat", [Mishap.cut_off()])
    with pytest.raises(IncompleteRead):
        completion(new, stream=True)
    new.hold()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(completion, new, stream=stream) for stream in (True, False)]
        new.server.wait_for_requests("chat", 3)
        new.server.wait_until(lambda: new.server.charged == 3)
        new.restart()
        with pytest.raises(IncompleteRead):
            asked[0].result()
        with pytest.raises(ConnectionError):
            asked[1].result()


def test_completions_wait_for_a_model_that_only_tasks_load(new: Fake) -> None:
    new.server.initialized = False
    assert completion(new).status == 503
    assert not new.ask("GET", "/health").data["models_initialized"]
    new.make()
    assert completion(new).status == 200


def test_text_without_tags_is_guessed_at(new: Fake) -> None:
    completion(new, text="warm folk with strings")
    completion(new, text="one\ntwo\nthree\nfour")
    assert [(job.asked.prompt, bool(job.asked.lyrics)) for job in new.server.jobs] == [
        ("warm folk with strings", False), ("", True)
    ]  # fmt: skip


def test_the_state_can_change_while_it_runs(new: Fake) -> None:
    assert new.make(**SEEDED)["seed_value"] == "41"
    new.server.state = OLD
    assert new.make(**SEEDED)["seed_value"] != "41"
