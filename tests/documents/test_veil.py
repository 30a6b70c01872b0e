"""Keys that are typed into songbatch.yaml or config.yaml: refused, and never repeated."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from songbatch.cli.diagnostics import as_json, as_texts
from songbatch.diagnostics import has_errors
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.project import load_project
from songbatch.documents.schema import schema_text
from songbatch.documents.veil import VARIABLE, veiled
from songbatch.sources import Source, Span
from support.kit import Project
from tests.run.specs import SONG

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-Te5t/K+y=0123456789~abc"
CAPITALS = "AKIAIOSFODNN7EXAMPLE"
HEAD = "version: 1\nengines:\n  acestep:\n"


@pytest.fixture
def prepared(project: Project) -> Project:
    return project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


WRITTEN = {
    "plain": f"{HEAD}    key_env: {KEY}\n",
    "capitals": f"{HEAD}    key_env: {CAPITALS}\n",
    "double quotes": f'{HEAD}    key_env: "{KEY}"\n',
    "single quotes": f"{HEAD}    key_env: '{KEY}'\n",
    "next line": f"{HEAD}    key_env:\n      {KEY}\n",
    "block": f"{HEAD}    key_env: |\n      {KEY}\n",
    "folded": f"{HEAD}    key_env: >-\n      {KEY}\n",
    "tag": f"{HEAD}    key_env: !!str {KEY}\n",
    "anchor": f"{HEAD}    key_env: &key {KEY}\n",
    "quoted name": f'{HEAD}    "key_env": {KEY}\n',
    "explicit": f"{HEAD}    ? key_env\n    : {KEY}\n",
    "list": f"{HEAD}    key_env: [{KEY}]\n",
    "mapping": f"{HEAD}    key_env: {{{KEY}: 1}}\n",
    "flow": f"version: 1\nengines: {{acestep: {{key_env: {KEY}, jobs: 1}}}}\n",
    "beside another mistake": f"version: 1\nengines: {{acestep: {{jobs: x, key_env: {KEY}}}}}\n",
    "number": f"{HEAD}    key_env: 4815162342108\n",
    "other name": f"{HEAD}    api_key: {KEY}\n",
    "another name": f"{HEAD}    key: {KEY}\n",
    "name of its own": f"{HEAD}    ACESTEP_API_KEY: {KEY}\n",
    "token": f"{HEAD}    token: {CAPITALS}\n",
    "twice": f"{HEAD}    key_env: {KEY}\n    key_env: {KEY}\n",
    "no yaml": f"{HEAD}    key_env: {KEY}: more\n",
    "unclosed": f'{HEAD}    key_env: "{KEY}\n',
    "unclosed flow": f"version: 1\nengines: {{acestep: {{key_env: {KEY}\n",
    "bad tag": f"{HEAD}    key_env: !secret {KEY}\n",
    "very long": f"{HEAD}    key_env: {KEY * 20}\n",
    "password": f"{HEAD}    url: https://ann:{KEY}@songs.example.org\n",
    "wrong place": f"version: 1\nkey_env: {KEY}\n",
}
PIECES = (KEY[:8], CAPITALS[:8], "4815162342108")


def shown(project: Project, *commands: tuple[str, ...]) -> str:
    """Return what commands say that read the file, each of which must refuse it."""
    results = [project.run(*command) for command in commands]
    assert {result.status for result in results} == {2}, results[0]
    return "".join(map(str, results))


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_a_key_in_a_projects_file_is_refused_and_never_shown(text: str) -> None:
    _, found = load_project(Source("songbatch.yaml", text))
    said = "\n".join([*as_texts(found), *(json.dumps(as_json(one)) for one in found)])
    assert has_errors(found)
    assert not [piece for piece in PIECES if piece in said], said


def test_no_command_shows_it(prepared: Project) -> None:
    prepared.write("songbatch.yaml", WRITTEN["beside another mistake"])
    formats = [("check", "--format", name) for name in ("text", "json", "github")]
    said = shown(prepared, *formats, ("plan",), ("render",), ("engines",), ("doctor",))
    assert KEY[:8] not in said, said


def test_the_excerpt_shows_all_but_the_key(prepared: Project) -> None:
    prepared.write(
        "songbatch.yaml",
        f"version: 1\nengines: {{acestep: {{jobs: 1, key_env: {KEY}, face: tasks}}}}\n",
    )
    assert prepared.run("check").stdout.splitlines()[:5] == [
        "songbatch.yaml:2:39: error[schema.pattern]: not allowed here as written: `key_env` is no "
        "name of an environment variable",
        f"     2 | engines: {{acestep: {{jobs: 1, key_env: {'*' * len(KEY)}, face: tasks}}}}",
        f"       | {' ' * 38}{'^' * len(KEY)}",
        "  fix: write the variable's name, such as `key_env: ACESTEP_API_KEY`, and never the key "
        "itself",
        "",
    ]


def test_the_name_of_a_variable_is_shown(prepared: Project) -> None:
    text = "version: 1\nengines: {acestep: {jobs: x, key_env: ACESTEP_API_KEY}}\n"
    result = prepared.write("songbatch.yaml", text).run("check")
    assert result.status == 2
    assert "key_env: ACESTEP_API_KEY" in result.stdout


@pytest.mark.parametrize("text", [WRITTEN["plain"], WRITTEN["unclosed"]])
def test_a_key_in_ones_own_configuration_is_not_shown(
    prepared: Project, text: str, tmp_path: Path
) -> None:
    prepared.write(".config/songbatch/config.yaml", text)
    prepared.environment = {"XDG_CONFIG_HOME": str(tmp_path / ".config")}
    result = prepared.run("render")
    assert result.status == 2, result
    assert KEY[:8] not in str(result), result
    assert "config.yaml" in result.stderr


LARGE = 2 * 2**20
HOSTILE = {
    "slashes": "/" * LARGE,
    "underscores": "a_" * (LARGE // 2),
    "keys": "key" * (LARGE // 3),
    "names": "key: " * (LARGE // 5),
    "anchors": "key: " + "&a " * (LARGE // 3),
    "spaces": ("key" + " " * 1000) * (LARGE // 1003),
    "unclosed": 'key: "' * (LARGE // 6),
    "many": "".join(f"key: secret-{n}\n" for n in range(LARGE // 20)),
    "addresses": "http://a@" * (LARGE // 9),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_takes_no_long_time(text: str) -> None:
    source = Source("songbatch.yaml", text)
    wrong = make_diagnostic("schema.type", Span(source, 1, 1, 1, 2), "detail secret-7", "fix")
    began = time.process_time()
    (covered,) = veiled(source, None, [wrong])
    assert time.process_time() - began < 5
    assert len(covered.span.source.text) == len(text)
    assert "secret" not in covered.span.source.text


@pytest.mark.parametrize("kind", ["project", "config"])
def test_the_schemas_agree_on_what_a_variable_is(kind: str) -> None:
    assert json.dumps(VARIABLE) in schema_text("project" if kind == "project" else "config")
