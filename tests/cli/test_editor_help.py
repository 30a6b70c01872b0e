"""What editors go by: a schema for each file, completions that fit, problems in the list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from songbatch.documents.schema_copies import COPIES, copy_of, is_old_copy
from support.kit import Project

OF_A_PROJECT = ("reference", "voice", "instrumental", "template", "rows", "cover", "file", "render")


@pytest.fixture
def started(project: Project) -> Project:
    assert project.run("init").status == 0
    return project


def settings(project: Project, name: str) -> Any:
    return json.loads((project.root / f".vscode/{name}.json").read_text("utf-8"))


def test_every_file_has_a_schema_that_finds_what_the_command_finds(started: Project) -> None:
    digest = "a" * 64
    wrong = {
        "songbatch.yaml": "version: 1\nengines: {music-01: {usd: 3}}\n",
        "specs/selects.yaml": "version: 1\nlisteners: {ann: [{render: x/y/1, pick: 3, "
        f"engine: sketch, audio_sha256: '{digest}'}}]}}\n",
        "specs/first-song.yaml": "version: 1\nsongs: {x: {lyric: hi}}\n",
    }
    schemas = settings(started, "settings")["yaml.schemas"]
    assert set(schemas) == set(COPIES)
    found: dict[str, str] = {}
    for schema, patterns in schemas.items():
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            for path in wrong:
                if Path(path).match(pattern):
                    found.setdefault(path, schema)
    found["specs/selects.yaml"] = "specs/selects.schema.json"  # a pattern leaves it out elsewhere
    assert "!specs/selects.yaml" in schemas["specs/spec.schema.json"]
    for path, text in wrong.items():
        schema = json.loads((started.root / found[path]).read_text("utf-8"))
        validator = jsonschema.Draft202012Validator(schema)
        assert not validator.is_valid(yaml.safe_load(text)), path
        started.write(path, text)
    assert started.run("check").status == 2


def examples(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what a schema gives as examples, with the name of the key that has them."""
    if isinstance(node, dict):
        if isinstance(node.get("examples"), list):
            yield from ((name, one) for one in node["examples"])
        for key, value in node.items():
            yield from examples(value, key)


def names_within(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from names_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_within(inner)


@pytest.mark.parametrize("path", COPIES)
def test_no_example_is_offered_where_a_name_of_the_project_is_wanted(path: str) -> None:
    for name, example in examples(json.loads(copy_of(COPIES[path]))):
        assert name not in OF_A_PROJECT, (name, example)
        # An engine's own settings have any names.
        within = set() if name == "settings" else set(names_within(example))
        assert not {*OF_A_PROJECT, "references", "songs"} & within, name


def test_the_task_lists_every_problem_at_its_place(started: Project) -> None:
    started.write("specs/first-song.yaml", "version: 1\nsongs:\n  x: {lyric: hi, takes: no}\n")
    started.write("specs/empty.yaml", "")
    started.write("songbatch.yaml", "version: 1\nengines: {music-01: {usd: 3}}\n")
    (task,) = settings(started, "tasks")["tasks"]
    pattern = task["problemMatcher"]["pattern"]
    result = started.run(*task["args"])
    lines = (result.stdout + result.stderr).splitlines()
    problems = [one for one in map(re.compile(pattern["regexp"]).match, lines) if one is not None]
    keys = ("file", "line", "column", "severity", "code")
    listed = {tuple(one[pattern[key]] for key in keys) for one in problems}
    told = json.loads(started.run("check", "--format", "json").stdout)
    assert len(told) >= 4
    assert listed == {
        tuple(str(one[key]) if one[key] is not None else None for key in keys) for one in told
    }
    assert "redhat.vscode-yaml" in settings(started, "extensions")["recommendations"]


@pytest.mark.parametrize("path", COPIES)
def test_check_renews_what_an_earlier_songbatch_made(started: Project, path: str) -> None:
    copy = (started.root / path).read_text("utf-8")
    unmarked = re.sub(r'  "\$comment": .*\n', "", copy)
    for old in (unmarked, re.sub(r"songbatch [0-9.]+[0-9]", "songbatch 0.0.9", copy)):
        started.run("check")
        started.write(path, old)
        result = started.run("check")
        assert (result.status, result.stderr) == (
            0,
            f"{path}: renewed; it was of an earlier songbatch\n",
        )
        assert (started.root / path).read_text("utf-8") == copy
        assert started.run("check").stderr == ""


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"title": "mine"}', "<<<<<<< HEAD\n{}\n", "[" * 100_000],
)
def test_check_leaves_alone_what_is_no_copy(started: Project, text: str) -> None:
    started.write("specs/spec.schema.json", text)
    result = started.run("check")
    assert (result.status, result.stderr) == (0, "")
    assert (started.root / "specs/spec.schema.json").read_text("utf-8") == text


def test_a_copy_by_a_newer_songbatch_is_left_alone() -> None:
    copy = copy_of("spec")
    newer = re.sub(rb"songbatch [0-9.]+[0-9]", b"songbatch 999.0.1", copy)
    assert newer != copy
    assert not is_old_copy(newer, "spec")
    assert is_old_copy(copy.replace(b"Never", b"never") + b"\n", "spec")


def test_a_check_makes_no_schemas(project: Project) -> None:
    project.write("specs/x.yaml", "version: 1\nsongs: {x: {lyrics: la la la}}\n")
    project.run("check")
    assert not [*project.root.glob("specs/*.json")]
