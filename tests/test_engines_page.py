"""The page on engines is true: its spec renders, its rows work, its commands print what it shows.

The services are simulated; lines are compared as those of the README are.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from support.fal.server import FalServer, fal_server
from support.kit import Project
from tests.test_readme import assert_prints

__all__ = ["fal_server"]

PAGE = (Path(__file__).parents[1] / "docs/engines.md").read_text("utf-8")
ADDRESS = "https://queue.fal.run"


def blocks() -> list[tuple[str, str]]:
    """Return language and text of each block about fal and Replicate."""
    part = PAGE.partition("## A song with a key: fal and Replicate\n")[2].partition("\n## ")[0]
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```$", part, re.DOTALL | re.MULTILINE)
    return [(language, textwrap.dedent(text)) for _, language, text in found]


@pytest.fixture
def newcomer(project: Project, fal_server: FalServer) -> Project:
    """An empty project, and a service that a key opens."""
    for name in ("porch", "ana"):
        project.reference(f"specs/references/{name}.mp3")
    project.environment = {"FAL_KEY": fal_server.key}
    return settle(project, fal_server, "version: 1\nengines:\n  fal:\n")


def settle(project: Project, server: FalServer, settings: str) -> Project:
    """Write settings of a project, with the address of the simulated service."""
    at = f'  fal:\n    url: "{server.url}"\n'
    return project.write("songbatch.yaml", settings.replace("  fal:\n", at))


def test_five_minutes_from_a_key_to_a_song(newcomer: Project, fal_server: FalServer) -> None:
    for language, text in blocks():
        if language == "yaml" and "\nsongs:\n" in text:
            named = re.match(r"# (specs/\S+)\n", text)
            newcomer.write(named[1] if named else "specs/harbour.yaml", text)
        elif language == "yaml":
            settle(newcomer, fal_server, text)
            assert newcomer.run("check").status == 0
        elif language == "console":
            run_all(newcomer, fal_server, text)
    assert len(fal_server.jobs) == 1
    assert newcomer.run("render", "harbour", "--engine", "fal/minimax-2.6", "--yes").status == 0
    job = fal_server.jobs[-1]
    assert (len(fal_server.jobs), job.endpoint) == (2, "fal-ai/minimax-music/v2.6")


def run_all(project: Project, server: FalServer, text: str) -> None:
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        if command.startswith("export FAL_KEY="):
            continue
        name, *arguments = command.split()
        assert name == "songbatch"
        result = project.run(*arguments)
        assert result.status == 0, result
        shown = output.replace(ADDRESS, server.url).splitlines()
        assert_prints(result, shown)


def test_a_renamed_field_is_answered_with_the_line_that_mends_it(
    newcomer: Project, fal_server: FalServer
) -> None:
    fal_server.rename("minimax/music-3", lyrics="words")
    (spec,) = (text for language, text in blocks() if "\nengine: fal/music-3\n" in text)
    (shown,) = (text for language, text in blocks() if language == "text")
    newcomer.write("specs/harbour.yaml", spec)
    result = newcomer.run("render", "--no-measure")
    assert result.status == 1, result
    for line in shown.splitlines():
        assert line.strip() in result.stdout, result
