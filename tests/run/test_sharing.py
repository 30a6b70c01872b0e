"""Equal things are sent once: equal bytes under many names, equal requests under many ids."""

from __future__ import annotations

from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project

SHARED = """\
version: 1
engine: music-01
references:
  river: {file: a.mp3, purpose: song}
  stream: {file: b.mp3, purpose: song}
  voice-of-river: {file: a.mp3, purpose: voice}
songs:
  one: {reference: river, lyrics: Down by the river we sing.}
  same: {reference: stream, lyrics: Down by the river we sing.}
  hummed: {voice: voice-of-river, lyrics: Down by the river we sing.}
  mixed: {voice: voice-of-river, instrumental: stream, lyrics: Down by the river we sing.}
"""


def test_uploads_are_by_digest_and_purpose_and_requests_by_key(
    hosted: Project, contract_server: ContractServer
) -> None:
    hosted.reference("specs/a.mp3").reference("specs/b.mp3")
    hosted.write("specs/demo.yaml", SHARED).write("specs/twin.yaml", SHARED)
    plan = hosted.run("plan")
    assert "6 shared" not in plan.stdout
    assert "2 to upload, 3 to render, 5 shared" in plan.stdout, plan
    result = hosted.run("render")
    assert result.status == 0, result
    assert sorted(upload.purpose for upload in contract_server.uploads) == ["song", "voice"]
    assert len({upload.sha256 for upload in contract_server.uploads}) == 1
    assert len(contract_server.generations) == 3
    audio = {e["id"]: e["audio_sha256"] for s in ("demo", "twin") for e in _entries(hosted, s)}
    assert (
        audio["demo/one/1"] == audio["demo/same/1"] == audio["twin/one/1"] == audio["twin/same/1"]
    )
    assert len(set(audio.values())) == 3


def _entries(project: Project, spec: str) -> list[dict[str, str]]:
    return list(project.entries(spec).values())


def test_ids_are_remembered_per_account(hosted: Project, contract_server: ContractServer) -> None:
    hosted.reference("specs/a.mp3").reference("specs/b.mp3").write("specs/demo.yaml", SHARED)
    assert hosted.run("render").status == 0
    hosted.replace("specs/demo.yaml", "river we", "ocean we")
    assert hosted.run("render").status == 0
    assert len(contract_server.uploads) == 2
    assert len(contract_server.generations) == 6
    contract_server.key = "another-account-key"
    hosted.environment = contract_server.environment
    assert "Nothing to do" in hosted.run("render").stdout
    hosted.replace("specs/demo.yaml", "ocean we", "desert we")
    assert hosted.run("render").status == 0
    assert len(contract_server.uploads) == 4


def test_a_render_does_not_wait_for_uploads_it_does_not_need(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.script("upload", [Fault.http(503, Retry_After="1")], containing="voice")
    hosted.write(
        "specs/demo.yaml",
        "version: 1\nengine: music-01\nreferences:\n  late: {file: v.mp3, purpose: voice}\n"
        "  early: {file: i.mp3, purpose: instrumental}\nsongs:\n"
        "  first: {voice: late, lyrics: One.}\n  second: {instrumental: early, lyrics: Two.}\n",
    )
    hosted.reference("specs/v.mp3", hz=200).reference("specs/i.mp3", hz=300)
    result = hosted.run("render", "--json")
    assert result.status == 0, result
    done = [(e["action"], e["subject"]) for e in result.events if e["event"] == "done"]
    assert done[:-1] == [
        ("upload", "early"),
        ("render", "demo/second/1"),
        ("upload", "late"),
        ("render", "demo/first/1"),
    ]


def test_a_render_that_waits_for_two_uploads_is_asked_for_once(
    hosted: Project, contract_server: ContractServer
) -> None:
    songs = "".join(
        f"  s{n}: {{voice: v, instrumental: i, lyrics: Line number {n}.}}\n" for n in range(24)
    )
    hosted.write(
        "specs/demo.yaml",
        "version: 1\nengine: music-01\nreferences:\n  v: {file: v.mp3, purpose: voice}\n"
        f"  i: {{file: i.mp3, purpose: instrumental}}\nsongs:\n{songs}",
    )
    hosted.reference("specs/v.mp3", hz=200).reference("specs/i.mp3", hz=300)
    assert hosted.run("render", "--jobs", "8").status == 0
    assert len(contract_server.uploads) == 2
    assert len(contract_server.generations) == 24


def test_jobs_bounds_what_is_in_flight(hosted: Project, contract_server: ContractServer) -> None:
    songs = "".join(f"  s{n}: {{reference: r, lyrics: Line number {n}.}}\n" for n in range(8))
    hosted.write(
        "specs/demo.yaml",
        f"version: 1\nengine: music-01\nreferences:\n  r: {{file: r.mp3, purpose: song}}\n"
        f"songs:\n{songs}",
    ).reference("specs/r.mp3")
    with contract_server.holding():
        process = hosted.start("render", "--jobs", "3")
        contract_server.wait_for_in_flight(3)
    process.communicate()
    assert process.returncode == 0
    assert contract_server.peak_in_flight == 3
    assert len(contract_server.generations) == 8


def test_a_limit_the_service_does_not_tell_is_found(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.limit, contract_server.latency = 6, 0.3
    songs = "".join(f"  s{n}: {{reference: r, lyrics: Line number {n}.}}\n" for n in range(60))
    hosted.write(
        "specs/demo.yaml",
        f"version: 1\nengine: music-01\nreferences:\n  r: {{file: r.mp3, purpose: song}}\n"
        f"songs:\n{songs}",
    ).reference("specs/r.mp3")
    result = hosted.run("render", "--yes", "--backoff", "0.1")
    assert result.status == 0, result
    assert len(contract_server.songs) == 60
    assert len(contract_server.generations) <= 60 + 15
    assert 7 <= contract_server.peak_in_flight <= 6 + 8
