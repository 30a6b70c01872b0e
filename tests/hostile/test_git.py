"""git is asked, and nothing that a repository names is run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.kit import Project
from tests.cli.repository import commit, git

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs: {one: {reference: river, lyrics: "the kettle sings, the day begins"}}
"""
COMMANDS = (("report",), ("diff", "HEAD"), ("diff", "--merge-base", "HEAD"))
MANIFEST = "outputs/x/sketch/manifest.json"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("git") / "project")
    project.write("specs/x.yaml", SPEC).reference("specs/river.mp3")
    project.write(".gitignore", ".songbatch/\n*.mp3\nmark\n")
    assert project.run("render", "--no-measure").status == 0
    git(project, "init", "-qb", "main")
    commit(project, "songs")
    return project.root


def programs(mark: Path) -> list[tuple[str, str]]:
    """Return settings that have git run a program, for some command or other."""
    run = f"touch {mark}; false"
    return [
        ("core.sshCommand", run),
        ("core.fsmonitor", run),
        ("core.gitProxy", run),
        ("core.pager", run),
        ("core.editor", run),
        ("core.alternateRefsCommand", run),
        ("credential.helper", f"!{run}"),
        ("diff.external", run),
        ("filter.x.smudge", run),
        ("filter.x.clean", run),
        ("gpg.program", run),
        ("alias.rev-parse", f"!{run}"),
        ("alias.ls-tree", f"!{run}"),
        ("uploadpack.packObjectsHook", run),
        ("remote.origin.uploadpack", run),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
        ("protocol.file.allow", "always"),
        ("protocol.ssh.allow", "always"),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
    ]


URLS = ("ssh://nowhere.invalid/x", "ext::touch {mark}", "file:///nowhere/x", "{root}", "git://h/x")


def forget(root: Path, path: str, repository: Path) -> None:
    """Let an object be missing, so that git would fetch it."""
    blob = git(Project(root), "rev-parse", f"HEAD:{path}")
    (repository / "objects" / blob[:2] / blob[2:]).unlink()


@pytest.mark.parametrize("bare", [False, True], ids=["in .git", "bare"])
@pytest.mark.parametrize("url", URLS)
def test_no_program_that_a_repository_names_is_run(
    bare: bool, url: str, template: Path, tmp_path: Path
) -> None:
    root, mark = tmp_path / "project", tmp_path / "mark"
    shutil.copytree(template, root)
    forget(root, MANIFEST, root / ".git")
    for name, value in [*programs(mark), ("remote.origin.url", url.format(mark=mark, root=root))]:
        git(Project(root), "config", name, value)
    (root / ".git/hooks").mkdir(exist_ok=True)
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc"):
        (root / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (root / ".git/hooks" / hook).chmod(0o755)
    if bare:
        git(Project(root), "config", "core.bare", "true")
        for name in ("HEAD", "config", "objects", "refs", "hooks"):
            (root / ".git" / name).rename(root / name)
        shutil.rmtree(root / ".git")
    for command in COMMANDS:
        result = Project(root).run(*command)
        assert result.status == (0 if command == ("report",) else 2), result
        assert "Traceback" not in result.stderr
        assert not mark.exists(), (command, result)


def test_a_git_of_the_project_is_not_run(template: Path, tmp_path: Path) -> None:
    root, mark = tmp_path / "project", tmp_path / "mark"
    shutil.copytree(template, root)
    for name in ("git", "git.exe"):
        (root / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (root / name).chmod(0o755)
    for path in (f".:{os.environ['PATH']}", f":{os.environ['PATH']}", str(root)):
        result = Project(root).run("diff", env={"PATH": f"{path}:{Path(os.__file__).parent}"})
        assert result.status in {0, 2}, result
    assert not mark.exists()


def test_a_commit_that_unfolds_without_end_is_bounded(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(template, root)
    project = Project(root)
    # Ten folders, each ten times in the one above: ten milliards of manifests, a few objects.
    tree = git(project, "rev-parse", "HEAD:outputs/x/sketch")
    for _ in range(10):
        (root / "listing").write_text("".join(f"040000 tree {tree}\tf{n}\n" for n in range(10)))
        with (root / "listing").open() as listing:
            tree = git(project, "mktree", stdin=listing)
    (root / "listing").write_text(f"040000 tree {tree}\toutputs\n")
    with (root / "listing").open() as listing:
        tree = git(project, "mktree", stdin=listing)
    bomb = git(project, "commit-tree", "-m", "bomb", tree)
    result = project.run("diff", bomb)
    assert result.status == 2, result
    assert "printed more than" in result.stderr
