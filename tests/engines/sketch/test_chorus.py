"""Proposed parts of songs whose bars and choruses are known."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile

from songbatch.engines.sketch.analysis.chorus import CutLength, proposed
from support.formed_songs import RATE, FormedSong, formed_song
from support.kit import Project


@pytest.mark.parametrize("seed", [3, 5])
def test_a_part_begins_on_a_bar_line_and_is_chorus(seed: int) -> None:
    song = formed_song(seed)
    found = proposed(song.sound, CutLength(15.0, 60.0, 30.0))
    assert found is not None
    _demand_chorus(song, found.start, found.end)
    assert 15 < found.end - found.start <= 60
    assert found.again


def _demand_chorus(song: FormedSong, start: float, end: float) -> None:
    assert np.abs(np.array(song.bars) - start).min() < 0.05
    assert any(first - 0.05 < start and end < last + 0.05 for first, last in song.choruses)


def test_nothing_is_proposed_where_no_bars_are_that_long() -> None:
    song = formed_song(3)
    assert proposed(song.sound, CutLength(0.0, 1.0, 1.0)) is None


def test_the_command_prints_what_can_be_pasted(project: Project) -> None:
    song, out = formed_song(3), io.BytesIO()
    soundfile.write(out, song.sound, RATE, format="FLAC", subtype="PCM_16")
    project.write("specs/jam.flac", out.getvalue())
    told = json.loads(project.run("analyze", "specs/jam.flac", "--suggest", "--json").stdout)
    _demand_chorus(song, told["from_ms"] / 1000, told["to_ms"] / 1000)
    lines = project.run("analyze", "specs/jam.flac", "--suggest", "--engine", "sketch").stdout
    first, last, why = lines.splitlines()
    assert first == f"from: {told['from']}"
    assert last == f"to: {told['to']}"
    assert why.startswith(f"# {told['bars']} bars of 4/4 at ")
    project.write(
        "specs/demo.yaml",
        "version: 1\nreferences:\n  jam:\n    file: jam.flac\n    purpose: song\n"
        + "".join(f"    {line}\n" for line in lines.splitlines())
        + "songs:\n  dawn: {reference: jam, lyrics: la}\n",
    )
    checked = project.run("check")
    assert "0 errors, 0 warnings" in checked.stdout, checked


def test_an_engine_without_suggestion_is_a_slip(project: Project) -> None:
    result = project.run("analyze", "x.wav", "--engine", "sketch")
    assert result.status == 2
    assert "add --suggest" in result.stderr
