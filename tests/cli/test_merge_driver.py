"""Two branches that both render, merged by the real git: with the driver, and without."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

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
    assert f"; restore it: git checkout -- {MANIFEST}\n" in merged.stderr
    assert merged.stdout == ""
    git(branches, "checkout", "--", MANIFEST)
    assert branches.run("plan").status == 0


def without_markers(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line for line in lines if not line.startswith(("<<<<", "====", ">>>>")))


def torn(text: str) -> str:
    return without_markers(text)[:-40]


def with_odd_markers(text: str) -> str:
    lines = without_markers(text).split("\n")
    for number, marker in ((10, "<<<<<<< HEAD"), (20, "======="), (30, ">>>>>>> a")):
        lines.insert(number, marker)
    return "\n".join(lines)


def with_a_lone_marker(text: str) -> str:
    return f"=======\n{without_markers(text)}"


def gone(_text: str) -> str:
    return ""


@pytest.mark.parametrize(
    "spoil", [without_markers, torn, with_odd_markers, with_a_lone_marker, gone]
)
def test_in_a_merge_the_index_has_what_somebody_did_away_with(
    branches: Project, contract_server: ContractServer, spoil: Callable[[str], str]
) -> None:
    ours, theirs = sides(branches)
    with pytest.raises(subprocess.CalledProcessError):
        git(branches, "merge", "-q", "b")
    git(branches, "checkout", "-q", "b", "--", "specs/demo.yaml")
    for path in (MANIFEST, "specs/selects.yaml"):
        text = spoil((branches.root / path).read_text("utf-8"))
        (branches.root / path).unlink()
        if text:
            branches.write(path, text)
    if spoil not in {gone, without_markers}:  # twice the same key is still JSON
        refused = branches.run("verify")
        assert (refused.status, refused.stdout) == (2, ""), refused
        assert "\n  fix: songbatch merge-driver && songbatch render\n" in refused.stderr
    resolved = branches.run("merge-driver")
    assert resolved.status == 0, resolved
    assert f"resolved {MANIFEST}\n" in resolved.stdout
    # Selects without their markers are as somebody may have united them by hand.
    by_hand = spoil is without_markers
    assert ("resolved specs/selects.yaml\n" in resolved.stdout) is not by_hand
    judge(branches, ours, theirs, contract_server)
    assert "is in conflict, and no" in branches.run("merge-driver").stdout


def test_a_git_that_does_not_answer_is_not_taken_for_no_conflict(branches: Project) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        git(branches, "merge", "-q", "b")
    (branches.root / MANIFEST).unlink()
    (branches.root / "specs/selects.yaml").unlink()
    untrusted = branches.run("merge-driver", env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert (untrusted.status, "in conflict" in untrusted.stdout) == (1, False), untrusted
    assert "\n  fix: if you trust it: git config --global --add safe." in untrusted.stderr
    missing = branches.run("merge-driver", env={"PATH": ""})
    assert (missing.status, "git is not installed" in missing.stderr) == (1, True), missing
    assert f"resolved {MANIFEST}\n" in branches.run("merge-driver").stdout


def test_a_side_that_git_has_and_nobody_can_read_is_left_for_the_other(branches: Project) -> None:
    git(branches, "checkout", "-q", "b")
    branches.write(MANIFEST, "{}")
    commit(branches, "torn")
    git(branches, "checkout", "-q", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(branches, "merge", "-q", "b")
    refused = branches.run("merge-driver")
    fix = f"git checkout --ours -- {MANIFEST}"
    assert f"{MANIFEST}: one side of it is no manifest; take the other side: {fix}\n" in (
        refused.stderr
    )
    git(branches, *fix.split()[1:])
    git(branches, "checkout", "-q", "--ours", "--", "specs/demo.yaml")
    assert branches.run("plan").status == 0
    assert "is in conflict, and no" in branches.run("merge-driver").stdout


@pytest.mark.parametrize("is_committed", [True, False])
def test_outside_of_a_merge_odd_markers_have_a_fix_that_ends(
    branches: Project, is_committed: bool
) -> None:
    """No command restores markers that were committed."""
    assert branches.run("render", "--frozen").status == 0
    branches.write(MANIFEST, with_odd_markers((branches.root / MANIFEST).read_text("utf-8")))
    if is_committed:
        commit(branches, "odd")
    assert "fix: songbatch merge-driver && " in branches.run("plan").stderr
    merged = branches.run("merge-driver")
    told = f"{MANIFEST}: its conflict markers part what is no manifest; "
    fix = f"rm {MANIFEST}" if is_committed else f"git checkout -- {MANIFEST}"
    assert (merged.status, merged.stdout) == (1, "")
    assert merged.stderr.startswith(told)
    assert merged.stderr.endswith(f": {fix}\n")
    if is_committed:
        (branches.root / MANIFEST).unlink()
        assert branches.run("render", "--frozen").status == 0
    else:
        git(branches, *fix.split()[1:])
    assert branches.run("plan").stdout == "Nothing to do: 2 up to date.\n"
