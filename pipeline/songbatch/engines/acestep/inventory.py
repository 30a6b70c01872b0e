"""Models of a server and how busy it is, in whichever of their shapes they come."""

from __future__ import annotations

from typing import Any

import msgspec

from songbatch.engines.acestep.results import data_of, number_of, same_model, text_of


class ModelEntry(msgspec.Struct, frozen=True):
    """A model that a server has. `is_loaded` is None where that is not told."""

    name: str
    is_loaded: bool | None = None
    is_default: bool = False
    tasks: tuple[str, ...] = ()


class ServerLoad(msgspec.Struct, frozen=True):
    """How busy a server is: jobs by state, and seconds for one; None where it is not told."""

    queued: int
    running: int
    finished: int | None = None
    job_seconds: float | None = None
    queue_size: int | None = None

    @property
    def alive(self) -> int:
        """Jobs that the server has not finished."""
        return self.queued + self.running


def models_of(value: object) -> list[ModelEntry] | None:
    """Return the models in an answer of either shape, None if it has another."""
    data = data_of(value)
    entries = data.get("models") if isinstance(data, dict) else data
    if not isinstance(entries, list):
        return None
    found = [_entry(each) for each in entries if isinstance(each, dict)]
    return [entry for entry in found if entry.name]


def _entry(each: dict[str, Any]) -> ModelEntry:
    # The id has the name that requests use; beside it, `name` is for people.
    loaded = each.get("is_loaded")
    tasks = each.get("supported_task_types")
    return ModelEntry(
        text_of(each.get("id")) or text_of(each.get("name")),
        loaded if isinstance(loaded, bool) else None,
        each.get("is_default") is True,
        tuple(task for task in tasks if isinstance(task, str)) if isinstance(tasks, list) else (),
    )


def find_model(models: list[ModelEntry], name: str) -> ModelEntry | None:
    """Return the entry of a model, None if the server does not have it."""
    return next((entry for entry in models if same_model(entry.name, name)), None)


def load_of(value: object) -> ServerLoad | None:
    """Return how busy a server says it is, None if it does not say."""
    data = data_of(value)
    jobs = data.get("jobs") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(jobs, dict):
        return None
    # Servers count a job that they turned away as queued for ever; the queue itself is right.
    waiting = _count(data.get("queue_size"))
    queued = _count(jobs.get("queued")) if waiting is None else waiting
    running = _count(jobs.get("running"))
    if queued is None or running is None:
        return None
    ended = [_count(jobs.get(name)) for name in ("succeeded", "failed")]
    told = [number for number in ended if number is not None]
    return ServerLoad(
        queued,
        running,
        sum(told) if told else None,
        number_of(data.get("avg_job_seconds")),
        _count(data.get("queue_maxsize")),
    )


def _count(value: object) -> int | None:
    number = number_of(value)
    return int(number) if number is not None and number >= 0 else None
