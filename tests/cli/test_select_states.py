"""`--select picked`, `failed`, `changed` and `label:x`: states of songs beside their names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.contract.faults import Fault
from tests.run.specs import SONG

if TYPE_CHECKING:
    from support.contract.server import ContractServer
    from support.kit import Project


@pytest.fixture
def demo(hosted: Project, contract_server: ContractServer) -> Project:
    """Two songs, of which the second was refused."""
    hosted.write("specs/demo.yaml", SONG.replace("  first:\n", "  first:\n    labels: [single]\n"))
    hosted.reference("specs/references/river.mp3")
    contract_server.script("generate", [Fault.in_band(1026, "no")] * 9, containing="hill")
    assert hosted.run("render").status == 1
    return hosted


def chosen(project: Project, *options: str) -> list[str]:
    result = project.run("plan", "--json", *options)
    assert result.status == 0, result
    plan = json.loads(result.stdout)
    return [one["id"] for each in plan["engines"] for one in each["renders"]]


def test_states(demo: Project) -> None:
    assert chosen(demo, "--select", "failed") == ["demo/second/1"]
    assert chosen(demo, "--select", "changed") == ["demo/second/1"]
    assert chosen(demo, "--select", "label:single") == ["demo/first/1"]
    assert chosen(demo, "--exclude", "label:single") == ["demo/second/1"]
    assert chosen(demo, "--select", "failed", "--select", "first") == [
        "demo/first/1", "demo/second/1",
    ]  # fmt: skip
    demo.replace("specs/demo.yaml", "Down by", "Far down by")
    assert chosen(demo, "--select", "changed") == ["demo/first/1", "demo/second/1"]
    assert chosen(demo, "--select", "changed", "--exclude", "failed") == ["demo/first/1"]


def test_nothing_in_a_state_is_nothing_to_do(demo: Project) -> None:
    for command in ("plan", "render"):
        result = demo.run(command, "--select", "picked")
        assert (result.status, result.stdout) == (0, "Nothing to do: no render is selected.\n")


def test_picks_of_drafts_are_made_final(demo: Project) -> None:
    entry = demo.entries("demo")["demo/first/1"]
    audio = entry["audio_sha256"]
    verdict = f"{{render: demo/first/1, engine: music-01, audio_sha256: '{audio}', pick: true}}"
    demo.write("specs/selects.yaml", f"version: 1\nlisteners: {{ann: [{verdict}]}}\n")
    demo.replace("specs/demo.yaml", "  first:\n", "  first:\n    takes: 2\n")
    assert chosen(demo, "--select", "picked") == ["demo/first/1"]
    assert chosen(demo, "--select", "picked", "--engine", "sketch") == [
        "demo/first/1", "demo/first/2",
    ]  # fmt: skip


def test_a_song_of_that_name_comes_first(demo: Project) -> None:
    demo.replace("specs/demo.yaml", "  first:\n", "  failed:\n")
    assert chosen(demo, "--select", "failed") == ["demo/failed/1"]
    assert chosen(demo, "--select", "is:failed") == ["demo/second/1"]


@pytest.mark.parametrize(
    ("word", "message", "fix"),
    [
        ("label:singel", "no song has the label 'singel'", 'did you mean "single"?'),
        ("is:failled", "'is:failled' is no state of songs", 'did you mean "is:failed"?'),
        ("changed:", "'changed:' names no revision", "write changed:HEAD, or changed"),
        ("faild", "no render is selected by 'faild'", "songbatch plan lists the ids"),
    ],
)
def test_slips(demo: Project, word: str, message: str, fix: str) -> None:
    result = demo.run("plan", "--select", word)
    assert result.status == 2
    assert message in result.stderr
    assert fix in result.stderr
