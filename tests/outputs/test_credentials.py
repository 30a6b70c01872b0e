"""A Content Credential that a service sends: it stays in the tag, is told, and can be had back."""

from __future__ import annotations

import mutagen.id3
import pytest

from songbatch.audio.id3 import write
from songbatch.audio.id3_frames import TagFrame
from support.contract.server import ContractServer
from support.kit import Project
from tests.audio.pictures import png
from tests.run.specs import SONG

STORE = b"\0\0\0\x2djumb" + bytes(range(256))
FIRST = "outputs/demo/music-01/first.mp3"


@pytest.fixture
def received(contract_server: ContractServer, hosted: Project) -> Project:
    """The shared spec, rendered by a service that signs its songs."""
    store = TagFrame(b"GEOB", b"\0application/c2pa\0\0c2pa\0" + STORE)
    contract_server.in_front = write([TagFrame(b"TIT2", b"\3theirs"), store]) or b""
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    return hosted


def stores(project: Project) -> list[bytes]:
    return [one.data for one in mutagen.id3.ID3(project.root / FIRST).getall("GEOB")]


def test_a_credential_stays_and_is_told(received: Project, contract_server: ContractServer) -> None:
    contract_server.audio_seconds = 5.0
    result = received.run("render")
    assert result.status == 0, result
    assert "came with a Content Credential (c2pa)" in result.stdout
    told = result.stdout.split("worth a listen:\n")[1].split("\n\n")[0].splitlines()
    assert {line[:13] for line in told} == {"  credential ", "  cut-off    "}
    assert all(line[13] != " " for line in told)
    entry = received.entries("demo")["demo/first/1"]
    assert entry["credential"] == "c2pa"
    assert stores(received) == [STORE]
    written = received.run("recover", FIRST, "--received", "back.mp3")
    assert written.status == 0, written
    assert (received.root / "back.mp3").read_bytes() in contract_server.answers.values()
    # Another cover, another title, none again: it stays, and nothing is asked for.
    before = received.files("outputs")
    received.write("specs/front.png", png())
    sent = len(contract_server.generations)
    received.replace("specs/demo.yaml", "defaults:\n", "defaults:\n  tags: {cover: front.png}\n")
    assert received.run("render").status == 0
    assert stores(received) == [STORE]
    received.replace("specs/demo.yaml", "  tags: {cover: front.png}\n", "")
    assert received.run("render").status == 0
    assert received.files("outputs") == before
    assert "Nothing to do" in received.run("render").stdout
    assert len(contract_server.generations) == sent


def test_what_was_written_before_frames_were_kept_is_left_as_it_is(
    hosted: Project, contract_server: ContractServer
) -> None:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    entry = hosted.entries("demo")["demo/first/1"]
    assert "credential" not in entry
    assert stores(hosted) == []
    sent = len(contract_server.generations)
    assert "Nothing to do" in hosted.run("render").stdout
    assert len(contract_server.generations) == sent


def test_what_cannot_be_had_back_is_not_written(received: Project) -> None:
    assert received.run("render").status == 0
    tags = mutagen.id3.ID3(received.root / FIRST)
    tags.delall("PRIV")
    tags.save(received.root / FIRST)
    result = received.run("recover", FIRST, "--received", "back.mp3")
    assert (result.status, "is not in its tag" in result.stderr) == (2, True), result
    assert not (received.root / "back.mp3").exists()
    both = received.run("recover", FIRST, FIRST, "--received", "back.mp3")
    assert (both.status, "writes one file" in both.stderr) == (2, True), both


def test_a_wav_behind_a_tag_is_used(received: Project) -> None:
    received.replace("specs/demo.yaml", "defaults:\n", "defaults:\n  audio: {format: wav}\n")
    result = received.run("render")
    assert result.status == 0, result
    entry = received.entries("demo")["demo/first/1"]
    assert f"is in the store, as {entry['audio_sha256']}" in result.stdout
    output = (received.root / entry["output"]).read_bytes()
    assert output[:4] == b"RIFF"
    assert entry["audio_sha256"] != entry["sha256"]
    assert entry["credential"] == "c2pa"
    assert received.run("verify").status == 0
    assert "Nothing to do" in received.run("render").stdout
