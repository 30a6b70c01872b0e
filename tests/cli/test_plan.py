"""`songbatch plan`: every step with its reason, totals, and what decides one render."""

from __future__ import annotations

import json

from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


def prepare(project: Project) -> Project:
    return project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def test_a_plan_as_text(hosted: Project, contract_server: ContractServer) -> None:
    result = prepare(hosted).run("plan")
    assert result.status == 0, result
    assert result.stdout == (
        "demo on music-01\n"
        "  upload   river: song reference, not uploaded to this account yet\n"
        "  render   demo/first/1: not rendered yet\n"
        "  render   demo/second/1: not rendered yet\n"
        "\n"
        "1 to upload, 2 to render; about 60 s, $0.06.\n"
    )
    assert contract_server.uploads == []
    assert hosted.run("render").status == 0
    assert hosted.run("plan").stdout == "Nothing to do: 2 up to date.\n"
    assert hosted.run("plan", "--all").stdout == (
        "demo on music-01\n"
        "  reuse    demo/first/1: up to date\n"
        "  reuse    demo/second/1: up to date\n"
        "\n"
        "Nothing to do: 2 up to date.\n"
    )


def test_planning_changes_nothing(hosted: Project) -> None:
    before = prepare(hosted).files()
    assert hosted.run("plan").status == 0
    assert hosted.files() == before


def test_a_plan_as_json(hosted: Project) -> None:
    plan = json.loads(prepare(hosted).run("plan", "--json").stdout)
    (engine,) = plan["engines"]
    assert (plan["plan"], plan["changes"], engine["specs"]) == (1, True, ["demo"])
    assert [(r["id"], r["action"], r["reason"]) for r in engine["renders"]] == [
        ("demo/first/1", "render", "new"),
        ("demo/second/1", "render", "new"),
    ]
    assert engine["uploads"][0]["purpose"] == "song"
    assert engine["totals"]["render"] == 2
    assert engine["totals"]["cost_usd"] == 0.06


def test_the_exit_code_tells_whether_there_is_something_to_do(hosted: Project) -> None:
    assert prepare(hosted).run("plan", "--detailed-exitcode").status == 6
    assert hosted.run("render").status == 0
    assert hosted.run("plan", "--detailed-exitcode").status == 0


def test_explaining_a_render(hosted: Project) -> None:
    new = prepare(hosted).run("plan", "--explain", "demo/first/1")
    assert "The last manifest does not list it." in new.stdout, new
    assert hosted.run("render").status == 0
    same = hosted.run("plan", "--explain", "demo/first/1")
    assert "Nothing changed since the last manifest." in same.stdout, same
    hosted.replace("specs/demo.yaml", "morning", "evening")
    hosted.replace("specs/demo.yaml", "  first:\n", "  first:\n    audio: {sample_rate: 32000}\n")
    changed = hosted.run("plan", "--explain", "demo/first/1")
    assert "Changed since the last manifest: lyrics, audio." in changed.stdout, changed
    assert "| evening is all that we bring." in changed.stdout
    assert "| morning is all that we bring." in changed.stdout
    near = hosted.run("plan", "--explain", "demo/frist/1")
    assert near.status == 2
    assert 'did you mean "demo/first/1"?' in near.stderr


def test_plan_and_render_agree(hosted: Project) -> None:
    prepare(hosted)
    planned = json.loads(hosted.run("plan", "--json").stdout)
    events = hosted.run("render", "--json").events
    assert events[0] == {"event": "planned", **planned}
    done = {e["subject"] for e in events if e["event"] == "done" and e["action"] == "render"}
    assert done == {"demo/first/1", "demo/second/1"}
    assert events[-1]["event"] == "finished"
    assert (events[-1]["exit_code"], events[-1]["cost_usd"]) == (0, 0.06)
