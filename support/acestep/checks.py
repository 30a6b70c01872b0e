"""The contract as questions over HTTP, asked of this server and of the real one alike.

Where states differ, the subject's state says what is to be expected.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
import urllib.parse
import uuid
import wave

from support.acestep import sound
from support.acestep.asking import KEY, MODEL, PLAIN, QUEUE_SIZE, Checks, Subject, multipart

REFERENCE = sound.song("wav", 2.0, "a reference")
check = Checks()
"""Of the tasks face."""


@check("health needs no key")
def _health(subject: Subject) -> None:
    answer = subject.ask("GET", "/health", key="")
    assert answer.data.items() >= {"status": "ok", "service": "ACE-Step API"}.items()
    milliseconds = answer.json["timestamp"]
    assert abs(milliseconds / 1000 - time.time()) < 60
    assert ("models_initialized" in answer.data) == subject.state.lists_tasks


@check("everything else needs the key")
def _key(subject: Subject) -> None:
    for key in ("", "wrong"):
        for method, path in (("GET", "/v1/stats"), ("GET", "/v1/audio?path=%2Ftmp%2Fx.wav")):
            answer = subject.ask(method, path, key=key)
            assert answer.status == 401, answer
            assert isinstance(answer.json["detail"], str)
        assert subject.post("/release_task", PLAIN, key=key).status == 401
        assert subject.post("/query_result", {"task_id_list": []}, key=key).status == 401


@check("a key in the body is taken by the old states only")
def _token(subject: Subject) -> None:
    answer = subject.post("/query_result", {"task_id_list": [], "ai_token": KEY}, key="")
    assert answer.status == (200 if subject.state.takes_token else 401), answer


@check("models are listed in the shapes of the state")
def _models(subject: Subject) -> None:
    if subject.state.native_models:
        data = subject.ask("GET", subject.state.native_models).data
        assert data["default_model"] == MODEL
        first = data["models"][0]
        assert (first["name"], first["is_default"]) == (MODEL, True)
        assert ("supported_task_types" in first) == subject.state.lists_tasks
    else:
        assert subject.ask("GET", "/v1/model_inventory").status == 404
    if subject.state.open_models:
        answer = subject.ask("GET", subject.state.open_models, key="")
        assert answer.json["data"][0]["id"] == f"acestep/{MODEL}", answer


@check("a job is accepted, done, and its song has the asked length at 48 kHz in stereo")
def _job(subject: Subject) -> None:
    answer = subject.post("/release_task", PLAIN)
    assert set(answer.data) == {"task_id", "status", "queue_position"}
    assert (answer.data["status"], answer.data["queue_position"]) == ("queued", 1)
    assert uuid.UUID(answer.data["task_id"]).version == 4
    status, items = subject.finish(answer.data["task_id"])
    assert (status, len(items), items[0]["status"]) == (1, 1, 1)
    assert items[0]["file"].startswith("/v1/audio?path=%2F")
    song = subject.ask("GET", items[0]["file"])
    assert (song.status, song.headers.get("content-type", "")[:6]) == (200, "audio/"), song.headers
    with wave.open(io.BytesIO(song.body)) as read:
        assert (read.getframerate(), read.getnchannels()) == (48000, 2)
        assert read.getnframes() == 480000


@check("a finished item tells what was asked and what was used")
def _item(subject: Subject) -> None:
    item = subject.make(bpm=96, key_scale="C major")
    assert (item["prompt"], item["lyrics"]) == (PLAIN["prompt"], PLAIN["lyrics"])
    metas = item["metas"]
    assert (metas["prompt"], metas["lyrics"]) == (PLAIN["prompt"], PLAIN["lyrics"])
    assert (metas["bpm"], metas["duration"], metas["keyscale"]) == (96, 10, "C major")
    assert (metas["timesignature"], metas["genres"]) == ("N/A", "N/A")
    assert (item["dit_model"], item["wave"]) == (MODEL, "")
    assert item["seed_value"].isdigit()
    assert isinstance(item["create_time"], int)


@check("a multipart job brings its reference to the model")
def _reference(subject: Subject) -> None:
    fields = {name: str(value).lower() for name, value in PLAIN.items()}
    for part, found in (("ref_audio", "ref"), ("reference_audio", "ref"), ("ctx_audio", "src")):
        body, kind = multipart(fields, {part: ("reference.wav", REFERENCE)})
        answer = subject.ask("POST", "/release_task", body, kind)
        assert subject.finish(answer.data["task_id"])[0] == 1
        made = subject.last_made()
        assert made[found] == hashlib.sha256(REFERENCE).hexdigest()
        assert (made["caption"], made["duration"]) == (fields["prompt"], 10)


@check("a form in the address's encoding is a job, too")
def _urlencoded(subject: Subject) -> None:
    body = urllib.parse.urlencode(PLAIN | {"caption": "", "bpm": "97"}).encode()
    kind = "application/x-www-form-urlencoded"
    answer = subject.ask("POST", "/release_task", body, kind)
    assert subject.finish(answer.data["task_id"])[0] == 1
    assert (subject.last_made()["caption"], subject.last_made()["bpm"]) == (PLAIN["prompt"], 97)


@check("fields go by their other names")
def _aliases(subject: Subject) -> None:
    subject.make(prompt=None, caption="other", audio_duration=None, targetDuration=11)
    assert (subject.last_made()["caption"], subject.last_made()["duration"]) == ("other", 11)
    subject.make(audio_duration=None, audioDuration="12.5")
    assert subject.last_made()["duration"] == 12.5


@check("unknown fields and numbers that do not parse are dropped in silence")
def _dropped(subject: Subject) -> None:
    item = subject.make(tempo=96, bpm="fast", inference_steps="8.0", guidance_scale="much")
    assert item["metas"]["bpm"] == "N/A"
    assert subject.last_made()["bpm"] is None
    subject.make(bpm=96.0)
    assert subject.last_made()["bpm"] is None


@check("two songs are made where no number is given")
def _batch(subject: Subject) -> None:
    status, items = subject.finish(subject.submit(batch_size=None))
    assert (status, len(items)) == (1, 2)
    assert len({item["file"] for item in items}) == 2
    assert items[0]["seed_value"] == items[1]["seed_value"]
    assert len(items[0]["seed_value"].split(",")) == 2


@check("an unknown model is replaced by the primary one")
def _model(subject: Subject) -> None:
    assert subject.make(model="acestep-v15-xl-base")["dit_model"] == MODEL


@check("a seed counts only with use_random_seed false, and only in the new state")
def _seed(subject: Subject) -> None:
    honoured = subject.make(seed=41, use_random_seed=False)["seed_value"] == "41"
    assert honoured == subject.state.honours_seed
    assert subject.make(seed=41)["seed_value"] != "41"


@check("a song is the same again only if its seed was honoured")
def _again(subject: Subject) -> None:
    files = [subject.make(seed=41, use_random_seed=False)["file"] for _ in range(2)]
    one, other = (subject.ask("GET", file).body for file in files)
    assert (one == other) == subject.state.honours_seed


@check("without a language model, CoT fails a job in the wheel and is ignored elsewhere")
def _cot(subject: Subject) -> None:
    status, _ = subject.finish(subject.submit(use_cot_caption=None, use_cot_language=None))
    assert status == (2 if subject.state.cot_needs_lm else 1)


@check("without a language model, thinking fails a job")
def _thinking(subject: Subject) -> None:
    status, items = subject.finish(subject.submit(thinking=True))
    assert (status, items[0]["file"]) == (2, "")


@check("an unknown id is nothing, for ever")
def _unknown(subject: Subject) -> None:
    task_id = str(uuid.uuid4())
    for _ in range(3):
        found = subject.poll(task_id)[0]
        assert (found["task_id"], found["status"], found["result"]) == (task_id, 0, "[]")


@check("many ids are asked for at once, also as text or in a form, and answered in their order")
def _many(subject: Subject) -> None:
    ids = [subject.submit(), str(uuid.uuid4()), subject.submit()]
    for task_id in (ids[0], ids[2]):
        assert subject.finish(task_id)[0] == 1
    as_list = subject.poll(*ids)
    as_text = subject.post("/query_result", {"task_id_list": json.dumps(ids)}).data
    form = urllib.parse.urlencode({"task_id_list": json.dumps(ids)}).encode()
    kind = "application/x-www-form-urlencoded"
    as_form = subject.ask("POST", "/query_result", form, kind).data
    for answer in (as_list, as_text, as_form):
        assert [(found["task_id"], found["status"]) for found in answer] == [
            (ids[0], 1), (ids[1], 0), (ids[2], 1)
        ]  # fmt: skip


@check("a job that waits is something, and its place in the queue is told once")
def _waiting(subject: Subject) -> None:
    with subject.held():
        subject.running()
        answers = [subject.post("/release_task", PLAIN).data for _ in range(2)]
        assert [answer["queue_position"] for answer in answers] == [1, 2]
        found = subject.poll(answers[1]["task_id"])[0]
        items = json.loads(found["result"])
        assert (found["status"], len(items), items[0]["status"], items[0]["file"]) == (0, 1, 0, "")
        assert ("progress" in items[0]) == subject.state.knows_progress


@check("a running job has its progress, where the state knows it")
def _running(subject: Subject) -> None:
    with subject.held():
        found = subject.poll(subject.running())[0]
        item = json.loads(found["result"])[0]
        assert (found["status"], item["status"]) == (0, 0)
        assert ("progress_text" in found) == subject.state.knows_progress
        if subject.state.knows_progress:
            assert 0 < item["progress"] < 1
            assert item["stage"] == "running"


@check("a full queue refuses with 429 and names no time")
def _full(subject: Subject) -> None:
    before = subject.stats()["jobs"]["queued"]
    with subject.held():
        subject.running()
        for _ in range(QUEUE_SIZE):
            subject.submit()
        refused = subject.post("/release_task", PLAIN)
        assert (refused.status, refused.json) == (429, {"detail": "Server busy: queue is full"})
        assert "retry-after" not in refused.headers
        stats = subject.stats()
        assert (stats["queue_size"], stats["queue_maxsize"]) == (QUEUE_SIZE, QUEUE_SIZE)
        queued = stats["jobs"]["queued"] - before - QUEUE_SIZE
        assert queued == subject.state.counts_refused, "refused jobs count as queued"


@check("statistics count the jobs the process knows")
def _stats(subject: Subject) -> None:
    before = subject.stats()["jobs"]
    subject.make()
    stats = subject.stats()
    assert set(stats) == {"jobs", "queue_size", "queue_maxsize", "avg_job_seconds"}
    assert set(stats["jobs"]) == {"total", "queued", "running", "succeeded", "failed"}
    assert stats["jobs"]["succeeded"] == before["succeeded"] + 1


@check("a failed job has no reason")
def _failed(subject: Subject) -> None:
    subject.fail_next()
    status, items = subject.finish(subject.submit())
    assert (status, len(items), items[0]["file"], items[0]["status"]) == (2, 1, "", 2)
    assert not items[0].get("error")
    assert ("stage" in items[0]) == subject.state.knows_progress


@check("a body that is no object is refused")
def _no_object(subject: Subject) -> None:
    kind = "application/json"
    assert subject.ask("POST", "/release_task", b"[1]", kind).status == 400
    bad = subject.ask("POST", "/release_task", b'{"prompt": ', kind)
    assert bad.status == subject.state.bad_json, bad
    assert subject.ask("POST", "/release_task", b'{"prompt": ', "text/plain").status == 400
    assert subject.ask("POST", "/release_task", b"a song", "text/plain").status == 415


@check("a path of the server's is refused by the new state only")
def _path(subject: Subject) -> None:
    fields = PLAIN | {"reference_audio_path": "/etc/hostname"}
    answer = subject.post("/release_task", fields)
    assert answer.status == (400 if subject.state.refuses_paths else 200), answer


@check("audio outside the results' folder is refused, by state; a missing path is 422")
def _outside(subject: Subject) -> None:
    answer = subject.ask("GET", "/v1/audio?path=%2Fetc%2Fno-such-file.wav")
    assert answer.status == (403 if subject.state.confines else 404), answer
    missing = subject.ask("GET", "/v1/audio")
    assert missing.status == 422
    assert isinstance(missing.json["detail"], list)


@check("a file that is gone is 404, its result stays")
def _gone(subject: Subject) -> None:
    task_id = subject.submit()
    _, items = subject.finish(task_id)
    subject.lose_files()
    assert subject.ask("GET", items[0]["file"]).status == 404
    assert subject.poll(task_id)[0]["status"] == 1


@check("a restart keeps what is finished, forgets what waits, and freezes or forgets what runs")
def _restart(subject: Subject) -> None:
    finished = subject.submit()
    _, items = subject.finish(finished)
    subject.hold()
    try:
        running, waiting = subject.running(), subject.submit()
        seen = subject.poll(running)[0]
        subject.restart()
        found = subject.poll(finished, waiting, running)
    finally:
        subject.release()
    assert found[0]["status"] == 1
    assert json.loads(found[0]["result"]) == items
    assert subject.ask("GET", items[0]["file"]).status == 200
    assert (found[1]["status"], found[1]["result"]) == (0, "[]")
    assert found[2]["status"] == 0
    if subject.state.caches_running:
        frozen = json.loads(found[2]["result"])[0]
        assert frozen["progress"] >= json.loads(seen["result"])[0]["progress"]
        assert subject.poll(running)[0]["result"] == found[2]["result"]
    else:
        assert found[2]["result"] == "[]"
    assert subject.stats()["jobs"]["running"] == subject.stats()["jobs"]["queued"] == 0


@check("the chat face is there in the states that have it")
def _has_chat(subject: Subject) -> None:
    answer = subject.post("/v1/chat/completions", {})
    assert answer.status == (400 if subject.state.chat else 404), answer
