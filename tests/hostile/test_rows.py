"""A stranger's rows and addresses of job services: no key, money, disk or traceback for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from songbatch.engines.catalog import Engines
from songbatch.engines.job_service.downloads import most_bytes
from songbatch.engines.job_service.rows import Gives
from songbatch.engines.job_service.table import table_of
from songbatch.model import AudioFormat, AudioSetting, EngineSettings
from songbatch.prices import Amount
from songbatch.run.booking import room
from songbatch.store.blobs import MAX_BLOB_BYTES
from support.fal.server import FalServer, fal_server

if TYPE_CHECKING:
    from support.kit import Project, Result

__all__ = ["fal_server"]

ROW = {
    "endpoint": "someone/sells-anything",
    "sends": {"lyrics": {"field": "lyrics"}, "style": {"field": "prompt"}},
    "gives": {"audio": "audio.url"},
    "price": {"usd": 0},
}
SPEC = """\
version: 1
defaults: {style: folk}
songs:
  one: {lyrics: Come home to me now, takes: 3}
"""
DEEP = ".".join(["a"] * 3000)
FAST = ("--backoff", "0.01", "--no-measure")


def projects(project: Project, server: FalServer | None, **said: Any) -> Project:
    """Write a project with these settings of fal, as a stranger may have committed them."""
    section = {"seconds_per_render": 0.5, **said}
    if server is not None:
        project.environment = {"FAL_KEY": server.key}
        section.setdefault("url", server.url)
    project.write("songbatch.yaml", json.dumps({"version": 1, "engines": {"fal": section}}))
    return project.write("specs/demo.yaml", SPEC)


def render(project: Project, *more: str, engine: str = "fal/mine") -> Result:
    return project.run("render", "--engine", engine, *FAST, *more)


@pytest.mark.parametrize("setting", ["url", "queue_url", "platform_url", "upload_url"])
def test_no_address_of_a_project_gets_the_key(
    project: Project, fal_server: FalServer, setting: str
) -> None:
    projects(project, fal_server, **{setting: "https://fal.example/queue"})
    result = render(project, "--max-cost", "1", engine="fal/music-3")
    assert result.status == 3, result
    assert "songbatch.yaml would send the key in FAL_KEY to https://fal.example/queue" in (
        result.stderr
    )
    assert not fal_server.requests


def test_no_other_variable_is_sent_to_the_service(project: Project) -> None:
    projects(project, None, key_env="BANK_TOKEN")
    project.environment = {"BANK_TOKEN": "a-secret-of-the-bank"}
    result = render(project, "--max-cost", "1", engine="fal/music-3")
    assert result.status == 3, result
    assert "would send the key in BANK_TOKEN to https://queue.fal.run" in result.stderr


@pytest.mark.parametrize(
    ("endpoint", "counted"),
    [
        ("someone/sells-anything", "0.68"),
        ("mureka/api/generate/song", "0.68"),
        ("mureka/api/voice/clone", "15.00"),
    ],
)
def test_a_row_that_costs_nothing_is_not_believed(
    project: Project, fal_server: FalServer, endpoint: str, counted: str
) -> None:
    projects(project, fal_server, models={"mine": ROW | {"endpoint": endpoint}})
    result = render(project, "--max-cost", "0.5")
    assert result.status == 3, result
    assert f"${counted}" in result.stderr, result
    assert not fal_server.jobs


@pytest.mark.parametrize(
    "sends",
    [
        {"duration": False, "constants": {"duration": 300}},
        {"duration": {"field": "ignored"}, "constants": {"duration": 300}},
    ],
)
def test_a_row_that_hides_how_long_songs_are_counts_the_longest(sends: dict[str, Any]) -> None:
    said = {"music-3": {"sends": sends, "gives": {"seconds": [0, 1]}}}
    tariff = Engines({"fal": EngineSettings(models=said)})["fal/music-3"].tariff()
    assert tariff.price(Amount(1.0)).counted == pytest.approx(0.6)


def test_a_hand_that_costs_nothing_is_not_believed() -> None:
    hand = {"field": "url", "gives": "id", "usd": 0}
    said = {"a": hand | {"endpoint": "someone/x"}, "b": hand | {"endpoint": "minimax/music-3"}}
    hands = table_of("fal", EngineSettings(hands=said)).hands
    assert (hands["a"].usd, hands["b"].usd) == (0.225, 0.002)


@pytest.mark.parametrize(
    "said",
    [{"price": {"usd": 0, "per": "second"}}, {"metered": {"by": "inference_time", "usd": 0}}],
)
def test_no_cost_is_computed_by_what_a_stranger_says(
    project: Project, fal_server: FalServer, said: dict[str, Any]
) -> None:
    projects(project, fal_server, models={"music-3": said}, platform_url="http://127.0.0.1:9")
    result = render(project, "--max-cost", "2", "--json", engine="fal/music-3")
    assert result.status == 0, result
    finished = result.events[-1]
    if "metered" in said:
        assert finished["computed_usd"] == pytest.approx(fal_server.books.total)
    else:
        assert finished["computed_usd"] == 0
    assert {entry["cost_kind"] for entry in project.manifest("demo", "fal@music-3")["renders"]} == (
        {"computed"} if "metered" in said else {"planned"}
    )


def test_a_length_that_a_row_claims_takes_no_disk() -> None:
    long = {"gives": {**ROW["gives"], "seconds": [0, 86400], "rate": 192000}}  # type: ignore[dict-item]
    engine = Engines({"fal": EngineSettings(models={"mine": ROW | long})})["fal/mine"]
    assert room(AudioSetting(AudioFormat.WAV), 86400, engine.traits) == MAX_BLOB_BYTES
    assert most_bytes(Gives("audio.url", seconds=(0, 86400))) == MAX_BLOB_BYTES


@pytest.mark.parametrize(
    "change",
    [
        {"sends": {"lyrics": {"field": DEEP}}},
        {"sends": {"style": {"field": "prompt"}, "constants": {DEEP: 1}}},
        {"gives": {"audio": DEEP}},
        {"endpoint": "../other"},
        {"endpoint": "a//evil.example"},
        {"endpoint": "a/b?x=y"},
        {"endpoint": "a/b\n"},
        {"endpoint": "a/b\x1b[31m"},
        {"gives": {"audio": "../../etc/passwd"}},
        {"price": {"usd": -1}},
        {"price": {"usd": 1e300}},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_a_row_that_is_none_is_refused_where_it_stands(
    project: Project, fal_server: FalServer, change: dict[str, Any]
) -> None:
    projects(project, fal_server, models={"mine": ROW | change})
    result = render(project, "--max-cost", "9")
    assert result.status == 2, result
    assert "songbatch check shows what is wrong with songbatch.yaml" in result.stderr
    checked = project.run("check")
    assert checked.status == 2, checked
    assert checked.stdout.startswith("songbatch.yaml:1:")
    assert "\x1b" not in result.stdout + result.stderr + checked.stdout + checked.stderr
    assert not fal_server.requests


def test_rows_are_read_once_however_many_there_are() -> None:
    said = EngineSettings(models={f"m{number}": ROW for number in range(3000)})
    engines = Engines({"fal": said})
    assert engines["fal/m7"].identity.model == engines["fal/m2999"].identity.model
    assert table_of("fal", said) is table_of("fal", said)


@pytest.mark.parametrize("name", ["../x", "x/y", "x\n", "..", "\x1b[31m", "x" * 65])
def test_a_name_of_a_row_is_no_path(project: Project, fal_server: FalServer, name: str) -> None:
    projects(project, fal_server, models={name: ROW})
    result = project.run("check")
    assert result.status == 2, result
    assert "\x1b" not in result.stdout + result.stderr
