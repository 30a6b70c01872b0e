"""The shared store from outside: which one counts, and who may name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from songbatch.diagnostics import UsageError
from songbatch.extras import demand_package
from support.kit import Project

FRIENDS = "s3://studio-songs/friends"


@pytest.fixture
def shared(project: Project) -> Project:
    project.write("specs/demo.yaml", "version: 1\nsongs: {first: {lyrics: la la la}}\n")
    return project.write("songbatch.yaml", f"version: 1\nstore: {FRIENDS}\n")


def configuration(project: Project) -> Path:
    return project.root / ".config/songbatch/config.yaml"


def test_what_a_project_names_is_allowed_and_forbidden(shared: Project) -> None:
    allowed = shared.run("store", "--allow")
    assert allowed.status == 0, allowed
    assert allowed.stdout == f"projects may share songs in {FRIENDS}: {configuration(shared)}\n"
    assert configuration(shared).read_text() == f"version: 1\nstores:\n- {FRIENDS}\n"
    assert "could already" in shared.run("store", "--allow").stdout
    assert "may no longer name" in shared.run("store", "--forbid").stdout
    assert configuration(shared).read_text() == "version: 1\n"
    assert "could not name it anyway" in shared.run("store", "--forbid").stdout


def test_a_store_is_allowed_without_a_project(project: Project, tmp_path: Path) -> None:
    result = project.run("store", "--allow", "GS://studio-songs/", cwd=tmp_path)
    assert result.status == 0, result
    assert configuration(project).read_text() == "version: 1\nstores:\n- gs://studio-songs\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--allow", "/mnt/nas"), "none of the known schemes"),
        (("--allow", "s3://k:s@songs"), "a password"),
        (("--allow", FRIENDS, "--forbid", FRIENDS), "exclude each other"),
        (("--store", "/mnt/nas"), "--store: the address of a shared store"),
    ],
)
def test_nonsense_is_refused(shared: Project, arguments: tuple[str, ...], expected: str) -> None:
    result = shared.run("store", *arguments)
    assert result.status == 2, result
    assert expected in result.stderr
    assert "fix: " in result.stderr
    assert not configuration(shared).exists()


def test_a_project_without_a_store_names_none(project: Project) -> None:
    project.write("specs/demo.yaml", "version: 1\nsongs: {first: {lyrics: la la la}}\n")
    result = project.run("store", "--allow")
    assert result.status == 2, result
    assert "songbatch.yaml names no store" in result.stderr


def test_a_broken_project_file_is_told(shared: Project) -> None:
    shared.write("songbatch.yaml", "version: 1\nstore: friends\n")
    for command in (("store",), ("store", "--allow"), ("check",), ("plan",), ("render",)):
        result = shared.run(*command)
        assert result.status == 2, result
        assert "songbatch.yaml:2:8: error[store.address]" in result.stdout + result.stderr


def test_a_package_that_is_missing_is_named_with_what_installs_it() -> None:
    demand_package("msgspec", extra="store")
    with pytest.raises(UsageError, match="the package no-such-package is not installed") as error:
        demand_package("no_such_package", extra="store")
    assert error.value.fix == "pip install 'songbatch[store]'"
