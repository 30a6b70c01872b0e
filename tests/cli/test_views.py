"""Views of commands: every format that a command offers has one, and no command knows a format."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import click
import pytest

from songbatch import cli
from songbatch.cli.main import COMMANDS
from songbatch.cli.views import choice
from support.kit import Project
from tests.cli.repository import rendered, songs

__all__ = ["rendered", "songs"]

FORMATS = {
    "check": choice.check_formats(),
    "plan": choice.plan_formats(),
    "jobs": choice.jobs_formats(),
    "diff": choice.diff_formats(),
    "credits": choice.credits_formats(),
    "verify": choice.verify_formats(),
    "engines": choice.engines_formats(),
    "doctor": choice.doctor_formats(),
}
NAMES = {name for formats in FORMATS.values() for name in formats}
PAIRS = [(command, name) for command, formats in FORMATS.items() for name in formats]
SOURCES = sorted(Path(next(iter(cli.__path__))).glob("*.py"))


def option(command: str, name: str) -> click.Parameter | None:
    loaded = importlib.import_module(f"songbatch.cli.{command.replace('-', '_')}").command
    return next((one for one in loaded.params if name in one.opts), None)


def test_every_command_offers_the_formats_it_has_views_for() -> None:
    offered = {name: one for name in COMMANDS if (one := option(name, "--format"))}
    assert offered.keys() == FORMATS.keys()
    for name, one in offered.items():
        assert isinstance(one.type, click.Choice)
        assert list(one.type.choices) == list(FORMATS[name]), name
        assert one.default == "text", name


def test_a_view_shows_one_format_of_one_command() -> None:
    views = [formats[name] for formats in FORMATS.values() for name in formats]
    assert len(set(views)) == len(views)
    for command, name in PAIRS:
        assert FORMATS[command][name].__name__ == f"{command}_{name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_command_compares_the_names_of_formats(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.MatchValue)]
    constants = (one for node in compared for one in ast.walk(node))
    assert NAMES.isdisjoint(one.value for one in constants if isinstance(one, ast.Constant))


# How much room a disk has changes from one call of the doctor to the next.
STEADY = [name for name in FORMATS if option(name, "--json") and name != "doctor"]


@pytest.mark.parametrize("command", STEADY)
def test_json_is_short_for_its_format(songs: Project, command: str) -> None:
    songs.replace("specs/demo.yaml", "morning", "evening")
    long = songs.run(command, "--format", "json")
    assert long.status == 0, long
    assert json.loads(long.stdout)
    for arguments in (["--json"], ["--json", "--format", "text"]):
        short = songs.run(command, *arguments)
        assert (short.stdout, short.stderr) == (long.stdout, long.stderr)


@pytest.mark.parametrize(("command", "name"), PAIRS)
def test_text_ends_with_one_line_end(songs: Project, command: str, name: str) -> None:
    shown = songs.run(command, "--format", name)
    assert shown.status == 0, shown
    assert shown.stdout.rstrip("\n") == shown.stdout[:-1] != ""
