"""`make` for songs: what is there is not asked for again, whatever it is called and wherever it is.

Every test renders once and then changes something; the server counts what was sent.
"""

from __future__ import annotations

import shutil

import pytest

from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


@pytest.fixture
def rendered(hosted: Project) -> Project:
    """The shared spec, rendered."""
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    return hosted


def assert_free(project: Project, server: ContractServer, *arguments: str) -> None:
    """Render again; nothing may be sent."""
    uploads, generations = len(server.uploads), len(server.generations)
    result = project.run("render", *arguments)
    assert result.status == 0, result
    assert (len(server.uploads), len(server.generations)) == (uploads, generations), result


def test_the_first_run_uploads_once_and_asks_for_every_song(
    rendered: Project, contract_server: ContractServer
) -> None:
    assert [upload.purpose for upload in contract_server.uploads] == ["song"]
    assert sorted(g.lyrics for g in contract_server.generations) == [
        "Down by the river we sing,\nmorning is all that we bring.",
        "Up on the hill there is light.",
    ]
    entries = rendered.entries("demo")
    assert list(entries) == ["demo/first/1", "demo/second/1"]
    files = rendered.files("outputs")
    for entry in entries.values():
        assert files[entry["output"]] == entry["sha256"] != entry["audio_sha256"]


def test_a_second_run_does_nothing_and_says_so(
    rendered: Project, contract_server: ContractServer
) -> None:
    before = rendered.files()
    result = rendered.run("render")
    assert (result.status, result.stdout) == (0, "Nothing to do: 2 up to date.\n"), result
    assert rendered.files() == before
    assert len(contract_server.generations) == 2


def test_an_edited_line_renders_one_song(
    rendered: Project, contract_server: ContractServer
) -> None:
    second = rendered.entries("demo")["demo/second/1"]
    rendered.replace("specs/demo.yaml", "morning is", "evening is")
    plan = rendered.run("plan")
    assert "render   demo/first/1: lyrics changed" in plan.stdout, plan
    assert rendered.run("render").status == 0
    assert [g.lyrics for g in contract_server.generations[2:]] == [
        "Down by the river we sing,\nevening is all that we bring."
    ]
    assert rendered.entries("demo")["demo/second/1"] == second


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  first:\n", "  opening:\n"),
        ("title: Demo EP", "title: Another EP"),
        ("version: 1\n", "# a comment\nversion: 1\n\n"),
        ("  river: {file", "  stream: {file"),
        ("defaults:\n", "vars: {unused: 1}\ndefaults:\n"),
        ("    lyrics: |\n      Up on the hill", "    lyrics: |-\n      Up on the hill"),
        ("defaults:\n", "defaults:\n  tags: {artist: The Specs}\n"),
        ("  first:\n", "  first:\n    output: '{{ song }}-{{ take }}'\n"),
    ],
)
def test_renaming_retitling_and_reformatting_cost_nothing(
    rendered: Project, contract_server: ContractServer, old: str, new: str
) -> None:
    rendered.replace("specs/demo.yaml", old, new)
    if "stream" in new:
        rendered.replace("specs/demo.yaml", "reference: river", "reference: stream")
    assert_free(rendered, contract_server)
    assert rendered.run("verify").status == 0
    assert len([f for f in rendered.files("outputs") if f.endswith(".mp3")]) == 2


def test_a_renamed_song_takes_its_output_along(rendered: Project) -> None:
    rendered.replace("specs/demo.yaml", "  first:\n", "  opening:\n")
    result = rendered.run("render")
    assert "restore  demo/opening/1 -> outputs/demo/music-01/opening.mp3" in result.stdout, result
    assert "remove   outputs/demo/music-01/first.mp3" in result.stdout, result
    assert list(rendered.entries("demo")) == ["demo/opening/1", "demo/second/1"]


def test_a_moved_reference_costs_nothing(
    rendered: Project, contract_server: ContractServer
) -> None:
    (rendered.root / "specs/references").rename(rendered.root / "tracks")
    rendered.replace("specs/demo.yaml", "references/river", "../tracks/river")
    assert_free(rendered, contract_server)


def test_a_renamed_spec_costs_nothing(rendered: Project, contract_server: ContractServer) -> None:
    (rendered.root / "specs/demo.yaml").rename(rendered.root / "specs/album.yaml")
    assert_free(rendered, contract_server)
    assert list(rendered.entries("album")) == ["album/first/1", "album/second/1"]


def test_a_deleted_output_is_restored(rendered: Project, contract_server: ContractServer) -> None:
    before = rendered.files("outputs")
    (rendered.root / "outputs/demo/music-01/first.mp3").unlink()
    assert_free(rendered, contract_server, "--frozen")
    assert rendered.files("outputs") == before


def test_a_damaged_output_is_restored(rendered: Project, contract_server: ContractServer) -> None:
    before = rendered.files("outputs")
    output = rendered.root / "outputs/demo/music-01/first.mp3"
    output.write_bytes(output.read_bytes()[:-100])
    assert_free(rendered, contract_server)
    assert rendered.files("outputs") == before


@pytest.mark.parametrize("lost", [".songbatch", ".songbatch/store"])
def test_a_lost_store_adopts_the_outputs(
    rendered: Project, contract_server: ContractServer, lost: str
) -> None:
    before = rendered.files("outputs")
    shutil.rmtree(rendered.root / lost)
    assert_free(rendered, contract_server)
    assert rendered.files("outputs") == before
    shutil.rmtree(rendered.root / "outputs")
    assert_free(rendered, contract_server, "--frozen")


def test_a_lost_store_and_a_renamed_song_cost_nothing(
    rendered: Project, contract_server: ContractServer
) -> None:
    shutil.rmtree(rendered.root / ".songbatch")
    rendered.replace("specs/demo.yaml", "  first:\n", "  opening:\n")
    assert_free(rendered, contract_server)
    assert rendered.run("verify").status == 0


def test_tagged_outputs_are_adopted_as_they_were_received(
    rendered: Project, contract_server: ContractServer
) -> None:
    before = rendered.entries("demo")["demo/first/1"]
    rendered.replace("specs/demo.yaml", "defaults:\n", "defaults:\n  tags: {title: '{{ song }}'}\n")
    assert_free(rendered, contract_server)
    tagged = rendered.entries("demo")["demo/first/1"]
    assert tagged["sha256"] != before["sha256"]
    assert tagged["audio_sha256"] == before["audio_sha256"]
    shutil.rmtree(rendered.root / ".songbatch")
    assert_free(rendered, contract_server)
    rendered.replace("specs/demo.yaml", "  tags: {title: '{{ song }}'}\n", "")
    assert_free(rendered, contract_server)
    assert rendered.entries("demo")["demo/first/1"] == before


def test_lost_manifests_are_written_again(
    rendered: Project, contract_server: ContractServer
) -> None:
    before = rendered.files("outputs")
    shutil.rmtree(rendered.root / "outputs")
    assert_free(rendered, contract_server)
    assert rendered.files("outputs") == before


def test_more_takes_buy_only_the_new_ones_and_fewer_hide(
    rendered: Project, contract_server: ContractServer
) -> None:
    rendered.replace("specs/demo.yaml", "  first:\n", "  first:\n    takes: 3\n")
    assert rendered.run("render").status == 0
    assert len(contract_server.generations) == 4
    assert len(rendered.entries("demo")) == 4
    rendered.replace("specs/demo.yaml", "    takes: 3\n", "")
    assert_free(rendered, contract_server)
    assert len([f for f in rendered.files("outputs") if f.endswith(".mp3")]) == 2
    rendered.replace("specs/demo.yaml", "  first:\n", "  first:\n    takes: 3\n")
    assert_free(rendered, contract_server)


def test_an_edited_output_is_not_removed_with_its_song(rendered: Project) -> None:
    mine = rendered.root / "outputs/demo/music-01/first.mp3"
    mine.write_bytes(mine.read_bytes() + b"my own notes")
    rendered.replace("specs/demo.yaml", "  first:\n", "  opening:\n")
    assert rendered.run("render").status == 0
    assert mine.exists()


def test_frozen_refuses_what_would_be_sent(
    rendered: Project, contract_server: ContractServer
) -> None:
    rendered.replace("specs/demo.yaml", "morning", "evening")
    before = rendered.files()
    result = rendered.run("render", "--frozen")
    assert (result.status, result.stdout) == (3, ""), result
    assert "--frozen, but 1 song would have to be rendered, first demo/first/1" in result.stderr
    assert rendered.files() == before
    assert len(contract_server.generations) == 2


def test_a_selection_leaves_the_others_alone(
    rendered: Project, contract_server: ContractServer
) -> None:
    rendered.replace("specs/demo.yaml", "morning", "evening")
    rendered.replace("specs/demo.yaml", "the hill", "the ridge")
    result = rendered.run("render", "--select", "sec*")
    assert result.status == 0, result
    assert [g.lyrics for g in contract_server.generations[2:]] == [
        "Up on the ridge there is light."
    ]
    assert "morning" in rendered.entries("demo")["demo/first/1"]["lyrics"]
    assert_free(rendered, contract_server, "--exclude", "demo/first")
    nothing = rendered.run("render", "--select", "thrid")
    assert (nothing.status, "no render is selected" in nothing.stderr) == (2, True), nothing
