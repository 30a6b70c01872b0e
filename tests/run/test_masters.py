"""Masters: what an engine delivers in one form is kept, and outputs are made of it here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.encoders import other_lame
from support.kit import Project
from tests.run.job_projects import (
    RENDER,
    SPEC,
    acestep_project,
    begin,
    interrupt,
    kept,
    nothing_is_left,
    songs,
)

__all__ = ["acestep_server"]


@pytest.fixture
def rendered(project: Project, acestep_server: AceStepServer) -> Project:
    acestep_project(project, acestep_server)
    assert project.run(*RENDER).status == 0
    return project


def with_audio(audio: str) -> str:
    return SPEC.replace("duration: 10}", f"duration: 10, audio: {audio}}}")


def test_another_audio_setting_is_made_of_the_master(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    requests, before = acestep_server.requests.copy(), songs(rendered)
    first = {entry["output"]: rendered.files()[entry["output"]] for entry in before.values()}
    for audio, suffix, rate in [
        ("{format: wav}", ".wav", 44100),
        ("{format: wav, sample_rate: 32000}", ".wav", 32000),
        ("{format: mp3, sample_rate: 32000, bitrate: 128000}", ".mp3", 32000),
        ("{format: mp3}", ".mp3", 44100),
    ]:
        rendered.write("specs/demo.yaml", with_audio(audio))
        plan = rendered.run("plan")
        assert "2 to restore" in plan.stdout, plan
        assert "nothing to pay" in plan.stdout
        assert rendered.run("render", "--no-measure", "--frozen").status == 0
        for name, entry in songs(rendered).items():
            assert entry["output"].endswith(suffix)
            assert entry["delivered"]["sample_rate"] == rate
            assert entry["key"] == before[name]["key"]
            assert entry["master"] == before[name]["master"]
            assert entry["job"] == before[name]["job"]
            assert (rendered.root / entry["output"]).is_file()
        nothing_is_left(rendered, acestep_server, RENDER)
    assert acestep_server.requests == requests
    # It is deterministic: the same setting makes the same bytes again.
    files = rendered.files()
    assert {output: files[output] for output in first} == first


def test_a_store_without_a_ledger_has_the_masters(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    (rendered.root / ".songbatch/ledger.jsonl").unlink()
    rendered.write("specs/demo.yaml", with_audio("{format: wav}"))
    result = rendered.run("render", "--no-measure", "--frozen")
    assert result.status == 0, result
    assert "2 restored" in result.stdout
    assert acestep_server.charged == 2


def test_the_master_is_the_file_as_it_was_received(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    made = set(acestep_server.files.values())
    for entry in songs(rendered).values():
        sha256 = entry["master"]["sha256"]
        blob = rendered.root / ".songbatch/store" / sha256[:2] / sha256
        assert blob.read_bytes() in made
        assert entry["audio_sha256"] == sha256


def test_an_output_that_is_gone_comes_from_the_master(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    before = kept(rendered)
    for entry in songs(rendered).values():
        (rendered.root / entry["output"]).unlink()
    result = rendered.run(*RENDER, "--frozen")
    assert "Done: 2 restored." in result.stdout, result
    assert kept(rendered) == before
    assert acestep_server.charged == 2


def test_another_encoder_makes_the_same_song_of_a_master(
    rendered: Project, acestep_server: AceStepServer, tmp_path: Path
) -> None:
    manifest = rendered.root / "outputs/demo/acestep/manifest.json"
    before, recorded = songs(rendered), manifest.read_bytes()
    for entry in before.values():
        (rendered.root / entry["output"]).unlink()
    rendered.environment |= other_lame(tmp_path / "lame")
    result = rendered.run(*RENDER, "--frozen")
    assert "Done: 2 restored." in result.stdout, result
    assert manifest.read_bytes() == recorded
    files = rendered.files()
    assert not {files[entry["output"]] for entry in before.values()} & {
        entry["sha256"] for entry in before.values()
    }
    nothing_is_left(rendered, acestep_server, RENDER)
    assert rendered.run("verify").status == 0
    # Another setting is another output, of either encoder.
    rendered.write("specs/demo.yaml", with_audio("{format: mp3, sample_rate: 32000}"))
    assert rendered.run(*RENDER, "--frozen").status == 0
    assert manifest.read_bytes() != recorded
    nothing_is_left(rendered, acestep_server, RENDER)


def test_without_a_store_what_is_as_asked_stays(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    shutil.rmtree(rendered.root / ".songbatch/store")
    nothing_is_left(rendered, acestep_server, RENDER)
    nothing_is_left(rendered, acestep_server, (*RENDER, "--again"))
    nothing_is_left(rendered, acestep_server, (*RENDER, "--frozen"))


def test_in_a_clone_what_is_as_asked_stays(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    shutil.rmtree(rendered.root / ".songbatch")
    result = rendered.run(*RENDER)
    assert "Nothing to do" in result.stdout, result
    assert acestep_server.charged == 2


def test_without_a_master_another_setting_asks_again(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    shutil.rmtree(rendered.root / ".songbatch/store")
    rendered.write("specs/demo.yaml", with_audio("{format: wav}"))
    refused = rendered.run(*RENDER, "--frozen")
    assert refused.status == 3, refused
    assert acestep_server.charged == 2
    # It costs nothing here, and a seed makes the same song again.
    before = {name: entry["audio_sha256"] for name, entry in songs(rendered).items()}
    assert rendered.run(*RENDER).status == 0
    assert acestep_server.charged == 4
    assert {name: entry["audio_sha256"] for name, entry in songs(rendered).items()} == before


def test_the_output_of_a_song_that_was_removed_goes_if_its_master_stays(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    output = rendered.root / songs(rendered)["demo/second/1"]["output"]
    kept_lines = [line for line in SPEC.splitlines(keepends=True) if "second" not in line]
    rendered.write("specs/demo.yaml", "".join(kept_lines))
    assert "1 removed" in rendered.run(*RENDER).stdout
    assert not output.exists()
    rendered.write("specs/demo.yaml", SPEC)
    assert "Done: 1 restored" in rendered.run(*RENDER).stdout
    assert acestep_server.charged == 2
    shutil.rmtree(rendered.root / ".songbatch/store")
    rendered.write("specs/demo.yaml", "".join(kept_lines))
    assert rendered.run(*RENDER).status == 0
    assert output.exists()


def test_without_a_master_of_a_priced_engine_the_song_is_held(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, SPEC, "usd_per_render: 0.05")
    assert project.run(*RENDER).status == 0
    shutil.rmtree(project.root / ".songbatch/store")
    nothing_is_left(project, acestep_server, RENDER)
    project.write("specs/demo.yaml", with_audio("{format: wav}"))
    held = project.run(*RENDER)
    assert held.status == 3, held
    assert "2 were paid for before ($0.10)" in held.stdout
    assert acestep_server.charged == 2
    assert project.run(*RENDER, "--again").status == 0
    assert acestep_server.charged == 4


def test_a_collected_master_of_an_older_setting_is_delivered_as_asked_now(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server)
    with acestep_server.holding():
        interrupt(begin(project, acestep_server, 2))
    project.write("specs/demo.yaml", with_audio("{format: wav, sample_rate: 32000}"))
    result = project.run(*RENDER)
    assert "Done: 2 collected." in result.stdout, result
    assert acestep_server.charged == 2
    assert {e["delivered"]["sample_rate"] for e in songs(project).values()} == {32000}
