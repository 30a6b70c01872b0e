"""Every kind of failure × both endpoints × once and always, through the real command.

What each failure means is one row; what follows from a meaning is one table. Together they are the
promise of docs/reliability.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.contract.audio import tone
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project

SPEC = """\
version: 1
engine: music-01
references:
  river: {file: river.mp3, purpose: song}
songs:
  first: {reference: river, lyrics: Down by the river we sing.}
"""
SUCCESS = {"trace_id": "t", "base_resp": {"status_code": 0, "status_msg": "success"}}


def song(audio: object, status: int = 2) -> Fault:
    return Fault.json(
        {"data": {"status": status, "audio": audio}, **SUCCESS}, f"audio {audio!r:.9}"
    )


@dataclass(frozen=True)
class Row:
    """A failure, and what it means at each endpoint; None where it cannot come."""

    name: str
    fault: Fault
    generate: str
    upload: str | None


ROWS = [
    Row("400", Fault.http(400, "lyrics too loud"), "rejected", "rejected"),
    Row("400-model", Fault.http(400, "Model music-01 is not supported"), "stop", "stop"),
    Row("401", Fault.http(401), "stop", "stop"),
    Row("403", Fault.http(403, "out of credits"), "stop", "stop"),
    Row("404-html", Fault.html(404), "stop", "stop"),
    Row("408", Fault.http(408), "retry", "retry"),
    Row("429", Fault.http(429), "slow_down", "slow_down"),
    Row("500", Fault.http(500), "retry", "retry"),
    Row("502-html", Fault.html(502), "retry", "retry"),
    Row("504", Fault.http(504, "Generation timeout"), "retry", "retry"),
    Row("504-html", Fault.html(504), "unknown", "retry"),
    Row("520", Fault.http(520), "unknown", "retry"),
    Row("524-html", Fault.html(524), "unknown", "retry"),
    Row("101", Fault.raw(b"", 101), "unknown", "retry"),
    Row("999", Fault.http(999), "unknown", "retry"),
    Row("charged-400", Fault.raw(b"{}", 400, x_aimlapi_usd_spent="0.03"), "unknown", "rejected"),
    Row("charged-401", Fault.raw(b"{}", 401, x_aimlapi_usd_spent="0.03"), "unknown", "stop"),
    Row("band-1001", Fault.in_band(1001), "retry", "retry"),
    Row("band-1002", Fault.in_band(1002), "slow_down", "slow_down"),
    Row("band-1008", Fault.in_band(1008), "stop", "stop"),
    Row("band-1026", Fault.in_band(1026), "rejected", "rejected"),
    Row("band-2042", Fault.in_band(2042), "reupload", "rejected"),
    Row("band-31337", Fault.in_band(31337), "rejected", "rejected"),
    Row("html-200", Fault.raw(b"<html>hello</html>"), "unknown", "retry"),
    Row("lost", Fault.lost(), "unknown", "retry"),
    Row("truncated", Fault.truncated(), "unknown", "retry"),
    Row("no-ids", Fault.json({**SUCCESS}), "unknown", "retry"),
    Row("in-progress", song("", status=1), "unknown", None),
    Row("odd-hex", song("abc"), "unknown", None),
    Row("no-hex", song("https://example.com/a.mp3"), "unknown", None),
    Row("empty", song(""), "unknown", None),
    Row("too-short", song(tone("mp3", 0.4, 300.0).hex()), "unknown", None),
    Row("no-audio", song(b"RIFF, but nothing else".hex()), "unknown", None),
]

ONCE = {"rejected": (1, 1), "stop": (5, 1)}
"""Exit code and requests where the failure comes once; otherwise the second request is good."""
ALWAYS = {
    "retry": (1, 4),
    "slow_down": (1, 9),
    "unknown": (1, 2),
    "reupload": (1, 2),
    "rejected": (1, 1),
    "stop": (5, 1),
}


def render(project: Project) -> int:
    project.write("specs/demo.yaml", SPEC).reference("specs/river.mp3")
    result = project.run("render", "--backoff", "0.01", "--retry-unknown", "1")
    assert "Traceback" not in result.stderr, result
    if result.status == 5:
        assert "fix:" in result.stderr, result
    return result.status


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_once_at_generate(row: Row, hosted: Project, contract_server: ContractServer) -> None:
    contract_server.script("generate", [row.fault])
    status, requests = ONCE.get(row.generate, (0, 2))
    assert (render(hosted), len(contract_server.generations)) == (status, requests)
    assert len(contract_server.uploads) == (2 if row.generate == "reupload" else 1)
    entry = hosted.entries("demo").get("demo/first/1")
    if status == 0 or row.generate == "unknown":
        assert entry is not None
        assert entry["unknown_outcomes"] == (row.generate == "unknown")
    else:
        assert entry is None  # no manifest is begun where nothing came or can have been paid
    # Nothing is left to do, or the same is asked for again; nothing is ever asked for twice.
    assert hosted.run("render").status == 0
    assert len(contract_server.generations) == requests + (status != 0)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_always_at_generate(row: Row, hosted: Project, contract_server: ContractServer) -> None:
    contract_server.script("generate", [row.fault] * 20)
    assert (render(hosted), len(contract_server.generations)) == ALWAYS[row.generate]
    assert len(contract_server.uploads) == (2 if row.generate == "reupload" else 1)
    entry = hosted.entries("demo").get("demo/first/1")
    assert (entry is not None) == (row.generate == "unknown")
    if entry is not None:
        assert entry["status"] == "failed"
        assert entry["unknown_outcomes"] == 2
        held = hosted.run("render")
        assert held.status == 3, held
        assert len(contract_server.generations) == 2


@pytest.mark.parametrize("row", [row for row in ROWS if row.upload], ids=lambda row: row.name)
@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
def test_at_upload(
    row: Row, always: bool, hosted: Project, contract_server: ContractServer
) -> None:
    assert row.upload is not None
    contract_server.script("upload", [row.fault] * (20 if always else 1))
    status, requests = ALWAYS[row.upload] if always else ONCE.get(row.upload, (0, 2))
    assert (render(hosted), len(contract_server.uploads)) == (status, requests)
    assert len(contract_server.generations) == (status == 0)
