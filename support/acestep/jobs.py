"""A job, what its songs are made of, and how the server describes it."""

from __future__ import annotations

import json
import secrets
import urllib.parse
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from support.acestep import sound
from support.acestep.troubles import traceback_of

if TYPE_CHECKING:
    from support.acestep.fields import Asked
    from support.acestep.states import State
    from support.acestep.submission import Submission
    from support.acestep.troubles import Trouble

FOLDER = "/tmp/acestep/api_audio"
"""Where the server says that its results lie; nothing is written."""
LANGUAGE_MODEL = "acestep-5Hz-lm-0.6B"
BASE_TASKS = {"lego", "extract", "complete"}
STATUSES = {"queued": 0, "running": 0, "succeeded": 1, "failed": 2}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a server makes songs with; see `AceStepServer` for the meaning of each."""

    state: State
    models: tuple[str, ...]
    language_model: bool
    wav_tag: int
    max_seconds: float


@dataclass(slots=True)
class Used:
    """What the songs of a job were made with in the end."""

    prompt: str
    lyrics: str
    model: str
    duration: float
    bpm: int | None
    key_scale: str
    time_signature: str
    vocal_language: str
    seeds: tuple[int, ...]
    container: str
    chance: str
    """Another for each job that does not reproduce, nothing for one that does."""


@dataclass(slots=True)
class Job:
    """A job that was accepted; `polls` and `downloads` count the requests for it.

    `began` and `ended` on the monotonic clock, in seconds.
    """

    submission: Submission
    asked: Asked
    trouble: Trouble | None
    created: float
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "queued"
    progress: float = 0.0
    error: str = ""
    used: Used | None = None
    paths: tuple[str, ...] = ()
    in_memory: bool = True
    in_cache: bool = False
    polls: int = 0
    downloads: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def code(self) -> int:
        """The number for its status."""
        return STATUSES[self.status]


class Failed(Exception):
    """A job cannot be done, and why."""


def carry_out(job: Job, setting: Setting) -> dict[str, bytes]:
    """Make the songs of a job: by their paths, their bytes; raises Failed."""
    trouble, asked = job.trouble, job.asked
    if trouble is not None and trouble.fails:
        raise Failed(trouble.error)
    job.used = used = use(asked, setting)
    apart = {"audio_format", "batch_size", "seeds", "prompt", "lyrics"}
    material = sorted((n, value) for n, value in asdict(asked).items() if n not in apart)
    songs = {}
    for seed in used.seeds:
        made_of = (material, asdict(used) | {"seeds": seed, "container": ""})
        path = f"{FOLDER}/{uuid.uuid4()}.{used.container}"
        songs[path] = sound.song(used.container, used.duration, made_of, setting.wav_tag)
    job.paths = tuple(songs)
    if trouble is not None and trouble.content is not None:
        return dict.fromkeys(songs, trouble.content)
    return {} if trouble is not None and trouble.file == "gone" else songs


def use(asked: Asked, setting: Setting) -> Used:
    """Decide what a job is made with, as the server does behind the client's back."""
    model = asked.model if asked.model in setting.models else setting.models[0]
    if asked.task_type in BASE_TASKS and "base" not in model:
        sentence = f"Music generation failed: {asked.task_type} needs a base model, not {model}"
        raise Failed(traceback_of(sentence))
    _want_language_model(asked, setting)
    used = Used(
        prompt=asked.prompt,
        lyrics=asked.lyrics,
        model=model,
        duration=min(asked.duration or 20 + secrets.randbelow(40), setting.max_seconds),
        bpm=asked.bpm,
        key_scale=asked.key_scale,
        time_signature=asked.time_signature,
        vocal_language=asked.vocal_language,
        seeds=_seeds(asked, setting.state),
        container=_container(asked.audio_format, setting.state),
        chance="",
    )
    if setting.language_model:
        _rewrite(used, asked)
    unsteady = asked.reference is not None and not asked.reference.steady
    if unsteady or asked.infer_method == "sde" or asked.thinking:
        used.chance = secrets.token_hex(8)
    return used


def _want_language_model(asked: Asked, setting: Setting) -> None:
    needed = asked.thinking or asked.use_format or asked.sample_mode
    if setting.state.cot_needs_lm:
        needed = needed or asked.use_cot_caption or asked.use_cot_language
    if needed and not setting.language_model:
        raise Failed(traceback_of("5Hz LM init failed: no language model is loaded"))


def _rewrite(used: Used, asked: Asked) -> None:
    """Let the language model fill in what is missing, and rewrite what it may."""
    complete = asked.duration and asked.bpm and asked.key_scale and asked.time_signature
    used.bpm = used.bpm or 70 + secrets.randbelow(90)
    used.key_scale = used.key_scale or f"{secrets.choice('ABCDEFG')} minor"
    used.time_signature = used.time_signature or secrets.choice("346")
    if asked.use_format or asked.sample_mode or (asked.use_cot_caption and not complete):
        used.prompt = f"{asked.prompt}, polished and radio-ready".removeprefix(", ")
    if asked.use_format or asked.sample_mode:
        used.lyrics = f"[Intro]\n\n{asked.lyrics}"
    if asked.use_cot_language and not complete and asked.vocal_language == "unknown":
        used.vocal_language = "en"


def _seeds(asked: Asked, state: State) -> tuple[int, ...]:
    given = asked.seeds if state.honours_seed else ()
    drawn = (secrets.randbelow(2**32) for _ in range(asked.batch_size))
    return tuple(given[: asked.batch_size]) + tuple(drawn)[len(given) :]


def _container(audio_format: str, state: State) -> str:
    if audio_format == "wav32" and state.honours_seed:
        return "wav"
    return audio_format if audio_format in sound.CONTENT_TYPES else "mp3"


def address(path: str) -> str:
    """Return the value of `file` for a path."""
    return f"/v1/audio?path={urllib.parse.quote(path, safe='')}"


def described(job: Job, state: State, *, told: bool) -> str:
    """Return the text of a job's `result`; `told`: it is served from memory, not from the cache."""
    trouble = job.trouble
    if job.status == "succeeded":
        if trouble is not None and trouble.result is not None:
            return trouble.result
        return json.dumps(_finished(job, state, told=told), ensure_ascii=False)
    item: dict[str, Any] = {"file": "", "wave": "", "status": job.code} | _moment(job)
    if told:
        item |= {"prompt": "", "lyrics": "", "metas": {}}
    if state.knows_progress:
        item |= {"progress": round(job.progress, 4), "stage": job.status}
        if told:
            item["error"] = job.error or None
    return json.dumps([item])


def _moment(job: Job) -> dict[str, Any]:
    return {"create_time": int(job.created), "env": "development"}


def _finished(job: Job, state: State, *, told: bool) -> list[dict[str, Any]]:
    used = job.used
    assert used is not None
    metas: dict[str, Any] = {
        "bpm": used.bpm or "N/A",
        "duration": used.duration,
        "genres": "N/A",
        "keyscale": used.key_scale or "N/A",
        "timesignature": used.time_signature or "N/A",
    }
    # In memory, the style that was used has another name than the one it is looked up by.
    item: dict[str, Any] = {"prompt": "", "lyrics": job.asked.lyrics, "metas": metas}
    if not told:
        metas |= {"prompt": job.asked.prompt, "lyrics": job.asked.lyrics}
        item |= {
            "prompt": used.prompt,
            "lyrics": used.lyrics,
            "generation_info": f"{len(used.seeds)} songs, {job.asked.inference_steps} steps",
            "seed_value": ",".join(str(seed) for seed in used.seeds),
            "lm_model": "" if state.honours_seed else LANGUAGE_MODEL,
            "dit_model": (job.trouble and job.trouble.model) or used.model,
        }
        if state.knows_progress:
            item |= {"progress": 1.0, "stage": "succeeded"}
    common = {"wave": "", "status": 1} | _moment(job)
    return [{"file": _file(job, path)} | common | item for path in job.paths]


def _file(job: Job, path: str) -> str:
    kind = job.trouble.file if job.trouble is not None else "right"
    if kind == "empty":
        return ""
    if kind == "elsewhere":
        return f"http://127.0.0.1:9/steal?path={urllib.parse.quote(path, safe='')}"
    return address("/etc/passwd" if kind == "forbidden" else path)
