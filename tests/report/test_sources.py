"""What a listening page shows of a project: which manifests, and what they are compared with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from songbatch.diagnostics import UsageError
from songbatch.outputs.manifests import recorded_manifests
from songbatch.report.gather import gather
from songbatch.report.links import RelativeLinks
from songbatch.report.sounds import Sounds
from songbatch.report.sources import Sources, find_sources
from songbatch.selects import Selects
from songbatch.store.blobs import Blobs
from songbatch.workspace import Workspace
from support.kit import Project

WITHOUT_TAGS = """\
version: 1
references: {river: {file: references/river.mp3, purpose: song}}
defaults: {reference: river, rows: people.csv, lyrics: "la la {{ name }}"}
songs:
  late-night: {audio: {format: wav}}
  late-day: {}
"""


@pytest.fixture
def root(tmp_path: Path, listened: Path) -> Path:
    """A copy: two songs were rendered and committed, then a line of one was edited."""
    return shutil.copytree(listened, tmp_path / "songs")


def sources(root: Path, specs: frozenset[str] | None = None, engine: str | None = None) -> Sources:
    workspace = Workspace(root)
    blobs = Blobs(workspace.state)
    sounds = Sounds(workspace, blobs, RelativeLinks(root, root))
    recorded = recorded_manifests(workspace)
    return find_sources(workspace, blobs, sounds, recorded, specs=specs, engine=engine)


def test_a_page_compares_with_the_last_commit(root: Path) -> None:
    page = gather(sources(root), Selects())
    assert page.since.startswith("HEAD (")
    changes = {take.id: take.change for card in page.cards for take in card.takes}
    assert changes["demo/zeta/1"] == ""
    assert changes["demo/alpha/calm/1"] == "lyrics changed"
    files = [take.sound.link for card in page.cards for take in card.takes]
    assert all(link is not None and (root / link).is_file() for link in files)


def test_without_a_repository_there_is_nothing_to_compare_with(root: Path) -> None:
    shutil.rmtree(root / ".git")
    found = sources(root)
    assert found.baseline is None
    assert gather(found, Selects()).since == ""


def test_specs_and_engine_are_chosen(root: Path) -> None:
    everything = sources(root).manifests.keys()
    assert everything == {("demo", "music-01")}
    assert sources(root, frozenset({"demo"}), "music-01").manifests.keys() == everything
    for specs, engine in ((frozenset({"other"}), None), (None, "sketch")):
        with pytest.raises(UsageError, match="there is nothing to listen to"):
            sources(root, specs, engine)


def test_outputs_without_tags_have_the_title_that_they_would_have(tmp_path: Path) -> None:
    project = Project(tmp_path).reference("specs/references/river.mp3")
    project.write("specs/people.csv", "name,town\nBjörn,Oslo\nO'Brien,Cork\n")
    project.write("specs/demo.yaml", WITHOUT_TAGS)
    assert project.run("render").status == 0
    titles = {(card.song, card.title) for card in gather(sources(tmp_path), Selects()).cards}
    assert titles == {
        ("late-night", "Late night (Björn)"),
        ("late-night", "Late night (O'Brien)"),
        ("late-day", "Late day (Björn)"),
        ("late-day", "Late day (O'Brien)"),
    }
