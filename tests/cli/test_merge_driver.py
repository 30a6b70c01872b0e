"""Two branches that both render, merged by the real git: with the driver, and without."""

from __future__ import annotations

import subprocess

import pytest

from songbatch.selects import Heard, Opinion, Selects
from support.contract.server import ContractServer
from support.kit import COMMAND, Project
from tests.cli.repository import commit, git, rendered, songs

__all__ = ["rendered", "songs"]

MANIFEST = "outputs/demo/music-01/manifest.json"
DRIVER = f"{COMMAND[0]} merge-driver %O %A %B %P"


@pytest.fixture
def branches(songs: Project, contract_server: ContractServer) -> Project:
    """Branches a and b, each with another line of the same song and another listener."""
    songs.environment = contract_server.environment
    songs.write(
        ".gitattributes",
        "outputs/*/*/manifest.json merge=songbatch\nspecs/selects.yaml merge=songbatch\n",
    )
    commit(songs, "attributes")
    for name, old, new, who in (
        ("a", "Down by", "Up by", "ann"),
        ("b", "that we bring", "that we sing", "ben"),
    ):
        git(songs, "checkout", "-q", "-b", name, "main")
        songs.replace("specs/demo.yaml", old, new)
        assert songs.run("render").status == 0
        take = songs.entries("demo")["demo/first/1"]["audio_sha256"]
        opinion = Opinion(who, Heard("demo/first/1", "music-01", take), pick=True)
        songs.write("specs/selects.yaml", Selects((opinion,)).dump())
        commit(songs, name)
    git(songs, "checkout", "-q", "main")
    git(songs, "merge", "-q", "a")
    return songs


def keys(project: Project) -> set[str]:
    return {e["key"] for e in project.manifest("demo")["renders"] if e["id"] == "demo/first/1"}


def sides(project: Project) -> list[set[str]]:
    found = []
    for name in ("a", "b"):
        git(project, "checkout", "-q", name)
        found.append(keys(project))
    git(project, "checkout", "-q", "main")
    return found


def judge(project: Project, ours: set[str], theirs: set[str], server: ContractServer) -> None:
    """Both sides' takes are recorded; whichever the spec wants costs nothing."""
    assert keys(project) == ours | theirs
    listeners = (project.root / "specs/selects.yaml").read_text("utf-8")
    assert '"ann"' in listeners
    assert '"ben"' in listeners
    asked = len(server.generations)
    for name, wanted in (("b", theirs), ("a", ours)):
        both = (project.root / MANIFEST).read_bytes()
        git(project, "checkout", "-q", name, "--", "specs/demo.yaml")
        result = project.run("render", "--frozen")
        assert result.status == 0, result
        assert keys(project) == wanted
        assert "all as recorded" in project.run("verify").stdout
        project.write(MANIFEST, both)
    assert len(server.generations) == asked


def test_the_driver_merges_what_both_branches_recorded(
    branches: Project, contract_server: ContractServer
) -> None:
    ours, theirs = sides(branches)
    git(branches, "config", "merge.songbatch.driver", DRIVER)
    with pytest.raises(subprocess.CalledProcessError):  # the spec is for a person to resolve
        git(branches, "merge", "-q", "b")
    conflicts = git(branches, "diff", "--name-only", "--diff-filter=U").split()
    assert set(conflicts) <= {"specs/demo.yaml"}
    judge(branches, ours, theirs, contract_server)


@pytest.mark.parametrize("is_in_the_middle", [True, False])
def test_without_the_driver_the_message_has_a_fix_that_works(
    branches: Project, contract_server: ContractServer, is_in_the_middle: bool
) -> None:
    ours, theirs = sides(branches)
    with pytest.raises(subprocess.CalledProcessError):
        git(branches, "merge", "-q", "b")
    git(branches, "checkout", "-q", "b", "--", "specs/demo.yaml")
    if not is_in_the_middle:
        commit(branches, "markers and all")
    for command in (("plan",), ("verify",), ("report",), ("gc",), ("diff", "--recorded")):
        result = branches.run(*command)
        assert result.status == 2, (command, result)
    refused = branches.run("verify")
    assert f"{MANIFEST} has git's conflict markers in it" in refused.stderr
    assert "fix: songbatch merge-driver && songbatch render\n" in refused.stderr
    resolved = branches.run("merge-driver")
    assert resolved.status == 0, resolved
    assert f"resolved {MANIFEST}\nresolved specs/selects.yaml\n2 files resolved" in resolved.stdout
    judge(branches, ours, theirs, contract_server)
    assert "is in conflict, and no" in branches.run("merge-driver").stdout


def test_a_side_that_is_damaged_leaves_ours_and_says_so(project: Project) -> None:
    project.write("o", b"{}").write("a", b'{"mine": 1}').write("b", b"[")
    result = project.run("merge-driver", "o", "a", "b", MANIFEST)
    assert result.status == 1, result
    assert "cannot be merged, ours was kept" in result.stderr
    assert (project.root / "a").read_bytes() == b'{"mine": 1}'
    assert project.run("merge-driver", "o").status == 2


@pytest.mark.parametrize("left", [">>>>>>>", ">>>>>>> b", "=======", "<<<<<<< HEAD", "||||||| 1"])
def test_what_is_left_of_the_markers_is_refused_by_both_commands(
    branches: Project, left: str
) -> None:
    sides(branches)
    text = (branches.root / MANIFEST).read_text("utf-8")
    first, rest = text.split("\n", 1)
    branches.write(MANIFEST, f"{first}\n{left}\n{rest}".encode())
    refused = branches.run("verify")
    assert (refused.status, "git's conflict markers" in refused.stderr) == (2, True)
    merged = branches.run("merge-driver")
    assert merged.status == 1, merged
    assert f"{MANIFEST}: a part of its conflict markers is gone" in merged.stderr
    assert f"git checkout BRANCH -- {MANIFEST}\n" in merged.stderr
