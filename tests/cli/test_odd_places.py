"""Commands in a folder that is gone, in a locale without letters, without a home: they work there.

Where they cannot, one sentence says why, and the exit code is that of usage.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from songbatch.documents.user_config import user_config_folder
from support.kit import COMMAND, Project

OUTPUTS = "outputs/demo/sketch"
SKETCHED = """\
version: 1
title: Café
references:
  river: {file: références/fleuve.mp3, purpose: song}
defaults: {reference: river, vars: {word: día}}
songs:
  dawn: {output: "שלום", lyrics: "the kettle sings, the day begins"}
  dusk: {output: día, lyrics: "the day is over, {{ word }}"}
"""
LOOKING = ("check", "plan", "render", "verify", "report", "gc", "doctor", "jobs")
POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
GONE = "error: the current folder does not exist any more\n  fix: cd to a folder that does\n"


@pytest.fixture(scope="session")
def latin_1(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a locale whose letters are Latin-1."""
    folder = tmp_path_factory.mktemp("locales")
    localedef = shutil.which("localedef")
    if localedef is None:
        pytest.skip("no localedef here")
    made = folder / "en_US.ISO-8859-1"
    done = subprocess.run([localedef, "-i", "en_US", "-f", "ISO-8859-1", made], check=False)
    if done.returncode:
        pytest.skip("localedef has no tables here")
    return {"LOCPATH": str(folder), "LC_ALL": made.name, "PYTHONUTF8": "0"}


@pytest.fixture
def sketched(project: Project) -> Project:
    return project.write("specs/demo.yaml", SKETCHED).reference("specs/références/fleuve.mp3")


def in_gone(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where the current folder has been removed."""
    gone = project.root / "gone"
    gone.mkdir()
    return subprocess.run(
        ["/bin/sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', gone, *COMMAND, *arguments],
        env={**os.environ, "XDG_CONFIG_HOME": str(project.root / ".config")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def names(project: Project) -> set[bytes]:
    return {os.path.basename(path) for path in os.listdir(os.fsencode(project.root / OUTPUTS))}


def agree_everywhere(project: Project, odd: dict[str, str]) -> None:
    """Render in an odd locale; every locale finds the same files up to date."""
    first = project.run("render", env=odd)
    assert first.status == 0, first
    assert {"שלום.mp3".encode(), "día.mp3".encode()} <= names(project)
    for command in LOOKING:
        assert project.run(command, env=odd).status == 0, command
    for locale in ({"LC_ALL": "C.UTF-8"}, odd):
        for command in ("plan", "render"):
            result = project.run(command, env=locale)
            assert "Nothing to do: 2 up to date." in result.stdout, (locale, result)
    assert project.run("plan", "--explain", "demo/dusk/1", env={"LC_ALL": "C.UTF-8"}).status == 0


def test_a_posix_locale_has_every_file_name(sketched: Project) -> None:
    agree_everywhere(sketched, POSIX)


def test_a_latin_1_locale_has_every_file_name(sketched: Project, latin_1: dict[str, str]) -> None:
    agree_everywhere(sketched, latin_1)


def test_what_a_latin_1_terminal_types_is_what_it_means(
    sketched: Project, latin_1: dict[str, str]
) -> None:
    script = "printf 'render\\n--set\\nword=d\\355a\\n' | xargs \"$0\""
    done = subprocess.run(
        ["/bin/sh", "-c", script, *COMMAND],
        cwd=sketched.root,
        env={**os.environ, **latin_1, "XDG_CONFIG_HOME": str(sketched.root)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done
    assert "día" in sketched.entries("demo", "sketch")["demo/dusk/1"]["lyrics"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_any_encoding_of_the_output_will_do(encoding: str, sketched: Project) -> None:
    for command in ("render", *LOOKING):
        result = sketched.run(command, env={"PYTHONIOENCODING": f"{encoding}:backslashreplace"})
        assert result.status == 0, (command, result)


def test_a_named_project_is_worked_on_from_a_folder_that_is_gone(sketched: Project) -> None:
    for command in ("render", "render", *LOOKING):
        done = in_gone(sketched, "--project", str(sketched.root), command)
        assert (done.returncode, done.stderr) == (0, ""), (command, done)
    assert sketched.run("render").stdout == "Nothing to do: 2 up to date.\n"
    done = in_gone(sketched, "--project", str(sketched.root), "render")
    assert (done.returncode, done.stdout) == (0, "Nothing to do: 2 up to date.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        *[(command,) for command in LOOKING if command != "doctor"],
        ("diff",),
        ("init",),
        ("init", "songs"),
        ("plan", "--project", "."),
        ("plan", "--project", "songs"),
        ("analyze", "porch.mp3"),
        ("selects", "merge", "mine.yaml"),
    ],
)
def test_one_sentence_says_that_the_folder_is_gone(
    arguments: tuple[str, ...], project: Project
) -> None:
    done = in_gone(project, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", GONE)


def test_the_engines_are_listed_anywhere(project: Project) -> None:
    assert in_gone(project, "engines").returncode == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"HOME": "", "XDG_CONFIG_HOME": ""},
        {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"},
        {"HOME": "relative", "XDG_CONFIG_HOME": "relative"},
        {"HOME": "/proc", "XDG_CONFIG_HOME": "/proc", "TMPDIR": "/proc"},
    ],
)
def test_no_home_is_needed(odd: dict[str, str], sketched: Project) -> None:
    # A folder that is not the user's must not be taken for it.
    for folder in ("songbatch", "relative/songbatch", "relative/.config/songbatch"):
        sketched.write(f"{folder}/config.yaml", "no settings")
    for command in ("render", *LOOKING):
        result = sketched.run(command, env=odd)
        assert result.status == 0, (command, result)


def test_an_account_without_a_home_has_no_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_000)
    assert user_config_folder() == Path("/.config/songbatch")
