"""Forked commands are as those that an interpreter of their own runs."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.forking import Forks, Limits
from support.kit import Project

SPEC = """\
version: 1
references: {tune: {file: tune.mp3, purpose: song}}
defaults: {reference: tune}
songs:
  dawn: {lyrics: "the kettle sings"}
  dusk: {lyrics: "{{ missing }}"}
"""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["plan"], 2),
        (["check", "--format", "json"], 2),
        (["check", "n\udcffne"], 2),
        (["no-such-command"], 2),
        (["plan", "--select", "日本"], 2),
    ],
    ids=ascii,
)
def test_it_ends_and_prints_the_same(arguments: list[str], status: int, project: Project) -> None:
    project.write("specs/demo.yaml", SPEC).reference("specs/tune.mp3")
    forked, fresh = (project.run(*arguments, fresh=fresh) for fresh in (False, True))
    assert forked == fresh
    assert forked.status == status, forked


def test_folder_and_environment_are_those_asked_for(project: Project) -> None:
    project.write("other/specs/demo.yaml", SPEC).reference("other/specs/tune.mp3")
    here = project.root / "other"
    for environment in ({"SONGBATCH_CHECK_SET": "missing=x"}, {}):
        results = [project.run("check", cwd=here, env=environment, fresh=f) for f in (False, True)]
        assert results[0] == results[1]
        assert ("missing" in results[0].stdout) == (not environment), results[0]


def test_what_an_interpreter_reads_as_it_starts_is_for_fresh_ones(tmp_path: Path) -> None:
    usual = {**os.environ, "PYTHONUTF8": "1"}
    with Forks() as forks:
        assert forks.can(usual | {"SONGBATCH_JOBS": "2", "PYTHONPATH": str(tmp_path)})
        for name in ("PYTHONIOENCODING", "LC_ALL", "PYTHONDEVMODE", "LD_PRELOAD"):
            assert not forks.can(usual | {name: "x"}), name
        (tmp_path / "sitecustomize.py").touch()
        assert not forks.can(usual | {"PYTHONPATH": str(tmp_path)})


def test_what_hangs_or_takes_too_much_is_ended(project: Project) -> None:
    usual = {**os.environ, "PYTHONUTF8": "1"}
    with Forks() as forks:
        for limits in (None, Limits(2_000_000_000, 2**28)):
            with pytest.raises(subprocess.TimeoutExpired):
                forks.run(["serve", "--port", "0"], project.root, usual, 0.5, limits)
        little = Limits(2_000_000_000, 10)
        assert forks.run(["init", "."], project.root, usual, 60, little).status != 0
        assert forks.run(["init", "."], project.root, usual, 60).status == 0


def test_several_run_at_once(project: Project) -> None:
    project.write("specs/demo.yaml", SPEC)
    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(lambda _: project.run("plan"), range(12))]
    assert {result.status for result in results} == {2}
    assert len(set(results)) == 1
