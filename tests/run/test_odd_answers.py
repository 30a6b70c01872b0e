"""Odd answers through the real command: one request each, and the song that was sent is kept."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting
from songbatch.run.booking import book
from songbatch.store.blobs import Blobs, Received
from songbatch.store.ledger import Ledger
from support.contract.audio import tone
from support.contract.faults import Fault
from support.kit import Project
from tests.engines.music01 import oddities

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.contract.server import ContractServer
    from tests.engines.music01.oddities import Body, Pieces, Right

    Frame = Callable[[bytes, str], Pieces]

HEAD = """\
version: 1
engine: music-01
references:
  river: {file: river.mp3, purpose: song}
defaults: {reference: river}
songs:
"""
FAST = ("--backoff", "0.01", "--no-measure", "--yes")


class Batch:
    """A project of as many songs as there are odd answers to them."""

    def __init__(self, project: Project, server: ContractServer) -> None:
        self.project, self.server = project, server
        self.sent: list[str] = []
        self._songs: list[str] = []

    def add(self, frame: Frame, body: Body, packing: str = "plain", audio: str = "mp3") -> None:
        number = len(self._songs)
        pack, encoding = oddities.PACKINGS[packing]

        def wire(right: Right) -> Pieces:
            song = bytes.fromhex(right["data"]["audio"])
            self.sent.append(hashlib.sha256(song).hexdigest())
            return frame(pack(body(right)), encoding)

        self.server.script("generate", [Fault.wired("odd", wire)], containing=f"Line {number}.")
        self._songs.append(f"  s{number}: {{lyrics: Line {number}., audio: {{format: {audio}}}}}\n")

    def render(self, *more: str) -> int:
        self.project.write("specs/demo.yaml", HEAD + "".join(self._songs))
        self.project.reference("specs/river.mp3")
        result = self.project.run("render", *FAST, *more)
        assert "Traceback" not in result.stderr, result
        self.output = result.stdout
        return result.status

    def stored(self) -> set[str]:
        """Return the digests of what is in the store, which are those of its bytes."""
        files = self.project.files(".songbatch/store")
        assert all(path.endswith(digest) for path, digest in files.items())
        return set(files.values())

    def records(self, event: str) -> list[dict[str, object]]:
        lines = (self.project.root / ".songbatch/ledger.jsonl").read_text("utf-8").splitlines()
        found = [json.loads(line[9:]) for line in lines[1:]]
        return [record for record in found if record["event"] == event]


@pytest.fixture
def batch(hosted: Project, contract_server: ContractServer) -> Batch:
    return Batch(hosted, contract_server)


@pytest.mark.parametrize("audio", ["mp3", "wav", "pcm"])
def test_every_odd_answer_is_one_request_and_its_song(batch: Batch, audio: str) -> None:
    plain = oddities.FRAMES["length"]
    bodies = oddities.ODD_BODIES.values() if audio == "mp3" else ()
    for body in bodies:
        batch.add(plain, body, audio=audio)
    for packing in oddities.PACKINGS:
        batch.add(plain, oddities.plain, packing, audio)
    for frame in oddities.ODD_FRAMES.values():
        batch.add(frame, oddities.plain, audio=audio)
    assert batch.render() == 0, batch.output
    assert len(batch.server.generations) == len(batch.sent)
    assert batch.stored() == set(batch.sent)
    assert {entry["status"] for entry in batch.project.entries("demo").values()} == {"done"}
    assert batch.records("unknown") == []
    assert batch.project.run("render").status == 0
    assert len(batch.server.generations) == len(batch.sent)


def refused(status: int) -> Frame:
    def frame(body: bytes, encoding: str) -> Pieces:
        line = f"Content-Length: {len(body)}"
        yield oddities.head(encoding, line, "x-aimlapi-usd-spent: 0.04", status=f"{status} No")
        yield body

    return frame


def test_a_song_in_a_failure_is_kept_and_reported(batch: Batch) -> None:
    for body in oddities.SAYS_FAILED.values():
        batch.add(oddities.FRAMES["length"], body)
    for status in (302, 400, 401, 404, 429, 500, 504, 524):
        batch.add(refused(status), oddities.plain)
    assert batch.render("--retry-unknown", "0") == 1, batch.output
    assert len(batch.server.generations) == len(batch.sent)
    assert len(batch.sent) == len(oddities.SAYS_FAILED) + 8
    assert batch.stored() == set(batch.sent)
    unknown = batch.records("unknown")
    assert batch.records("failed") == batch.records("answered") == []
    assert {str(record["message"])[-64:] for record in unknown} == set(batch.sent)
    assert [record.get("cost_usd") for record in unknown].count(0.04) == 8
    assert all(digest in batch.output for digest in batch.sent)
    held = batch.project.run("render", "--retry-unknown", "0")
    assert held.status == 3, held
    assert len(batch.server.generations) == len(batch.sent)


def test_a_song_of_another_format_is_kept_and_reported(batch: Batch) -> None:
    frame = oddities.FRAMES["chunked"]
    for body in (oddities.plain, oddities.ODD_BODIES["byte order mark"]):
        batch.add(frame, lambda right, b=body: b(_as_wav(right)))  # type: ignore[misc]
    assert batch.render("--retry-unknown", "0") == 1, batch.output
    kept = {str(record["message"])[-64:] for record in batch.records("unknown")}
    assert kept == batch.stored()
    assert len(kept) == 2


def _as_wav(right: Right) -> Right:
    samples = bytes.fromhex(right["data"]["audio"])
    size = len(samples)
    header = b"RIFF%sWAVEfmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\x10\0data%s"
    wav = header % ((size + 36).to_bytes(4, "little"), size.to_bytes(4, "little")) + samples
    return {**right, "data": {"status": 2, "audio": wav.hex()}}


def test_interim_answers_before_everything(batch: Batch) -> None:
    batch.server.script(
        "upload",
        [
            Fault.wired(
                "interim",
                lambda right: oddities.ODD_FRAMES["interim answers"](oddities.plain(right), ""),
            )
        ],
    )
    batch.add(oddities.ODD_FRAMES["interim answers"], oddities.plain)
    assert batch.render() == 0, batch.output
    assert len(batch.server.uploads) == len(batch.server.generations) == 1


def test_what_was_odd_is_reported_and_stays_in_the_manifest(batch: Batch) -> None:
    batch.add(oddities.ODD_FRAMES["interim answers"], oddities.ODD_BODIES["byte order mark"])
    assert batch.render("--measure") == 0, batch.output
    assert "odd       demo/s0/1" in batch.output
    (entry,) = batch.project.entries("demo").values()
    assert entry["measures"]
    assert entry["warnings"][0].startswith("odd answer: ")
    (batch.project.root / entry["output"]).unlink()
    assert batch.render("--measure") == 0
    assert batch.project.entries("demo") == {"demo/s0/1": entry}
    verified = batch.project.run("verify")
    assert (verified.status, verified.stdout) == (0, "1 output checked: all as recorded.\n")


def test_remarks_stay_with_the_song(tmp_path: Path) -> None:
    blobs = Blobs(Tree(tmp_path))
    ledger = Ledger(Tree(tmp_path), lambda: "2026-01-02T03:04:05Z")
    audio = AudioSetting(AudioFormat.MP3, 44100, 128000)
    with blobs.receive("ab" * 32, 1, audio.format, 1000) as incoming:
        incoming.write(tone("mp3", 2.0, 300.0))
        blob = incoming.finish()
    remarks = ("its end is missing",)
    received = Received("ab" * 32, 1, audio, incoming.path, blob, remarks=remarks)
    stored = book(received, blobs, ledger)
    ledger.close()
    assert stored.remarks == remarks


@pytest.mark.parametrize("event", ["unknown", "answered"])
def test_a_song_that_is_booked_and_not_yet_filed_is_filed(batch: Batch, event: str) -> None:
    """A run that died in between: nothing is made of a song that came with a failure."""
    body = oddities.SAYS_FAILED["code"] if event == "unknown" else oddities.plain
    batch.add(oddities.FRAMES["length"], body)
    batch.render("--retry-unknown", "0")
    record = batch.records(event)[0]
    digest = batch.sent[0]
    store = batch.project.root / ".songbatch/store"
    (store / digest[:2] / digest).rename(store / f"incoming/{record['key']}.1.mp3.whole")
    batch.project.run("render", "--retry-unknown", "0", *FAST)
    assert batch.stored() == {digest}
    assert len(batch.records("answered")) == (event == "answered")
    assert len(batch.server.generations) == 1
