"""What somebody picked on another machine is on the page, though its audio is not here."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from songbatch.digest import sha256
from songbatch.outputs.selects_list import copy_lines
from songbatch.selects import Heard, Opinion, Selects
from support.kit import Project

ABSENT = "f" * 64


@pytest.fixture
def project(listened: Path, tmp_path: Path) -> Project:
    """A project of its own, from which one chosen take's output and audio are taken away."""
    project = Project(shutil.copytree(listened, tmp_path / "project"))
    here = project.entries("demo")["demo/zeta/1"]["audio_sha256"]
    lost = project.entries("demo")["demo/zeta/2"]["audio_sha256"]
    (project.root / "outputs/demo/music-01/zeta-2.mp3").unlink()
    (project.root / ".songbatch/store" / lost[:2] / lost).unlink()
    said = (
        Opinion("ann", Heard("demo/zeta/1", "music-01", ABSENT), pick=True),
        Opinion("ben", Heard("demo/zeta/1", "music-01", here), pick=True),
        Opinion("ben", Heard("demo/zeta/2", "music-01", lost), pick=True),
        Opinion("cem", Heard("demo/zeta/1", "sketch", ABSENT), rating=1),
        Opinion("cem", Heard("demo/zeta/1", "sketch", here), rating=1),
        Opinion("cem", Heard("demo/alpha/calm/1", "sketch", ABSENT), pick=True),
        Opinion("cem", Heard("demo/nobody/1", "sketch", ABSENT), pick=True),
        Opinion("cem", Heard("odd", "sketch", ABSENT), pick=True),
    )
    project.write("specs/selects.yaml", Selects(said).dump())
    return project


def cards(project: Project, *arguments: str) -> dict[str, Any]:
    """Return the page's songs by their names and variants."""
    assert project.run("report", *arguments).status == 0
    text = (project.root / "outputs/report.html").read_text("utf-8")
    found = re.search(r'id="data">(.*?)</script>', text)
    assert found
    return {f"{card['song']}/{card['variant']}": card for card in json.loads(found[1])["cards"]}


def elsewhere(project: Project, *arguments: str) -> dict[str, list[tuple[str, str]]]:
    """Return which renders and engines the audio elsewhere is of."""
    return {
        name: [(one["id"], one["engine"]) for one in card["elsewhere"]]
        for name, card in cards(project, *arguments).items()
    }


def test_judged_audio_that_is_neither_listed_nor_stored_is_of_its_song(project: Project) -> None:
    assert elsewhere(project) == {
        "zeta/": [("demo/zeta/1", "music-01"), ("demo/zeta/1", "sketch")],
        "alpha/calm": [("demo/alpha/calm/1", "sketch")],
        "alpha/wild": [],
    }


def test_a_copy_of_a_chosen_take_is_named(project: Project) -> None:
    ann = Opinion("ann", Heard("demo/zeta/1", "music-01", ABSENT), pick=True)
    project.write("specs/selects.yaml", Selects((ann,)).dump())
    copy = project.root / "outputs/demo/selects/zeta.mp3"
    copy.parent.mkdir()
    copy.write_bytes(b"the copy")
    lines = copy_lines(copy.name, sha256(b"the copy"), ann.heard, is_earlier=True)
    (copy.parent / "demo.m3u8").write_text(f"#EXTM3U\n{lines}zeta.mp3\n")
    name = "outputs/demo/selects/zeta.mp3"
    for expected in (name, ""):
        (one,) = cards(project)["zeta/"]["elsewhere"]
        assert one["copy"] == expected
        copy.write_bytes(b"something else")


def test_a_page_of_one_engine_tells_of_that_engine(project: Project) -> None:
    assert elsewhere(project, "--engine", "music-01")["zeta/"] == [("demo/zeta/1", "music-01")]
