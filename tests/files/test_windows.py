"""What is peculiar to Windows, as far as it can be simulated: the command run where files are text.

There, a file that is opened without O_BINARY gets CR LF for every LF, and folders have no handles.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from songbatch.files import syncing

if TYPE_CHECKING:
    from pathlib import Path

    from support.kit import Project

AS_ON_WINDOWS = r"""
import os, sys

os.O_BINARY = 1 << 29
real_open = os.open

def binary_open(path, flags, *more, **options):
    caller = sys._getframe(1).f_globals.get("__name__", "")
    if caller.startswith("songbatch") and not flags & os.O_BINARY:
        raise AssertionError(f"{caller} opens {path} as text")
    return real_open(path, flags & ~os.O_BINARY, *more, **options)

os.open = binary_open  # which is not in os.supports_dir_fd
"""
SPEC = """\
version: 1
title: Song
references: {tune: {file: tune.mp3, purpose: song}}
songs:
  dawn: {reference: tune, lyrics: "the kettle sings"}
"""


def test_no_file_is_opened_as_text_and_the_second_run_reads_the_first(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(AS_ON_WINDOWS)
    project.environment = {"PYTHONPATH": str(site)}
    project.reference("specs/tune.mp3").write("specs/a.yaml", SPEC)
    first = project.run("render")
    assert first.status == 0, first
    assert b"\r" not in (project.root / ".songbatch" / "ledger.jsonl").read_bytes()
    assert project.run("plan", "--detailed-exitcode").status == 0
    again = project.run("render")
    assert (again.status, "Nothing to do" in again.stdout) == (0, True), again
    assert project.run("verify").status == 0


def test_the_simulation_notices_a_file_that_is_opened_as_text() -> None:
    scope = "{'__name__': 'songbatch.x', 'os': os}"
    opening = f"exec('os.open(os.devnull, os.O_WRONLY)', {scope})"
    ran = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS + opening], capture_output=True, text=True, check=False
    )
    assert "songbatch.x opens /dev/null as text" in ran.stderr


def test_a_file_system_without_a_full_sync_is_synced_as_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "FULL_SYNC", 2**15)  # a request that nobody knows
    with (tmp_path / "a").open("wb") as file:
        syncing.sync(file.fileno())
