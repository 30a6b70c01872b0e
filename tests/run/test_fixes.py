"""`songbatch fix`: a part of a song made anew, paid once, beside the other takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.kit import Project
from tests.run.job_projects import RENDER, acestep_project, events, songs

__all__ = ["acestep_server"]

SPEC = """\
version: 1
engine: acestep
defaults: {style: dream pop, duration: 10}
songs:
  first:
    lyrics: |
      [Verse]
      Down by the river we sing
      Morning is all that we bring
  second: {lyrics: Up on the hill there is light.}
"""
FIX = ("fix", "first", "Down by the harbour we sing", "--from", "0:02", "--to", "4.5")


@pytest.fixture
def server() -> AceStepServer:
    with acestep_server() as server:
        yield server


@pytest.fixture
def rendered(project: Project, server: AceStepServer) -> Project:
    acestep_project(project, server, SPEC)
    assert project.run(*RENDER).status == 0
    return project


def test_a_part_is_made_anew_once(rendered: Project, server: AceStepServer) -> None:
    before = rendered.files("outputs")
    result = rendered.run(*FIX)
    assert result.status == 0, result
    print(result, server)
    assert result.stdout.endswith("demo/first/1001 is demo/first/1 from 0:02 to 0:04.5 anew.\n")
