"""The money rule at services that bill by units: what they charged is what is counted and kept."""

from __future__ import annotations

import pytest

from support.fal.server import FalServer, fal_server
from support.fal.troubles import Mishap, Trouble
from support.kit import Project
from support.replicate.server import ReplicateServer, replicate_server
from support.replicate.troubles import Trouble as Course
from tests.run.service_projects import (
    MUSIC,
    RENDER,
    costs,
    fal_project,
    last,
    manifest_entries,
    replicate_project,
    spec,
)

__all__ = ["fal_server", "replicate_server"]

FIVE = spec("fal/music-3", *"abcde")
OWN = """models: {mine: {endpoint: ENDPOINT, title: Mine, sends: {lyrics: {field: lyrics,
  grammar: sections, needed: true}, style: {field: prompt}, duration: {field: duration}},
  gives: {audio: audio.url, form: wav, rate: 44100, seconds: [1, 300]},
  price: {usd: 0, per: song}, seconds_per_render: 1}}"""


def kinds(project: Project) -> set[str]:
    return {entry["cost_kind"] for entry in manifest_entries(project)}


def test_songs_cost_what_was_charged(project: Project, fal_server: FalServer) -> None:
    fal_project(project, fal_server)
    fal_server.script_jobs([Trouble.billed(3)])
    result = project.run(*RENDER, "--json")
    assert result.status == 0, result
    assert sorted(costs(project).values()) == [0.006, 0.016]
    assert kinds(project) == {"computed"}
    assert last(result)["cost_usd"] == pytest.approx(fal_server.books.total)


@pytest.mark.parametrize("is_told", [True, False], ids=["priced anew", "units untold"])
def test_what_nobody_says_is_kept_as_planned(
    is_told: bool, project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server, spec("fal/music-3", "hill"))
    fal_server.pricing.set(MUSIC, 0.003, "seconds")
    fal_server.script_jobs([Trouble.billed(8, told=is_told)])
    assert project.run(*RENDER).status == 0
    assert list(costs(project).values()) == [0.024 if is_told else 0.016]
    assert kinds(project) == {"computed" if is_told else "planned"}


def test_no_more_is_asked_for_than_the_bound_holds_at_the_dearer_price(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server, FIVE)
    fal_server.pricing.set(MUSIC, 0.004, "seconds")
    result = project.run(*RENDER, "--jobs", "1", "--max-cost", "0.1")
    assert result.status == 1, result
    assert fal_server.books.total == 0.096
    line = "engines: {fal: {models: {music-3: {price: {usd: 0.004, per: second}}}}}"
    assert f"the service charges $0.032 where $0.016 was planned: write {line}" in result.stdout
    inner = line.removeprefix("engines: {fal: {").removesuffix("}}")
    project.replace("songbatch.yaml", "fal: {", f"fal: {{{inner}, ")
    assert "at most $0.064" in project.run("plan").stdout


@pytest.mark.parametrize("unit_usd", [0.005, 0.01], ids=["cheaper", "dearer"])
def test_a_price_of_a_song_that_is_another_by_now_is_told_with_the_line_to_write(
    unit_usd: float, project: Project, fal_server: FalServer
) -> None:
    text = spec("fal/mureka-9", "hill", "river", defaults="style: dream pop")
    fal_project(project, fal_server, text)
    fal_server.pricing.set("mureka/api/generate/song", unit_usd, "units")
    result = project.run(*RENDER, "--max-cost", "1")
    assert result.status == 0, result
    usd = round(9 * unit_usd, 4)
    prices = f"[{{when: {{lyrics: false}}, usd: 0.75, per: song}}, {{usd: {usd:g}, per: song}}]"
    line = f"engines: {{fal: {{models: {{mureka-9: {{price: {prices}}}}}}}}}"
    told = f"the service charges ${usd:g} where $0.0675 was planned: write {line}"
    assert result.stdout.count(told) == 1, result
    inner = line.removeprefix("engines: {fal: {").removesuffix("}}")
    project.replace("songbatch.yaml", "fal: {", f"fal: {{{inner}, ")
    project.replace("specs/demo.yaml", "dream pop", "folk")
    again = project.run(*RENDER, "--max-cost", "1")
    assert again.status == 0, again
    assert "was planned" not in again.stdout


def test_what_is_dearer_stops_what_has_not_left(project: Project, fal_server: FalServer) -> None:
    fal_project(project, fal_server, spec("fal/music-3", *"abcdefghij"))
    fal_server.pricing.set(MUSIC, 0.02, "seconds")
    fal_server.hold()
    process = project.start(*RENDER, "--jobs", "4", "--max-cost", "0.17")
    fal_server.wait_for_requests("submit", 4)
    fal_server.release()
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 1, stdout
    assert len(fal_server.jobs) == 4
    assert sorted(costs(project).values()) == [0.16] * 4


def test_seconds_of_hardware_are_held_within_the_bound(
    project: Project, replicate_server: ReplicateServer
) -> None:
    songs = spec("replicate/ace-step-1.5", *"abcde", defaults="style: pop, duration: 10")
    replicate_project(project, replicate_server, songs)
    replicate_server.script_predictions([Course("slow", predict_time=400.0)])
    result = project.run(*RENDER, "--jobs", "1", "--max-cost", "0.5")
    assert result.status == 1, result
    assert replicate_server.books.usd == 0.39
    assert list(costs(project).values()) == [0.39]


def test_a_bound_counts_a_cap_as_the_whole_of_it(project: Project, fal_server: FalServer) -> None:
    text = spec("fal/music-3", "hill", "river", defaults="style: pop, duration: 60")
    fal_project(project, fal_server, text)
    assert "at most $0.24" in project.run("plan").stdout
    assert project.run(*RENDER, "--max-cost", "0.23").status == 3
    result = project.run(*RENDER, "--max-cost", "0.24", "--json")
    assert result.status == 0, result
    assert last(result)["cost_usd"] == pytest.approx(fal_server.books.total) == 0.032


def test_a_projects_price_lifts_no_bound(project: Project, fal_server: FalServer) -> None:
    fal_project(project, fal_server, settings="usd_per_render: 0.001")
    assert "counting $0.016, $0.032 in all" in project.run("plan").stdout
    assert project.run(*RENDER, "--max-cost", "0.01").status == 3
    assert project.run(*RENDER, "--max-cost", "0.032").status == 0
    assert set(costs(project).values()) == {0.016}


@pytest.mark.parametrize("endpoint", [MUSIC, "somebody/else"])
def test_a_row_without_a_price_makes_nothing_free(
    endpoint: str, project: Project, fal_server: FalServer
) -> None:
    fal_server.queue.models["somebody/else"] = fal_server.queue.models[MUSIC]
    fal_server.listing.shows_payloads = False
    songs = spec("fal/mine", "hill", "river")
    fal_project(project, fal_server, songs, OWN.replace("ENDPOINT", endpoint))
    plan, bounded = project.run("plan"), project.run(*RENDER, "--max-cost", "0.01")
    assert "pass --price if it is right" in plan.stdout, plan
    assert bounded.status == 3, bounded
    assert "--price" in bounded.stderr
    fal_server.script("submit", [Mishap.lost_after()])
    assert project.run(*RENDER).status == 1
    assert project.run(*RENDER).status == 3
    assert len(fal_server.jobs) == 2
