"""Answers that are less than what was asked for: kept, and reported wherever one looks."""

from __future__ import annotations

import base64
import io
import json
import shutil
import wave
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from support.contract.audio import tone
from support.contract.faults import Fault
from tests.audio.making import mp3, riff, wav
from tests.audio.test_sized import streamed
from tests.run.specs import SONG

if TYPE_CHECKING:
    from support.contract.server import ContractServer
    from support.kit import Project

FIRST = "outputs/demo/music-01/first"
MANIFEST = "outputs/demo/music-01/manifest.json"
POOR_MP3 = mp3(22050, 32, 1, 2.0)
POOR_WAV = wav(22050, 1, 2.0, 1)


def answering(
    project: Project, server: ContractServer, audio: bytes, audio_format: str = "mp3"
) -> Project:
    """Return a project whose first song is answered with these bytes."""
    answer = {"data": {"status": 2, "audio": audio.hex()}, "base_resp": {"status_code": 0}}
    server.script("generate", [Fault.json(answer, "below")], containing="river we")
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    return project.replace(
        "specs/demo.yaml", "defaults:\n", f"defaults:\n  audio: {{format: {audio_format}}}\n"
    )


@pytest.mark.parametrize(
    ("audio_format", "audio", "words"),
    [
        ("mp3", POOR_MP3, ["44100 Hz asked for, 22050 Hz delivered", "mono delivered"]),
        ("mp3", POOR_MP3, ["256000 bit/s asked for, 3"]),
        ("mp3", tone("mp3", 2.0, 300.0, 44100, 256000)[:-100], ["ends inside its frame"]),
        ("mp3", tone("mp3", 61.0, 300.0, 44100, 256000), ["at most 60 s expected, 61.0 s"]),
        ("wav", POOR_WAV, ["44100 Hz asked for, 22050 Hz delivered", "8 bits delivered", "mono"]),
        ("wav", wav(44100, 2, 2.0)[:-1000], ["ends early: 351,800 of 352,800 bytes"]),
    ],
)
def test_it_is_kept_and_reported_everywhere(
    hosted: Project,
    contract_server: ContractServer,
    audio_format: str,
    audio: bytes,
    words: list[str],
) -> None:
    result = answering(hosted, contract_server, audio, audio_format).run("render", "--no-measure")
    assert result.status == 0, result
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("  below ")]
    assert "demo/first/1" in line
    verified = hosted.run("verify", "--engine", "music-01")
    assert verified.status == 0, verified
    assert verified.stdout.endswith("all as recorded; 1 below what was asked for.\n")
    found = json.loads(hosted.run("verify", "--json").stdout)
    assert found["findings"] == []
    (short,) = found["below"]
    assert (short["id"], short["output"]) == ("demo/first/1", f"{FIRST}.{audio_format}")
    suites = ET.fromstring(hosted.run("verify", "--format", "junit").stdout)
    (said,) = [case.findtext("system-out") for case in suites.iter("testcase") if len(case)]
    assert suites.get("failures") == "0"
    assert hosted.run("report").status == 0
    page = (hosted.root / "outputs/report.html").read_text("utf-8")
    for text in (line, verified.stdout, short["problem"], str(said), page):
        for word in words:
            assert word in text


def test_measuring_neither_hides_it_nor_is_kept_from_it(
    hosted: Project, contract_server: ContractServer
) -> None:
    answering(hosted, contract_server, POOR_MP3)
    found = hosted.run("render", "--no-measure", "--json").events[-1]["findings"]
    assert [one["code"] for one in found] == ["below"]
    result = hosted.run("render", "--json")
    assert result.events[-1]["counts"]["measure"] == 2, result
    codes = [o["code"] for o in result.events[-1]["findings"] if o["id"] == "demo/first/1"]
    assert codes[0] == "below"
    assert hosted.entries("demo")["demo/first/1"]["measures"] is not None
    before = hosted.files("outputs")
    assert "Nothing to do" in hosted.run("render").stdout
    assert hosted.files("outputs") == before


def test_a_manifest_of_an_earlier_version_is_left_alone_and_still_reported(
    hosted: Project, contract_server: ContractServer
) -> None:
    """What earlier versions wrote down is the list of warnings, and no finding of it."""
    answering(hosted, contract_server, POOR_MP3)
    assert hosted.run("render").status == 0
    text = (hosted.root / MANIFEST).read_text("utf-8")
    assert '"below"' not in text
    older = text.replace(',\n    "stereo is usual, mono delivered"', "")
    assert older != text
    hosted.write(MANIFEST, older)
    assert "Nothing to do" in hosted.run("render").stdout
    assert (hosted.root / MANIFEST).read_text("utf-8") == older
    assert "1 below what was asked for" in hosted.run("verify").stdout


def test_a_wav_of_a_stream_has_true_sizes_and_can_be_had_back(
    hosted: Project, contract_server: ContractServer
) -> None:
    received = streamed(tone("wav", 3.0, 300.0), 0xFFFFFFFF, 0xFFFFFFFF)
    result = answering(hosted, contract_server, received, "wav").run("render")
    assert result.status == 0, result
    assert "below" not in result.stdout
    output = (hosted.root / f"{FIRST}.wav").read_bytes()
    with wave.open(io.BytesIO(output)) as file:
        assert file.getnframes() == 3 * 44100
    entry = hosted.entries("demo")["demo/first/1"]
    digest = entry["audio_sha256"]
    stored = hosted.root / ".songbatch/store" / digest[:2] / digest
    assert stored.read_bytes() == received
    assert entry["measures"]["seconds"] == 3.0
    before = hosted.files("outputs")
    assert hosted.run("verify").status == 0
    assert hosted.run("recover", f"{FIRST}.wav").status == 1
    shutil.rmtree(hosted.root / ".songbatch")
    assert "2 adopted" in hosted.run("render", "--frozen").stdout
    assert stored.read_bytes() == received
    (hosted.root / f"{FIRST}.wav").unlink()
    assert "1 restored" in hosted.run("render", "--frozen").stdout
    assert hosted.files("outputs") == before
    assert len(contract_server.generations) == 2


def test_a_wav_whose_header_is_right_is_passed_on(
    hosted: Project, contract_server: ContractServer
) -> None:
    samples = base64.b64encode(bytes(300_000))
    received = riff((b"fmt ", wav(44100, 2)[20:36]), (b"data", samples), (b"LIST", b"INFO"))
    assert answering(hosted, contract_server, received, "wav").run("render").status == 0
    assert (hosted.root / f"{FIRST}.wav").read_bytes() == received
    assert hosted.entries("demo")["demo/first/1"]["warnings"] == []
