"""verify, gc, schema, init, and how the program behaves at its edges."""

from __future__ import annotations

import json
import re
import shutil

import jsonschema
import pytest

from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


@pytest.fixture
def rendered(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    return hosted


OUTPUT = "outputs/demo/music-01/first.mp3"


def test_verify_finds_everything_as_recorded(rendered: Project) -> None:
    result = rendered.run("verify")
    assert (result.status, result.stdout) == (0, "2 outputs checked: all as recorded.\n")
    assert rendered.run("verify", "demo").status == 0
    unknown = rendered.run("verify", "dmo")
    assert (unknown.status, "did you mean" in unknown.stderr) == (2, True)


def test_verify_says_that_there_is_nothing_to_check(rendered: Project) -> None:
    shutil.rmtree(rendered.root / "outputs")
    result = rendered.run("verify")
    assert (result.status, result.stdout) == (
        0, "Nothing to check: no manifest lists an output. Next: songbatch render\n"
    )  # fmt: skip


def test_verify_misses_a_file(rendered: Project) -> None:
    (rendered.root / OUTPUT).unlink()
    result = rendered.run("verify")
    assert result.status == 1
    assert f"{OUTPUT}: there is no such file  [demo/first/1]" in result.stdout


def test_verify_sees_a_changed_byte(rendered: Project) -> None:
    path = rendered.root / OUTPUT
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = json.loads(rendered.run("verify", "--json").stdout)
    assert found["checked"] == 2
    assert [f["id"] for f in found["findings"]] == ["demo/first/1"]
    assert "not the file that was written" in found["findings"][0]["problem"]


def test_verify_sees_a_wrong_duration(rendered: Project) -> None:
    path = "outputs/demo/music-01/manifest.json"
    seconds = rendered.entries("demo")["demo/first/1"]["seconds"]
    rendered.replace(path, f'"seconds": {seconds}', '"seconds": 99.5')
    result = rendered.run("verify")
    assert result.status == 1
    assert "the manifest says 99.5 s" in result.stdout


def test_gc_keeps_what_manifests_need(rendered: Project, contract_server: ContractServer) -> None:
    assert "Would drop 0 blobs, 0 B." in rendered.run("gc", "--dry-run").stdout
    rendered.replace("specs/demo.yaml", "morning", "evening")
    assert rendered.run("render").status == 0
    before = rendered.files()
    listed = rendered.run("gc", "--dry-run")
    assert "Would drop 0 blobs" in listed.stdout, listed
    assert "Kept 1 earlier take, " in listed.stdout
    listed = rendered.run("gc", "--dry-run", "--earlier")
    assert "replaced by other audio: 1, " in listed.stdout
    song = r"^  \w{16}  demo/first/1 on music-01, 0:\d\d, \$0\.\d+, received 20"
    assert re.search(song, listed.stdout, re.MULTILINE)
    assert "Would drop 1 blob" in listed.stdout
    assert rendered.files() == before
    refused = rendered.run("gc", "--earlier")
    assert refused.status == 3, refused
    assert "1 song that cost $0.0" in refused.stderr
    assert rendered.files(".songbatch/store") == {
        path: digest for path, digest in before.items() if "/store/" in path
    }
    assert "Dropped 1 blob" in rendered.run("gc", "--earlier", "--yes").stdout
    assert len(rendered.files(".songbatch/store")) == 2
    assert "Nothing to do" in rendered.run("render").stdout
    assert len(contract_server.generations) == 3


def test_gc_keeps_what_the_specs_want(rendered: Project, contract_server: ContractServer) -> None:
    # As a run that died leaves it: received and in the ledger, but in no manifest.
    (rendered.root / "outputs/demo/music-01/manifest.json").unlink()
    assert "Dropped 0 blobs" in rendered.run("gc").stdout
    rendered.replace("specs/demo.yaml", "engine: music-01\n", "")
    assert "Dropped 0 blobs" in rendered.run("gc").stdout
    rendered.replace("specs/demo.yaml", "songs:", "songs")
    refused = rendered.run("gc")
    assert refused.status == 2, refused
    rendered.replace("specs/demo.yaml", "songs", "songs:")
    assert rendered.run("render", "--engine", "music-01").status == 0
    assert len(contract_server.generations) == 2


def test_every_written_manifest_fits_its_schema(rendered: Project) -> None:
    schema = json.loads(rendered.run("schema", "manifest").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(rendered.manifest("demo"), schema)


def test_the_spec_schema_accepts_the_specs(rendered: Project) -> None:
    schema = json.loads(rendered.run("schema", "spec").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_broken_manifest_is_named_and_nothing_is_lost(rendered: Project) -> None:
    path = "outputs/demo/music-01/manifest.json"
    rendered.replace(path, '"renders": [', '"renders": [<')
    result = rendered.run("render")
    assert result.status == 2, result
    assert f"{path} is not a manifest" in result.stderr
    (rendered.root / path).unlink()
    assert rendered.run("render", "--frozen").status == 0


def test_outside_a_project(project: Project) -> None:
    for command in ("check", "plan", "render", "verify", "gc"):
        result = project.run(command)
        assert result.status == 2, result
        assert "no song project here" in result.stderr
        assert "songbatch init" in result.stderr


def test_a_project_is_found_from_below_and_by_name(rendered: Project) -> None:
    below = rendered.root / "specs/references"
    assert "Nothing to do" in rendered.run("render", cwd=below).stdout
    away = rendered.root.parent
    for arguments in (
        ("--project", str(rendered.root), "render"),
        ("render", "--project", str(rendered.root)),
    ):
        assert "Nothing to do" in rendered.run(*arguments, cwd=away).stdout


def test_specs_by_name_and_path(rendered: Project) -> None:
    for name in ("demo", "specs/demo.yaml", str(rendered.root / "specs/demo.yaml")):
        assert "Nothing to do" in rendered.run("render", name).stdout
    unknown = rendered.run("render", "demi")
    assert unknown.status == 2
    assert 'did you mean "demo"?' in unknown.stderr


@pytest.mark.parametrize("arguments", [("rendr",), ("render", "--jobs", "0"), ("render", "--nope")])
def test_usage_errors_are_exit_2(rendered: Project, arguments: tuple[str, ...]) -> None:
    result = rendered.run(*arguments)
    assert result.status == 2
    assert "Traceback" not in result.stderr


def test_init_makes_a_project_that_renders_and_overwrites_nothing(project: Project) -> None:
    made = project.run("init", "songs")
    assert made.status == 0, made
    assert "cd songs && songbatch render" in made.stdout
    inside = Project(project.root / "songs")
    before = inside.files()
    again = project.run("init", "songs")
    assert again.status == 0, again
    assert "nothing to add" in again.stdout
    assert inside.files() == before
    assert inside.run("check").status == 0
    rendered = inside.run("render")
    assert rendered.status == 0, rendered
    assert inside.run("verify").status == 0
