"""Answers about jobs and songs, read with care: both envelopes, text that holds JSON, "N/A"."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.engines.acestep.traits import LANGUAGES, LEAST_SECONDS, MOST_SECONDS
from songbatch.engines.base import Answer
from songbatch.engines.rest.reasons import reason_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from songbatch.model import Value

DONE, FAILED = 1, 2
"""States of a job; 0 is queued or running."""

_METERS = {"2": "2/4", "3": "3/4", "4": "4/4", "6": "6/8"}
_SCALE = re.compile(r"([A-Ga-g])\s*([#b♯♭]?)\s*(maj(?:or)?|min(?:or)?)", re.IGNORECASE)
_LONGEST_SHOWN = 120
_OF_FAILURES = ("error", "message", "detail", "msg", "reason", "errors")
_WAITING = re.compile(r"queue|wait|pending", re.IGNORECASE)


class JobReport(msgspec.Struct, frozen=True):
    """What the server says of one job: `status`, and the first item of its result.

    `item` is None where the list is empty, which is how an unknown job looks.
    """

    id: str
    status: int
    item: Mapping[str, Any] | None

    @property
    def progress(self) -> float | None:
        """From 0 to 1, None where it is not told."""
        value = number_of((self.item or {}).get("progress"))
        return None if value is None else min(max(value, 0.0), 1.0)

    @property
    def stage(self) -> str:
        """The server's word for what it does, "" where it is not told."""
        return text_of((self.item or {}).get("stage"))

    @property
    def is_running(self) -> bool:
        """Whether the job has surely begun."""
        return bool(self.progress) or bool(self.stage and not _WAITING.search(self.stage))

    @property
    def reason(self) -> str:
        """Why it failed, "" where that is not told, which is the rule."""
        item = self.item or {}
        # Its other fields are what was asked for.
        return reason_in({name: item.get(name) for name in _OF_FAILURES})


def code_of(value: object) -> int | None:
    """Return the code in an envelope, None where there is none."""
    code = value.get("code") if isinstance(value, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def data_of(value: object) -> object:
    """Return what is in the envelope, or the value itself where it has none."""
    return value["data"] if isinstance(value, dict) and "data" in value else value


def job_id_of(value: object) -> str | None:
    """Return the id in the answer to a submission, None where there is none that can be used."""
    data = data_of(value)
    job_id = data.get("task_id") if isinstance(data, dict) else None
    usable = isinstance(job_id, str) and re.fullmatch(r"[!-~]{1,200}", job_id)
    return str(job_id) if usable else None


def reports_of(value: object) -> list[JobReport] | None:
    """Return what an answer says of jobs, None if it has another shape."""
    data = data_of(value)
    if not isinstance(data, list):
        return None
    return [
        JobReport(entry["task_id"], _status_of(entry), _item_of(entry))
        for entry in data
        if isinstance(entry, dict) and isinstance(entry.get("task_id"), str)
    ]


def _status_of(entry: Mapping[str, Any]) -> int:
    value = number_of(entry.get("status"))
    return int(value) if value is not None else 0


def _item_of(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the first item of a result, which is text that holds JSON; None if there is none."""
    result = entry.get("result")
    if isinstance(result, str):
        try:
            result = json.loads(result) if result.strip() else []
        except (ValueError, RecursionError):
            return {"unread": result}
    items = result if isinstance(result, list) else [result]
    found = next((item for item in items if isinstance(item, dict)), None)
    if found is None:
        return None
    # Where a failure is told beside the result, it is told all the same.
    beside = {name: entry[name] for name in ("error",) if entry.get(name)}
    return beside | found


def answer_of(item: Mapping[str, Any], job_id: str, clean: Callable[[str], str]) -> Answer:
    """Return the facts that came with a song; `clean` makes the service's texts safe to show."""
    return Answer(
        trace_id=job_id,
        seed=seed_of(item.get("seed_value")),
        model=clean(text_of(item.get("dit_model"))) or None,
        filled_in=filled_in(_mapping(item.get("metas"))),
        notes=tuple(rewritten(item, clean)),
    )


def seed_of(value: object) -> int | None:
    """Return the seed that was used, None where it is not told."""
    first = str(value).partition(",")[0].strip()
    return int(first) if re.fullmatch(r"[0-9]{1,10}", first) else None


def filled_in(metas: Mapping[str, Any]) -> dict[str, Value]:
    """Return what was used for keys of a song, under their names."""
    bpm, seconds = number_of(metas.get("bpm")), number_of(metas.get("duration"))
    language = _first(metas, "vocal_language", "language").partition("-")[0].lower()
    found: dict[str, Value] = {
        "bpm": round(bpm) if bpm and 30 <= bpm <= 300 else None,
        "scale": scale_of(_first(metas, "keyscale", "key_scale")),
        "meter": meter_of(_first(metas, "timesignature", "time_signature")),
        "duration": _seconds(seconds),
        "lang": language if language in LANGUAGES else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _seconds(seconds: float | None) -> Value:
    if seconds is None or not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        return None
    return int(seconds) if seconds.is_integer() else seconds


def scale_of(text: str) -> str | None:
    """Return a key as songs write it, `F# minor`; None if it is none."""
    found = _SCALE.fullmatch(text.strip())
    if not found:
        return None
    accidental = found[2].replace("♯", "#").replace("♭", "b").lower()
    mode = "major" if found[3].lower().startswith("maj") else "minor"
    return f"{found[1].upper()}{accidental} {mode}"


def meter_of(text: str) -> str | None:
    """Return a meter as songs write it, `6/8`; None if it is none of theirs."""
    beats = text.strip().removesuffix(".0")
    return _METERS.get(beats) or (beats if beats in _METERS.values() else None)


def rewritten(item: Mapping[str, Any], clean: Callable[[str], str]) -> Iterable[str]:
    """Yield a sentence for each text that the server used otherwise than asked."""
    asked = _mapping(item.get("metas"))
    for name, word in (("prompt", "style"), ("lyrics", "lyrics")):
        was, used = asked.get(name), item.get(name)
        if not isinstance(was, str) or not isinstance(used, str):
            continue
        if " ".join(was.split()) != " ".join(used.split()) and used.strip():
            shown = clean(used)[:_LONGEST_SHOWN]
            yield f"the server's language model rewrote the {word}; what it used begins: {shown}"


def same_model(asked: str, used: str) -> bool:
    """Return whether two names are of one model: owners, folders and dots do not count."""
    return _bare(asked) == _bare(used)


def _bare(name: str) -> str:
    return re.split(r"[/\\]", name.strip().rstrip("/\\"))[-1].lower().replace(".", "")


def number_of(value: object) -> float | None:
    """Return a number, also one that is written as text; None for all else, as "N/A"."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if -1e12 < number < 1e12 else None


def text_of(value: object) -> str:
    """Return a text, "" for all else."""
    return value.strip() if isinstance(value, str) else ""


def _first(metas: Mapping[str, Any], *names: str) -> str:
    return next((str(metas[name]) for name in names if metas.get(name) is not None), "")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
