"""A service that nobody can reach: no song failed, because none was asked for."""

from __future__ import annotations

import json

import pytest

from songbatch.engines.base import Verdict
from songbatch.run.pending import PendingRender
from support.kit import Project

NOBODY = "http://127.0.0.1:9"
REFUSED = "cannot reach the ACE-Step server: connection refused"
RENDER = ("render", "--backoff", "0.01", "--jobs", "3")


def prepare(project: Project, songs: int) -> Project:
    project.write("songbatch.yaml", f"version: 1\nengines: {{acestep: {{url: '{NOBODY}'}}}}\n")
    named = "".join(f"  s{n}: {{lyrics: line {n}}}\n" for n in range(songs))
    return project.write("specs/demo.yaml", f"version: 1\nengine: acestep\nsongs:\n{named}")


@pytest.mark.parametrize(
    ("songs", "named"),
    [
        (1, "demo/s0/1"),
        (3, "demo/s0/1, demo/s1/1, demo/s2/1"),
        (5, "demo/s0/1, demo/s1/1, demo/s2/1 and 2 more"),
    ],
)
def test_songs_that_were_not_asked_for_are_one_line(
    songs: int, named: str, project: Project
) -> None:
    result = prepare(project, songs).run(*RENDER)
    assert result.status == 5, result
    counted = f"{songs} render{'s' if songs > 1 else ''} without audio:"
    table = result.stdout.partition("without audio:\n")[2]
    assert counted in result.stdout
    assert table == f"  not asked  {named}\n\nDone: {songs} without audio.\n"
    assert "failed" not in result.stdout
    assert f"error: {REFUSED}\n  fix: start the server" in result.stderr
    plan = project.run("plan").stdout
    assert "not rendered yet" in plan
    assert "failed" not in plan


def test_programs_are_told_the_same(project: Project) -> None:
    lines = prepare(project, 4).run(*RENDER, "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["event"] for event in events} == {"planned", "started", "retrying", "finished"}
    assert events[-1]["undone"] == [
        {"id": f"demo/s{n}/1", "status": "not asked", "error": f"not asked for: {REFUSED}"}
        for n in range(4)
    ]


@pytest.mark.parametrize("verdict", Verdict)
def test_a_request_was_taken_unless_nobody_was_there_or_had_room(verdict: Verdict) -> None:
    pending = PendingRender("k", "demo/a/1", [], 0, {verdict: 1, Verdict.UNREACHABLE: 1})
    assert pending.was_taken == (verdict not in {Verdict.UNREACHABLE, Verdict.SLOW_DOWN})
