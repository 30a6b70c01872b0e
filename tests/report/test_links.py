"""How much audio a page carries, and from where."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from songbatch.diagnostics import UsageError
from songbatch.report.links import MAX_EMBEDDED_BYTES, EmbeddedLinks
from songbatch.sources import Unreadable
from support.kit import Project
from tests.audio.making import fmt, riff
from tests.hostile.forking import Forks

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
defaults: {audio: {format: wav}}
songs: {one: {reference: river, lyrics: "the kettle sings, the day begins"}}
"""
MANIFEST = "outputs/x/sketch/manifest.json"


def test_audio_is_carried_up_to_a_bound() -> None:
    links = EmbeddedLinks(str.encode, left=3)
    assert links.to("abc") == "data:audio/mpeg;base64,YWJj"
    links = EmbeddedLinks(lambda _: bytes(6), left=12)
    assert links.to("a.wav") == links.to("a.wav") == "data:audio/wav;base64,AAAAAAAA"
    with pytest.raises(UsageError, match=r"b\.wav is too much"):
        links.to("b.wav")


def test_a_file_that_vanishes_meanwhile_is_said() -> None:
    def gone(_: str) -> bytes:
        raise Unreadable("there is no such file", fix="render it")

    with pytest.raises(UsageError, match=r"cannot read a\.mp3: there is no such file"):
        EmbeddedLinks(gone).to("a.mp3")


def test_pages_carry_what_the_store_has_and_no_more_than_memory_does(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write("specs/x.yaml", SPEC).reference("specs/river.mp3")
    assert project.run("render").status == 0
    shutil.move(project.root / "outputs/x/sketch/one.wav", tmp_path / "one.wav")
    with Forks() as forks:
        result = forks.run(project.root, "report", "--embed")
        assert result.status == 0, result
        assert b"base64,UklGR" in (project.root / "outputs/report.html").read_bytes()
        huge = riff((b"fmt ", fmt()), (b"data", bytes(MAX_EMBEDDED_BYTES)))
        manifest = json.loads((project.root / MANIFEST).read_text())
        manifest["renders"][0]["sha256"] = hashlib.sha256(huge).hexdigest()
        (project.root / MANIFEST).write_text(json.dumps(manifest))
        (project.root / "outputs/x/sketch/one.wav").write_bytes(huge)
        result = forks.run(project.root, "report", "--embed")
        assert result.status == 2, result
        assert "outputs/x/sketch/one.wav is too much" in result.stderr
