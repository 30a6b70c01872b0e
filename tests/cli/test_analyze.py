"""`songbatch analyze`: what it prints, draws and refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.features import Features
from songbatch.model import Purpose
from support.contract.audio import tone
from support.kit import Project
from support.references import band, voice


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write("band.wav", band(100.0, 7, drums=True))
    made.write("voice.wav", voice((50.0, 52.0, 55.0, 52.0)))
    return made


def test_a_band_is_told_in_lines(project: Project) -> None:
    result = project.run("analyze", "band.wav", "--purpose", "instrumental")
    assert result.status == 0, result
    lines = {line[:10].strip(): line[10:] for line in result.stdout.splitlines()}
    assert lines["tempo"].startswith("100.0 bpm, 4/4"), result
    assert lines["key"].startswith("G major"), result
    assert "| G " in lines["chords"], result
    assert [len(lines[name]) for name in ("kick", "snare", "hat")] == [19, 19, 19]
    assert "voice" not in lines


def test_a_voice_is_told_in_lines(project: Project) -> None:
    result = project.run("analyze", "voice.wav", "--purpose", "voice")
    assert "voice     D3 to G3, middle E3" in result.stdout, result
    assert re.search(r"vibrato   (4.9|5.0|5.1) Hz, 1\d cents", result.stdout), result
    assert re.search(r"vowels    first formant \d+ to \d+ Hz, second", result.stdout), result
    assert "drums     none to speak of" in result.stdout, result


def test_json_is_the_features(project: Project) -> None:
    result = project.run("analyze", "band.wav", "--purpose", "instrumental", "--json")
    told = features.load(result.stdout)
    assert isinstance(told, Features)
    assert told == features.extract(band(100.0, 7, drums=True), Purpose.INSTRUMENTAL)
    assert json.loads(result.stdout)["rhythm"]["beats_per_bar"] == 4


def test_the_picture_is_an_svg_with_the_chords_and_no_script(project: Project) -> None:
    project.write("<&>.wav", band(100.0, 7, drums=True))
    for name, purpose in (("<&>.wav", "song"), ("voice.wav", "voice")):
        result = project.run("analyze", name, "--purpose", purpose, "--picture", "heard.svg")
        assert result.status == 0, result
        root = ET.fromstring((project.root / "heard.svg").read_bytes())
        tags = {node.tag.rpartition("}")[2] for node in root.iter()}
        assert tags == {"svg", "rect", "text", "line", "polygon", "path"}
        texts = [node.text for node in root.iter() if node.tag.endswith("text")]
        assert name in texts
        assert {"wave", "chords", "energy", "pitch", "kick"} <= set(texts)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no audio at all", "the file is a text"),
        (b"", "the file is empty"),
        (tone("wav", 2.0, 99.0), "too short"),
        (None, "no such file"),
    ],
)
def test_what_cannot_be_heard_is_refused(
    project: Project, content: bytes | None, said: str
) -> None:
    if content is not None:
        project.write("other.mp3", content)
    result = project.run("analyze", "other.mp3")
    assert result.status == 2, result
    assert said in result.stderr
    assert "fix:" in result.stderr


def test_a_picture_that_cannot_be_written_is_refused(project: Project) -> None:
    result = project.run("analyze", "band.wav", "--picture", "voice.wav/heard.svg")
    assert result.status == 2, result
    assert "voice.wav" in result.stderr
