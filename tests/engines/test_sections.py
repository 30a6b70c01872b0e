"""Sections of songbatch.yaml: what of an engine a project may say, and what it may not replace."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from songbatch.engines.catalog import KINDS, Engines
from songbatch.model import EngineSettings
from songbatch.traits import UnknownEngine
from support.kit import Project
from tests.run.specs import SONG


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_engine_that_comes_along_is_not_replaced(name: str, kind: str) -> None:
    models = {"fal": "fal/music-3", "replicate": "replicate/heartmula"}
    engines = Engines({name: EngineSettings(kind=kind)})
    if kind == name:
        assert engines[models.get(name, name)].identity.as_json()["name"] == name
        return
    with pytest.raises(UnknownEngine, match="cannot be one of kind"):
        engines[name]


@pytest.mark.parametrize("name", ["sketch", "music-01"])
@pytest.mark.parametrize("field", ["url", "key_env", "face"])
def test_an_engine_without_a_server_to_name_says_so(name: str, field: str) -> None:
    with pytest.raises(UnknownEngine, match=f"takes no `{field}` from a project"):
        Engines({name: replace(EngineSettings(), **{field: "x"})})[name]


def test_the_place_is_told(project: Project) -> None:
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3").write(
        "songbatch.yaml", "version: 1\nengines:\n  sketch: {kind: music-01}\n"
    )
    result = project.run("check")
    assert result.status == 2, result
    assert (
        "songbatch.yaml:3:3: error[engine.settings]: the engine cannot be set up so"
        in result.stdout
    )
    assert "fix: give this section another name" in result.stdout


def test_a_slip_in_a_name_is_not_its_own_correction() -> None:
    engines = Engines({"acestp": EngineSettings(url="http://127.0.0.1:8001")})
    with pytest.raises(UnknownEngine) as unknown:
        engines["acestp"]
    assert unknown.value.fix == 'did you mean "acestep"?'


def test_a_section_without_an_engine_is_not_among_those_that_there_are(project: Project) -> None:
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3").write(
        "songbatch.yaml",
        "version: 1\nengines:\n  qqq: {url: 'http://127.0.0.1:8001'}\n  zzz: {kind: xxx}\n"
        "  mine: {kind: acestep}\n",
    )
    result = project.run("check")
    assert result.status == 2, result
    assert "songbatch.yaml:3:3: error[engine.unknown]" in result.stdout
    assert "songbatch.yaml:4:3: error[engine.unknown]" in result.stdout
    assert (
        result.stdout.count(
            "fix: there are sketch, music-01, acestep, fal, replicate, mine; others"
        )
        == 2
    )


def test_a_misspelt_model_is_doubted_and_never_refused(project: Project) -> None:
    project.write("specs/demo.yaml", "version: 1\nengine: acestep\nsongs: {one: {lyrics: la}}\n")
    project.write("songbatch.yaml", "version: 1\nengines:\n  acestep: {model: acestep-v15-bsae}\n")
    result = project.run("check")
    assert result.status == 0, result
    assert result.stdout.count("warning[engine.model]") == 1
    assert "songbatch.yaml:3:3: warning[engine.model]" in result.stdout
    assert 'fix: did you mean "acestep-v15-base"?' in result.stdout
