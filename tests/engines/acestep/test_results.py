"""Answers of both states of the server, and what nobody promised."""

from __future__ import annotations

import json
from typing import Any

import pytest

from songbatch.engines.acestep.inventory import find_model, load_of, models_of
from songbatch.engines.acestep.results import (
    answer_of,
    filled_in,
    job_id_of,
    meter_of,
    reports_of,
    same_model,
    scale_of,
    seed_of,
)
from tests.engines.acestep.loopback import done_item, job_entry


def clean(text: str) -> str:
    return text


def test_a_done_job_tells_what_it_used_under_the_names_of_songs() -> None:
    answer = answer_of(done_item(), "job", clean)
    assert answer.seed == 41
    assert answer.model == "acestep-v15-turbo"
    assert answer.filled_in == {"bpm": 96, "scale": "C major", "meter": "4/4", "duration": 60}
    assert answer.notes == ()
    assert answer.cost_usd is None
    assert answer.trace_id == "job"


def test_an_item_from_memory_does_not_tell_seed_and_model() -> None:
    item = done_item()
    for name in ("seed_value", "dit_model", "generation_info"):
        del item[name]
    answer = answer_of(item, "job", clean)
    assert (answer.seed, answer.model) == (None, None)


@pytest.mark.parametrize(
    "metas",
    [
        {"bpm": "N/A", "duration": "N/A", "keyscale": "N/A", "timesignature": "N/A"},
        {"bpm": None, "keyscale": "", "timesignature": 5, "duration": 0, "language": "unknown"},
        {"bpm": True, "duration": float("inf"), "keyscale": ["C"], "timesignature": {}},
        {"bpm": "nan", "duration": "1e400"},
    ],
)
def test_what_is_not_told_is_not_filled_in(metas: dict[str, Any]) -> None:
    assert filled_in(metas) == {}


def test_numbers_may_be_text_and_fractions() -> None:
    told = {"bpm": "96.4", "duration": "61.5", "timesignature": 6, "language": "de"}
    assert filled_in(told) == {"bpm": 96, "duration": 61.5, "meter": "6/8", "lang": "de"}


@pytest.mark.parametrize(
    ("told", "scale"),
    [("F# minor", "F# minor"), ("B♭ Major", "Bb major"), ("c maj", "C major"), ("H dur", None)],
)
def test_scales(told: str, scale: str | None) -> None:
    assert scale_of(told) == scale


@pytest.mark.parametrize(("told", "meter"), [("4", "4/4"), ("6/8", "6/8"), ("5", None)])
def test_meters(told: str, meter: str | None) -> None:
    assert meter_of(told) == meter


@pytest.mark.parametrize(
    ("told", "seed"),
    [("41", 41), (41, 41), ("41,42", 41), ("", None), (None, None), ("-1", None), (True, None)],
)
def test_seeds(told: object, seed: int | None) -> None:
    assert seed_of(told) == seed


def test_words_that_were_rewritten_are_a_note() -> None:
    item = done_item(prompt="ethereal dream pop with\nshimmering guitars", lyrics="[Verse]\nOther")
    first, second = answer_of(item, "job", clean).notes
    assert "rewrote the style" in first
    assert "shimmering guitars" in first
    assert "rewrote the lyrics" in second


@pytest.mark.parametrize(
    ("asked", "used", "same"),
    [
        ("acestep-v15-turbo", "acestep/acestep-v15-turbo", True),
        ("acemusic/acestep-v1.5-xl-turbo", "acestep-v15-xl-turbo", True),
        ("acestep-v15-turbo", "/models/acestep-v15-turbo/", True),
        ("acestep-v15-turbo", r"C:\models\acestep-v15-turbo", True),
        ("acestep-v15-turbo", "acestep-v15-base", False),
    ],
)
def test_models_are_told_apart_by_their_own_names(asked: str, used: str, same: bool) -> None:
    assert same_model(asked, used) is same


def test_results_are_text_that_holds_json() -> None:
    running = {"status": 0, "progress": 0.4, "stage": "diffusion"}
    value = {
        "data": [
            job_entry("a", 0, running),
            job_entry("b", 0),
            {"task_id": "c", "status": "1", "result": [{"file": "x"}]},
            {"task_id": "d", "status": 1, "result": "{broken"},
            {"task_id": "e", "status": 2, "result": '[{"stage": "failed"}]', "error": "CUDA"},
            {"status": 1},
            "junk",
        ]
    }
    reports = reports_of(value)
    assert reports is not None
    a, b, c, d, e = reports
    assert (a.progress, a.stage, a.is_running) == (0.4, "diffusion", True)
    assert b.item is None
    assert (c.status, c.item) == (1, {"file": "x"})
    assert d.item == {"unread": "{broken"}
    assert e.reason == "CUDA"


def test_a_job_that_waits_is_not_running() -> None:
    reports = reports_of([job_entry("a", 0, {"progress": 0.0, "stage": "queued"})])
    assert reports is not None
    assert not reports[0].is_running


@pytest.mark.parametrize("value", [None, {"data": None}, {"data": {}}, 3, "text"])
def test_what_is_no_list_of_jobs_is_seen(value: object) -> None:
    assert reports_of(value) is None


@pytest.mark.parametrize(
    ("value", "job_id"),
    [
        ({"data": {"task_id": "5f0c"}}, "5f0c"),
        ({"task_id": "5f0c"}, "5f0c"),
        ({"data": {"task_id": "a b"}}, None),
        ({"data": {"task_id": 7}}, None),
        ({"data": []}, None),
    ],
)
def test_ids_of_jobs(value: object, job_id: str | None) -> None:
    assert job_id_of(value) == job_id


NATIVE = {
    "data": {
        "models": [
            {
                "name": "acestep-v15-turbo",
                "is_default": True,
                "is_loaded": True,
                "supported_task_types": ["text2music", "cover"],
            },
            {"name": "acestep-v15-base", "is_loaded": False},
        ],
        "default_model": "acestep-v15-turbo",
    },
    "code": 200,
}
ROUTED = {"data": [{"id": "acestep/acestep-v15-turbo", "name": "ACE-Step Turbo"}]}


@pytest.mark.parametrize("value", [NATIVE, ROUTED])
def test_models_come_in_two_shapes(value: object) -> None:
    models = models_of(value)
    assert models is not None
    assert find_model(models, "acestep-v15-turbo") is models[0]
    assert find_model(models, "acestep-v15-sft") is None


def test_load_of_a_server() -> None:
    jobs = {"total": 9, "queued": 2, "running": 1, "succeeded": 5, "failed": 1}
    load = load_of({"data": {"jobs": jobs, "avg_job_seconds": 12.5, "queue_maxsize": 200}})
    assert load is not None
    assert (load.alive, load.finished, load.job_seconds) == (3, 6, 12.5)
    assert load_of({"data": {"jobs": {"queued": "?"}}}) is None
    assert load_of(json.loads("[]")) is None
