"""`songbatch conformance`, as an engine's author types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from songbatch.conformance import suite
from songbatch.engines.catalog import ENGINES
from support.acestep.server import AceStepServer
from support.contract.audio import tone
from support.contract.server import ContractServer
from support.kit import Project

KEY = "a-key-of-the-test-0123456789"


def test_an_engine_behind_an_address_is_tried_and_nothing_is_left_behind(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with AceStepServer(key=KEY) as server:
        result = project.run(
            "conformance", "acestep", "--url", server.url, env={"ACESTEP_API_KEY": KEY}
        )
        assert result.status == 0, result
        assert 0 < server.charged <= suite.songs_asked(ENGINES["acestep"].traits)
    lines = result.stdout.splitlines()
    assert len(lines) == len(suite.PROMISES) + 2
    assert lines[-1].startswith("acestep: ")
    assert "failed" not in lines[-1]
    assert KEY not in result.stdout + result.stderr
    assert project.files() == {}


def test_a_server_that_breaks_its_word_fails(tmp_path: Path) -> None:
    project = Project(tmp_path).write("specs/a.yaml", "version: 1\nsongs: {}\n")
    project.write("songbatch.yaml", "version: 1\nengines: {acestep: {face: chat}}\n")
    with AceStepServer() as server:
        server.max_seconds = 3.0
        result = project.run("conformance", "acestep", "--url", server.url, "--json")
    assert result.status == 1, result
    told = json.loads(result.stdout)
    assert told["failed"] == sum(each["outcome"] == "failed" for each in told["checks"]) > 0
    assert told["passed"] + told["failed"] + told["not_applicable"] == len(suite.PROMISES)


def test_what_costs_something_wants_a_yes(tmp_path: Path) -> None:
    with ContractServer() as server:
        project = Project(tmp_path)
        project.environment = dict(server.environment)
        result = project.run("conformance", "music-01")
        assert result.status == 3, result
        many = suite.songs_asked(ENGINES["music-01"].traits)
        assert f"{many} songs for about ${many * 0.03:.2f}" in result.stderr
        assert "--yes" in result.stderr
        assert not server.uploads


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("scetch",), 2, 'did you mean "sketch"?'),
        (("sketch", "--reference", "no.mp3"), 2, "no.mp3"),
        (("music-01", "--yes"), 5, "needs a key"),
        (("acestep", "--url", "nonsense"), 5, "url"),
    ],
)
def test_what_cannot_be_tried_is_told(
    arguments: tuple[str, ...], status: int, said: str, tmp_path: Path
) -> None:
    result = Project(tmp_path).run("conformance", *arguments)
    assert result.status == status, result
    assert said in result.stderr


def test_it_opens_what_the_project_configures_and_asks_with_the_reference(tmp_path: Path) -> None:
    project = Project(tmp_path).write("specs/a.yaml", "version: 1\nsongs: {}\n")
    project.write("mine.mp3", tone("mp3", 12.0, 330.0))
    with AceStepServer() as server:
        project.write(
            "songbatch.yaml",
            f"version: 1\nengines: {{mine: {{kind: acestep, face: chat, url: '{server.url}'}}}}\n",
        )
        result = project.run("conformance", "mine", "--reference", "mine.mp3", "--json")
        assert result.status == 0, result
        assert json.loads(result.stdout)["engine"]["kind"] == "acestep"
        assert server.charged
