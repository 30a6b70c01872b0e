"""Measures as a user meets them: once, in manifest and tags, told, and never in the way."""

from __future__ import annotations

import json
import shutil
from typing import Any

import mutagen.id3
import pytest

from support.contract.audio import tone
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

FIRST = "outputs/demo/music-01/first.mp3"
MANIFEST = "outputs/demo/music-01/manifest.json"


@pytest.fixture
def rendered(hosted: Project, contract_server: ContractServer) -> Project:
    """The shared spec, rendered: tones of five seconds, which end in full sound."""
    contract_server.audio_seconds = 5.0
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    assert "measure  2 songs (in " in result.stdout
    assert "2 findings, worth a listen:\n  cut-off   demo/first/1   it ends in" in result.stdout
    return hosted


def gains(project: Project) -> dict[str, str]:
    tags = mutagen.id3.ID3(project.root / FIRST)
    return {name: str(tags[name]) for name in tags if "REPLAYGAIN" in name}


def sidecars(project: Project) -> list[Any]:
    return sorted((project.root / ".songbatch/measures").glob("*.json"))


def forget_measures(project: Project) -> None:
    """Leave the project as one whose run died before it measured."""
    for path in sidecars(project):
        path.unlink()
    manifest = project.manifest("demo")
    for entry in manifest["renders"]:
        entry |= {"measures": None, "findings": []}
    project.write(MANIFEST, json.dumps(manifest))


def test_measures_are_in_the_manifest_and_gains_in_the_tags(rendered: Project) -> None:
    entry = rendered.entries("demo")["demo/first/1"]
    measures = entry["measures"]
    # A stereo sine of 8000 / 32768 peaks at -12.25 dBFS, and is as loud there in LUFS, but for
    # what K-weighting takes from low tones and the encoder from all.
    assert measures["peak_dbfs"] == pytest.approx(-12.25, abs=0.2)
    assert measures["lufs"] == pytest.approx(-13.1, abs=0.4)
    assert measures["seconds"] == pytest.approx(5.0, abs=0.15)
    assert [finding["code"] for finding in entry["findings"]] == ["cut-off"]
    assert gains(rendered) == {
        "TXXX:REPLAYGAIN_REFERENCE_LOUDNESS": "-18.00 LUFS",
        "TXXX:REPLAYGAIN_TRACK_GAIN": f"{-18 - measures['lufs']:+.2f} dB",
        "TXXX:REPLAYGAIN_TRACK_PEAK": f"{10 ** (measures['peak_dbfs'] / 20):.6f}",
    }
    assert len(sidecars(rendered)) == 2


def test_what_was_measured_is_not_measured_again(rendered: Project) -> None:
    before = rendered.files("outputs")
    shutil.rmtree(rendered.root / "outputs")
    result = rendered.run("render", "--frozen")
    assert "measure " not in result.stdout, result
    assert rendered.files("outputs") == before
    for path in sidecars(rendered):
        path.write_text("{}")
    (rendered.root / FIRST).unlink()
    assert "measure " not in rendered.run("render", "--frozen").stdout
    assert rendered.files("outputs") == before


def test_a_run_that_shall_not_measure_has_nothing_to_do_about_it(rendered: Project) -> None:
    forget_measures(rendered)
    for _ in range(2):
        assert rendered.run("render", "--no-measure").stdout == "Nothing to do: 2 up to date.\n"
    assert "Done: 2 measured." in rendered.run("render").stdout


def test_what_was_not_measured_is_measured_by_the_next_run_for_free(
    rendered: Project, contract_server: ContractServer
) -> None:
    before = rendered.files("outputs")
    forget_measures(rendered)
    plan = rendered.run("plan")
    assert "measure  demo/first/1: not measured yet" in plan.stdout, plan
    assert "2 to measure; nothing to pay." in plan.stdout
    result = rendered.run("render", "--frozen")
    assert "Done: 2 measured." in result.stdout, result
    assert rendered.files("outputs") == before
    assert len(contract_server.generations) == 2
    assert "Nothing to do" in rendered.run("render").stdout


def test_the_same_sound_for_two_songs_is_told(
    hosted: Project, contract_server: ContractServer
) -> None:
    audio = tone("mp3", 5.0, 300.0)
    answer = {"data": {"status": 2, "audio": audio.hex()}, "base_resp": {"status_code": 0}}
    twice = [Fault.json({**answer, "trace_id": f"t{n}"}, "the same again") for n in (1, 2)]
    contract_server.script("generate", twice)
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = hosted.run("render", "--json")
    assert result.status == 0, result
    found = {(one["id"], one["code"]) for one in result.events[-1]["findings"]}
    assert ("demo/second/1", "identical") in found
    assert ("demo/first/1", "identical") not in found


def test_audio_that_cannot_be_measured_is_kept_and_told_once(
    hosted: Project, contract_server: ContractServer
) -> None:
    """Frame headers around nothing: a probe counts seconds, a decoder finds no sound in them."""
    hollow = (bytes.fromhex("fffb90c4") + b"\xff" * 413) * 200
    answer = {"data": {"status": 2, "audio": hollow.hex()}, "base_resp": {"status_code": 0}}
    contract_server.script("generate", [Fault.json(answer, "hollow")], containing="river we")
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    entry = hosted.entries("demo")["demo/first/1"]
    assert entry["status"] == "done"
    assert (hosted.root / FIRST).read_bytes().endswith(hollow)
    assert entry["findings"], entry
    assert "Nothing to do" in hosted.run("render").stdout


def test_gc_drops_measures_with_their_audio(rendered: Project) -> None:
    rendered.replace("specs/demo.yaml", "the hill", "the ridge")
    assert rendered.run("render").status == 0
    assert len(sidecars(rendered)) == 3
    assert rendered.run("gc", "--earlier", "--yes").status == 0
    assert len(sidecars(rendered)) == 2
