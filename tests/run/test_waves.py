"""Takes in waves, against a server of the contract that makes good songs and silent ones."""

from __future__ import annotations

import io
import signal
import wave

import pytest

from songbatch.model import (
    AudioSetting,
    EngineIdentity,
    Render,
    RenderInputs,
    UnresolvedRender,
    Until,
)
from songbatch.plan.waves import JudgedTake, Judgement, Wave, wave_of
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

UNTIL = "{good: 2, max_takes: 6}"
RATE = 44100


def spec(until: str = UNTIL) -> str:
    one = SONG[: SONG.index("  second:")]
    return one.replace("  first:\n", f"  first:\n    until: {until}\n    audio: {{format: wav}}\n")


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", spec()).reference("specs/references/river.mp3")


def song(number: int, *, silent: bool = False) -> Fault:
    """A song of four seconds that ends in silence, which nothing is found against; or silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        period, step = 100 + number, 0 if silent else 8000
        half = (step).to_bytes(2, "little", signed=True) * period
        other = (-step).to_bytes(2, "little", signed=True) * period
        sound = (half + other) * (RATE * 7 // period)
        writer.writeframes(sound[: RATE * 4 * 3] + bytes(RATE * 4) + bytes(4 * number))
    answer = {"data": {"status": 2, "audio": file.getvalue().hex()}}
    return Fault.json({**answer, "trace_id": "t", "base_resp": {"status_code": 0}})


def silence(number: int) -> Fault:
    return song(number, silent=True)


def made(project: Project) -> list[int]:
    return sorted(entry["take"] for entry in project.entries("demo").values())


def test_bad_takes_are_followed_by_as_many_as_are_lacking(
    prepared: Project, contract_server: ContractServer
) -> None:
    plan = prepared.run("plan")
    assert plan.stdout.endswith(
        "1 to upload, 2 to render; about 60 s, $0.06.\n"
        "demo/first: 2 to 6 takes until 2 are good; at most $0.18\n"
    ), plan
    contract_server.script("generate", [song(1), silence(2), silence(3), song(4)])
    result = prepared.run("render", "-j", "1", "--max-cost", "0.18")
    assert result.status == 0, result
    assert "wave 2: demo/first (1 of 2 good)" in result.stdout
    assert "wave 3: demo/first (1 of 2 good)" in result.stdout
    assert "Done: 4 rendered; about $0.12." in result.stdout
    assert made(prepared) == [1, 2, 3, 4]
    before = prepared.files("outputs")
    for _ in range(2):
        again = prepared.run("render")
        assert again.stdout == "Nothing to do: 4 up to date.\n", again
    assert prepared.run("plan").stdout == "Nothing to do: 4 up to date.\n"
    assert len(contract_server.generations) == 4
    assert prepared.files("outputs") == before


def test_the_most_is_what_bounds_and_consent_count(
    prepared: Project, contract_server: ContractServer
) -> None:
    result = prepared.run("render", "--max-cost", "0.17")
    assert result.status == 3
    assert "the plan costs at most $0.18; --max-cost allows $0.17" in result.stderr
    result = prepared.run("render", "--max-renders", "5")
    assert result.status == 3
    assert "asks for at most 6 renders; --max-renders allows 5" in result.stderr
    prepared.write("songbatch.yaml", "version: 1\nconfirm_above: 0.1\n")
    result = prepared.run("render")
    assert result.status == 3
    assert "costs about $0.18, more than the $0.10" in result.stderr
    assert contract_server.generations == []


def test_max_takes_is_the_end(prepared: Project, contract_server: ContractServer) -> None:
    prepared.write("specs/demo.yaml", spec("{good: 1, max_takes: 3}"))
    contract_server.script("generate", [silence(number) for number in range(1, 9)])
    result = prepared.run("render")
    assert result.status == 0, result
    said = "demo/first: 0 of 1 takes are good, and max_takes allows no more than 3 takes\n"
    assert said in result.stdout
    again = prepared.run("render")
    assert again.stdout == f"{said}Nothing to do: 3 up to date.\n"
    assert len(contract_server.generations) == 3


def test_max_usd_counts_what_earlier_runs_have_cost(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [silence(number) for number in range(1, 9)])
    prepared.write("specs/demo.yaml", spec("{good: 1, max_takes: 2}"))
    assert prepared.run("render").status == 0
    prepared.write("specs/demo.yaml", spec("{good: 1, max_takes: 9, max_usd: 0.1}"))
    plan = prepared.run("plan")
    assert "demo/first: 3 takes until 1 is good; at most $0.03" in plan.stdout, plan
    result = prepared.run("render")
    assert "max_usd $0.10 allows no more than 3 takes" in result.stdout
    assert len(contract_server.generations) == 3


def test_takes_that_fail_are_passed_over_and_a_wave_without_any_is_the_last(
    prepared: Project, contract_server: ContractServer
) -> None:
    refused = Fault.in_band(1026, "sensitive")
    contract_server.script("generate", [refused, song(2), song(3)])
    result = prepared.run("render", "-j", "1")
    assert result.status == 1, result
    assert made(prepared) == [1, 2, 3]
    assert prepared.run("render").stdout == "Nothing to do: 2 up to date.\n"
    prepared.replace("specs/demo.yaml", "Down by", "Far down by")
    contract_server.script("generate", [refused] * 9)
    assert prepared.run("render", "-j", "1").status == 1
    assert len(contract_server.generations) == 5


def test_a_run_that_was_killed_is_gone_on_with(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [silence(1), silence(2), None])
    with contract_server.holding():
        run = prepared.start("render", "-j", "1")
        contract_server.wait_for_in_flight(1)
        run.send_signal(signal.SIGINT)
        contract_server.release()
        run.communicate(timeout=60)
    assert run.returncode == 130
    contract_server.script("generate", [song(number) for number in range(3, 6)])
    result = prepared.run("render", "-j", "1")
    assert result.status == 0, result
    assert made(prepared) == [1, 2, 3, 4, 5]
    assert len(contract_server.generations) == 5
    assert prepared.run("render").stdout.startswith("Nothing to do")


def test_a_program_sees_each_plan_and_one_end(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [silence(1), song(2), song(3)])
    events = prepared.run("render", "--json", "-j", "1").events
    assert [e["event"] for e in events].count("planned") == 2
    assert [e["event"] for e in events].count("finished") == 1
    assert events[-1]["counts"]["render"] == 3
    assert events[-1]["waves"][0]["good"] == 2


def test_nothing_to_judge_by_is_refused(prepared: Project) -> None:
    result = prepared.run("render", "--no-measure")
    assert result.status == 2
    assert "--no-measure leaves nothing to judge takes by" in result.stderr


def test_of_selected_takes_no_others_follow(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [silence(1), song(2), song(3)])
    assert "1 rendered" in prepared.run("render", "--select", "first/1").stdout
    assert len(contract_server.generations) == 1
    assert "2 rendered" in prepared.run("render", "--select", "changed").stdout
    assert made(prepared) == [1, 2, 3]


def test_more_good_takes_than_there_may_be(prepared: Project) -> None:
    prepared.write("specs/demo.yaml", spec("{good: 8, max_takes: 3}"))
    result = prepared.run("check")
    assert result.status == 2
    assert "error[until.bounds]" in result.stdout
    assert "fix: write `max_takes: 16`, or a smaller `good`" in result.stdout


def test_takes_on_the_command_line_set_until_aside(prepared: Project) -> None:
    assert "3 to render" in prepared.run("plan", "--takes", "3").stdout


def test_takes_beside_until_is_a_mistake(prepared: Project) -> None:
    prepared.replace("specs/demo.yaml", "    until:", "    takes: 2\n    until:")
    result = prepared.run("check")
    assert result.status == 2
    assert "takes and until exclude each other" in result.stdout


def take(number: int, judgement: Judgement, spent: float = 0.0) -> JudgedTake:
    audio, engine = AudioSetting(), EngineIdentity("x", "y")
    unresolved = UnresolvedRender("s", "a", {}, "", number, "la", None, None, audio, {}, "a")
    inputs = RenderInputs(
        engine=engine, lyrics="la", voice=None, instrumental=None, audio=audio, take=number
    )
    return JudgedTake(Render(unresolved, inputs, "o"), judgement, 0.5, spent)


def next_wave(until: Until, *judgements: Judgement) -> Wave:
    spent = [0.0 if j is Judgement.LACKING else 0.5 for j in judgements]
    return wave_of(
        until, [take(n, j, s) for n, (j, s) in enumerate(zip(judgements, spent, strict=True), 1)]
    )


def test_waves() -> None:
    good, bad, lacking = Judgement.GOOD, Judgement.BAD, Judgement.LACKING
    until = Until(2, 5)

    def asked(wave: Wave) -> list[int]:
        return [each.render.inputs.take for each in wave.asked]

    assert asked(next_wave(until, *[lacking] * 5)) == [1, 2]
    # A gap is filled first: it is what an interruption left.
    assert asked(next_wave(until, bad, lacking, good, lacking, lacking)) == [2]
    assert asked(next_wave(until, good, Judgement.UNJUDGED, lacking, lacking, lacking)) == []
    assert asked(next_wave(until, Judgement.FAILED, good, lacking, lacking, lacking)) == [3]
    done = next_wave(until, good, good, lacking, lacking, lacking)
    assert (asked(done), done.further, done.is_short) == ([], (), False)
    dear = Until(2, 5, 1.0)
    assert asked(next_wave(dear, bad, lacking, lacking, lacking, lacking)) == [2]
    assert next_wave(dear, bad, bad, lacking, lacking, lacking).is_short
    assert next_wave(dear, *[lacking] * 5).most_usd == 1.0
