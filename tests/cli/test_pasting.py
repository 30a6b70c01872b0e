"""Commands in messages, rewritten for where the user stands: whatever the project is called."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.cli.cells import wrapped
from songbatch.cli.pasting import name_project, pasteable, unbroken


@contextmanager
def standing(named: Path | None) -> Iterator[None]:
    name_project(named)
    try:
        yield
    finally:
        name_project(None)


NAMES = st.text(
    st.sampled_from("ab é'\"$`\\!*?~#&;|<>(){}[]-=%\t\x1b\u202e"), min_size=1, max_size=12
).map(lambda name: f"{name}.")


@given(NAMES)
def test_a_shell_reads_the_name_of_any_project(name: str) -> None:
    with standing(Path(name)):
        command = pasteable("songbatch selects drop demo/first/1")
    script = f"songbatch() {{ printf '%s/' \"$@\"; }}\n{command}"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    option, path, *rest = ran.stdout.decode().removeprefix("selects/drop/").split("/", 1)
    assert option == "--project"
    assert (path + "".join(rest)).removeprefix("./").startswith(os.fsdecode(os.fsencode(name)))


@pytest.mark.parametrize(
    "text",
    [
        "name an MP3 file that songbatch wrote",
        "write specs/NAME.yaml; songbatch init DIR makes an example to start from",
        "use the newer songbatch that wrote it, or restore the file from a backup",
        "if you trust it: git config --global --add safe.directory /srv/songs",
        "songbatch render --project other",
        "remove rm from the words",
    ],
)
def test_what_is_no_command_of_the_project_stays(text: str) -> None:
    with standing(Path("my songs")):
        assert pasteable(text) == text


@given(st.integers(10, 60))
def test_no_line_is_broken_within_a_command(cells: int) -> None:
    text = "the specs have one error, and songbatch check shows it; or undo it: rm specs/x.yaml"
    with standing(Path("my other songs")):
        lines = list(wrapped(unbroken(text), cells))
        assert max(len(line) for line in lines if "songs'" not in line) <= cells
        assert " ".join(lines) == pasteable(text)
    for command in ("songbatch check --project 'my other songs'", "(cd 'my other songs' && rm "):
        assert sum(command in line for line in lines) == 1, lines


def test_a_folder_that_links_led_to_is_left_by_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "songs/specs/deep").mkdir(parents=True)
    (tmp_path / "songs/victim").write_text("")
    (tmp_path / "link").symlink_to("songs/specs/deep")
    program = (
        "import os, sys; from songbatch.cli.pasting import pasteable; print(pasteable('rm victim'))"
    )
    script = 'cd link && command=$("$1" -c "$0") && eval "$command"'
    subprocess.run(["sh", "-c", script, program, sys.executable], cwd=tmp_path, check=True)
    assert not (tmp_path / "songs/victim").exists()
