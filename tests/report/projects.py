"""Rendered projects to listen to."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Project
from tests.cli.repository import commit, git

SPEC = """\
version: 1
title: Demo EP
engine: music-01
references:
  river: {file: references/river.mp3, purpose: song}
defaults:
  reference: river
  tags: {artist: The Specs}
songs:
  zeta:
    takes: 3
    lrc: true
    lyrics: |
      ##Down by the river we sing,

      morning is all that we bring.##
  alpha:
    lyrics: Up on the hill there is light.
    matrix: {mood: [calm, wild]}
    tags: {title: "Alpha, {{ mood }}"}
"""
CARDS = ["Zeta", "Alpha, calm", "Alpha, wild"]


@pytest.fixture(scope="session")
def listened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered and committed; then a line of one song was edited and rendered again."""
    project = Project(tmp_path_factory.mktemp("listened"))
    project.write("specs/demo.yaml", SPEC).reference("specs/references/river.mp3")
    project.write(".gitignore", ".songbatch/\n*.mp3\n*.m3u8\n*.lrc\n*.html\n")
    with ContractServer() as server:
        project.environment = server.environment
        assert project.run("render").status == 0
        git(project, "init", "-qb", "main")
        commit(project, "songs")
        project.replace("specs/demo.yaml", "the hill", "a hill")
        assert project.run("render").status == 0
    result = project.run("report")
    assert result.status == 0, result
    return project.root
