"""Git repositories for tests, heedless of how git is set up on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

import pytest

from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


def git(project: Project, *arguments: str, stdin: IO[str] | None = None) -> str:
    """Run git in the project's folder; return what it printed."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=project.root,
        env=os.environ | quiet,
        stdin=stdin,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(project: Project, message: str) -> str:
    """Commit everything; return the commit's id."""
    git(project, "add", "-A")
    git(project, "commit", "-qm", message)
    return git(project, "rev-parse", "HEAD")


def prepare(project: Project) -> Project:
    """Render two songs and commit them without their audio."""
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    project.write(".gitignore", ".songbatch/\noutputs/**\n!outputs/*/\n!outputs/*/*/\n!*.json\n")
    assert project.run("render").status == 0
    git(project, "init", "-qb", "main")
    commit(project, "songs")
    return project


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first commit has two rendered songs; audio is not in it."""
    project = Project(tmp_path_factory.mktemp("rendered"))
    with ContractServer() as server:
        project.environment = server.environment
        return prepare(project).root


@pytest.fixture
def songs(hosted: Project, rendered: Path) -> Project:
    """A copy of that repository with a server of its own."""
    shutil.copytree(rendered, hosted.root, dirs_exist_ok=True)
    return hosted
