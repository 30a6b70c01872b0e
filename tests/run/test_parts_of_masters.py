"""Parts that come as masters are decoded, joined, and encoded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.acestep.server import AceStepServer, acestep_server
from tests.run.job_projects import RENDER, acestep_project

if TYPE_CHECKING:
    from support.kit import Project

__all__ = ["acestep_server"]

SPEC = """\
version: 1
engine: acestep
songs:
  demo:
    style: dream pop
    takes: 2
    audio: {format: mp3, sample_rate: 32000, bitrate: 128000}
    sections:
      - "[Verse]\\nla la la la"
      - {lyrics: "[Chorus]\\nlo lo lo lo", style: loud}
"""


def test_masters_are_joined_in_the_form_that_is_asked_for(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server)
    project.write("specs/demo.yaml", SPEC)
    assert project.run(*RENDER).status == 0
    entries = {one["id"]: one for one in project.manifest("demo", "acestep")["renders"]}
    assert len(entries) == 6
    for take in ("1", "2"):
        song = entries[f"demo/demo/{take}"]
        assert "master" not in song
        assert song["delivered"]["sample_rate"] == 32000
        assert song["parts"] == [entries[f"demo/demo/{take}/part-{n}"]["key"] for n in (1, 2)]
        assert [entries[f"demo/demo/{take}/part-{n}"]["style"] for n in (1, 2)] == [
            "dream pop",
            "loud",
        ]
        assert "master" in entries[f"demo/demo/{take}/part-1"]
    assert project.run("verify").status == 0
    asked = acestep_server.requests.copy()
    project.replace("specs/demo.yaml", "format: mp3", "format: wav")
    plan = project.run("plan")
    assert "2 to join" in plan.stdout, plan
    assert project.run("render", "--frozen").status == 0
    assert acestep_server.requests == asked
    assert project.run("verify").status == 0
    assert "Nothing to do" in project.run("render").stdout
