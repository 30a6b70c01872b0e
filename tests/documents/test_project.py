"""songbatch.yaml: what a project says of its engines, and what is wrong with it."""

from __future__ import annotations

import json

import pytest

from songbatch.documents.project import load_project
from songbatch.sources import Source
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def test_the_price_is_the_projects(prepared: Project, contract_server: ContractServer) -> None:
    prepared.write("songbatch.yaml", "version: 1\nengines: {music-01: {usd_per_render: 0.1}}\n")
    (engine,) = json.loads(prepared.run("plan", "--json").stdout)["engines"]
    assert engine["totals"]["cost_usd"] == 0.2
    refused = prepared.run("render", "--max-cost", "0.19")
    assert refused.status == 3, refused
    assert "$0.20" in refused.stderr
    result = prepared.run("render", "--max-cost", "0.2")
    assert result.status == 0, result
    assert "; about $0.20." in result.stdout
    assert prepared.entries("demo")["demo/first/1"]["cost_usd"] == 0.1


def test_what_the_answer_says_wins(prepared: Project, contract_server: ContractServer) -> None:
    prepared.write("songbatch.yaml", "version: 1\nengines: {music-01: {usd_per_render: 0.1}}\n")
    contract_server.cost_usd = "0.07"
    assert "$0.14 spent" in prepared.run("render").stdout


def test_jobs_and_seconds_are_the_projects(
    prepared: Project, contract_server: ContractServer
) -> None:
    prepared.write(
        "songbatch.yaml", "version: 1\nengines:\n  music-01: {jobs: 1, seconds_per_render: 90}\n"
    )
    (engine,) = json.loads(prepared.run("plan", "--json").stdout)["engines"]
    assert engine["totals"]["seconds"] == 180.0
    assert prepared.run("render").status == 0
    assert contract_server.peak_in_flight == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 2\n", "songbatch.yaml:1:10: error[schema."),
        ("engines: {}\n", "the project has no `version`"),
        ("version: 1\nengines: {music-1: {}}\n", 'did you mean "music-01"?'),
        ("version: 1\nengines: {music-01: {price: 1}}\n", "songbatch.yaml:2:22"),
        ("version: 1\nengines: {music-01: {usd_per_render: free}}\n", "a number is needed"),
        ("version: 1\nengines: {music-01: {usd_per_render: -1}}\n", "songbatch.yaml:2:38"),
        ("version: 1\nengines: {music-01: {jobs: 0}}\n", "songbatch.yaml:2:28"),
        ("version: 1\nengines: [", "this is not YAML"),
        ("", "the file is empty"),
    ],
)
def test_mistakes_are_told_with_their_place(prepared: Project, text: str, expected: str) -> None:
    for command in ("check", "render"):
        result = prepared.write("songbatch.yaml", text).run(command)
        assert result.status == 2, result
        assert expected in result.stdout + result.stderr, result


def test_a_link_out_of_the_project_is_not_followed(prepared: Project) -> None:
    (prepared.root / "songbatch.yaml").symlink_to("/etc/hostname")
    result = prepared.run("check")
    assert result.status == 2, result
    assert "it leads out of the project" in result.stdout + result.stderr


def test_settings_of_an_engine_are_read_as_they_are_written() -> None:
    text = (
        "version: 1\nengines:\n  own:\n    settings: {voice: alto, fast: true, n: 3, run: [a, 2]}\n"
    )
    project, diagnostics = load_project(Source("songbatch.yaml", text))
    assert diagnostics == []
    assert project.engines["own"].settings == {
        "voice": "alto",
        "fast": True,
        "n": 3,
        "run": ("a", 2),
    }
