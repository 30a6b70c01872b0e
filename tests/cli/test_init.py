"""`songbatch init` in folders that are empty, and in those that hold other things already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songbatch.extras import VOICE
from support.kit import Project
from tests.cli.repository import commit, git

STARTER = {
    ".gitignore", ".vscode/extensions.json", ".vscode/settings.json", ".vscode/tasks.json",
    "README.md", "specs/first-song.yaml", "specs/project.schema.json", "specs/references/porch.mp3",
    "specs/album.schema.json", "specs/selects.schema.json", "specs/spec.schema.json",
    "templates/greeting.j2",
}  # fmt: skip
WORKFLOW = ".github/workflows/songs.yml"


def ignores(project: Project, path: str) -> bool:
    command = ["git", "check-ignore", "-q", path]
    return subprocess.run(command, cwd=project.root, check=False).returncode == 0


MANIFEST = "outputs/first-song/sketch/manifest.json"


@pytest.mark.parametrize(
    "rule",
    [
        *("outputs", "outputs/", "/outputs", "/outputs/", "outputs/*", "/outputs/**", "**/outputs"),
        *("*.json", "manifest.json", "*.mp3", "*.MP3", "**/*.mp3", "*.wav"),
        *("*.pyc", "/build/", "# outputs/", "outputs.old/", "*.mp4", "/outputs/**/*.mp3"),
    ],
)
def test_rules_that_hide_what_is_to_be_committed_are_told_with_a_fix_that_works(
    project: Project, rule: str
) -> None:
    git(project, "init", "-q")
    project.write(".gitignore", f"*.o\n{rule}\n")
    songs = ("specs/references/porch.mp3", "specs/voice.wav", "specs/VOICE.MP3")
    made = project.run("init")
    hides = any(ignores(project, path) for path in (MANIFEST, *songs))
    assert (made.status, f".gitignore:2: `{rule}` keeps " in made.stderr) == (0, hides), made
    if hides:
        fix = made.stderr.splitlines()[1].removeprefix("  fix: ")
        lines = (project.root / ".gitignore").read_text().splitlines()
        lines[1:2] = [rule, fix.partition(": ")[2]] if fix.startswith("add") else []
        project.write(".gitignore", "\n".join(lines))
        assert not any(ignores(project, path) for path in (MANIFEST, *songs)), lines
        assert not project.run("init").stderr


def kept(project: Project) -> set[str]:
    return {path for path in project.files() if not path.startswith((".git/", ".config"))}


def test_a_repository_gets_what_it_lacks_and_keeps_what_it_has(project: Project) -> None:
    git(project, "init", "-qb", "main")
    mine = {"README.md": "hi\n", "LICENSE": "mine\n", ".vscode/settings.json": "{}\n"}
    for path, text in mine.items():
        project.write(path, text)
    project.write(".gitignore", "*.pyc\r\n/outputs/**/*.mp3")
    commit(project, "before")
    made = project.run("init")
    assert made.status == 0, made
    for line in ("kept README.md", "kept .vscode/settings.json", "made specs/first-song.yaml"):
        assert f"  {line}\n" in made.stdout
    assert "  added 8 lines to .gitignore\n" in made.stdout
    assert {p: (project.root / p).read_text() for p in mine} == mine
    ignored = (project.root / ".gitignore").read_bytes()
    assert ignored.startswith(b"*.pyc\r\n/outputs/**/*.mp3\r\n\r\n/outputs/**/*.wav\r\n")
    assert project.run("render").status == 0
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=project.root, capture_output=True, check=True
    )
    assert b".mp3" not in status.stdout.replace(b"porch.mp3", b"")
    before = project.files()
    again = project.run("init")
    assert again.status == 0, again
    assert "nothing to add" in again.stdout
    assert project.files() == before


def test_a_project_gets_what_git_goes_by(project: Project) -> None:
    project.write("specs/mine.yaml", "version: 1\n").write(".gitattributes", "*.wav binary\n")
    result = project.run("init")
    assert result.status == 0, result
    assert "to .gitattributes\n" in result.stdout
    lines = (project.root / ".gitattributes").read_text("utf-8").splitlines()
    assert lines[0] == "*.wav binary"
    assert any("merge=songbatch" in line for line in lines)
    assert "nothing to add" in project.run("init").stdout


def test_github_alone_adds_the_workflow_to_a_project(project: Project) -> None:
    assert project.run("init").status == 0
    for path in ("README.md", "specs/first-song.yaml", ".vscode/settings.json"):
        (project.root / path).unlink()
    project.write("specs/mine.yaml", "version: 1\n")
    before = kept(project)
    added = project.run("init", "--github")
    assert (added.status, kept(project) - before) == (0, {WORKFLOW}), added
    assert f"  made {WORKFLOW}\n" in added.stdout
    assert "songbatch comes from" in added.stdout


def test_a_workflow_below_the_top_of_a_repository_is_told(project: Project) -> None:
    git(project, "init", "-qb", "main")
    made = project.run("init", "my songs", "--github")
    assert made.status == 0, made
    assert 'working-directory: "my songs"' in made.stdout


def test_songs_that_would_not_render_are_not_begun(project: Project) -> None:
    project.write("templates/greeting.j2", "<p>another</p>")
    before = project.files()
    refused = project.run("init")
    assert refused.status == 2, refused
    assert "templates/greeting.j2 already exists" in refused.stderr
    assert project.files() == before


@pytest.mark.parametrize("inside", ["", "/songs", "/a/b"])
def test_a_file_in_place_of_the_folder_is_told(project: Project, inside: str) -> None:
    project.write("a-file", "text")
    refused = project.run("init", f"a-file{inside}")
    assert refused.status == 2, refused
    assert "error: a-file is a file, not a folder\n  fix: name a folder" in refused.stderr


@pytest.mark.parametrize("path", ["specs", "templates", ".vscode", "specs/references"])
def test_a_file_in_place_of_a_folder_in_it_is_told_before_anything_is_written(
    project: Project, path: str
) -> None:
    project.write(path, "text")
    before = project.files()
    refused = project.run("init")
    assert refused.status == 2, refused
    assert f"{path}: it is not a folder" in refused.stderr
    assert project.files() == before


def test_in_a_repository_the_merging_of_branches_is_told_once(project: Project) -> None:
    subprocess.run(["git", "init", "-q", project.root], check=True)
    made = project.run("init", "songs")
    told = "  git config merge.songbatch.driver 'songbatch merge-driver %O %A %B %P'\n"
    assert told in made.stdout
    assert "git config" not in project.run("init", "songs").stdout


def test_outside_of_a_repository_git_is_not_spoken_of(project: Project) -> None:
    assert "git" not in project.run("init").stdout.replace(".git", "")


NAMES = st.text(st.sampled_from("ab é'\"$`\\!*?~#&;|<>()-=%"), min_size=1, max_size=8)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES.filter(lambda name: name.strip() and name not in {"-", "--"}))
def test_the_next_step_can_be_pasted(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path)
    made = project.run("init", "--", name)
    assert made.status == 0, made
    pasted = made.stdout.rpartition("Next: ")[2].strip()
    command = pasted.replace("songbatch render", "songbatch plan")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=os.environ | {"PATH": path}, check=True)


def test_the_first_song_has_the_best_singer_that_is_there(project: Project) -> None:
    assert project.run("init").status == 0
    lines = (project.root / "specs/first-song.yaml").read_text("utf-8").splitlines()
    [line] = [line for line in lines if "singer: hibari" in line]
    assert line.startswith("  options:" if VOICE.folder() else "  # options:")
    assert project.run("check").status == 0
