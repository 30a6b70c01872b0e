"""What fails, how it is said, and what it costs."""

from __future__ import annotations

import os
import time

from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

FAST = ("--backoff", "0.01")
ONCE_MORE = ("--retry-unknown", "1", *FAST)
SUCCESS = {"trace_id": "t", "base_resp": {"status_code": 0, "status_msg": "success"}}


def prepare(project: Project) -> Project:
    return project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def test_one_failure_does_not_stop_the_others(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.http(400, "lyrics are too loud")], containing="river")
    result = prepare(hosted).run("render")
    assert result.status == 1, result
    assert "1 render without audio:" in result.stdout
    assert "failed  demo/first/1" in result.stdout
    assert "lyrics are too loud" in result.stdout
    entries = hosted.entries("demo")
    assert (entries["demo/first/1"]["status"], entries["demo/second/1"]["status"]) == (
        "failed",
        "done",
    )
    assert "lyrics are too loud" in entries["demo/first/1"]["error"]
    plan = hosted.run("plan")
    assert "render   demo/first/1: failed last time" in plan.stdout, plan
    assert hosted.run("render").status == 0
    assert len(contract_server.generations) == 3


def test_what_the_vendor_does_not_charge_is_tried_again(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.http(500), Fault.http(429)])
    contract_server.script("upload", [Fault.http(503)])
    result = prepare(hosted).run("render", *FAST)
    assert result.status == 0, result
    assert "retry" in result.stdout
    assert len(contract_server.songs) == 2
    entries = hosted.entries("demo").values()
    assert sorted(entry["attempts"] for entry in entries) in ([1, 3], [2, 2])
    assert {entry["unknown_outcomes"] for entry in entries} == {0}


def test_an_unknown_outcome_is_repeated_once_counted_and_then_held(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.lost(), Fault.lost()], containing="river")
    result = prepare(hosted).run("render", *ONCE_MORE)
    assert result.status == 1, result
    assert "about $0.03, paid at most $0.09" in result.stdout
    assert len([g for g in contract_server.generations if "river" in g.lyrics]) == 2
    assert hosted.entries("demo")["demo/first/1"]["unknown_outcomes"] == 2
    held = hosted.run("render", *ONCE_MORE)
    assert held.status == 3, held
    assert "held    demo/first/1" in held.stdout
    assert len([g for g in contract_server.generations if "river" in g.lyrics]) == 2
    again = hosted.run("render", "--retry-unknown", "2", *FAST)
    assert again.status == 0, again
    entry = hosted.entries("demo")["demo/first/1"]
    assert (entry["status"], entry["attempts"], entry["unknown_outcomes"]) == ("done", 3, 2)


def test_expired_ids_are_uploaded_again_once_for_all(
    hosted: Project, contract_server: ContractServer
) -> None:
    assert prepare(hosted).run("render").status == 0
    contract_server.forget_uploads()
    hosted.replace("specs/demo.yaml", "morning", "evening").replace(
        "specs/demo.yaml", "hill", "ridge"
    )
    result = hosted.run("render", "--jobs", "2", *FAST)
    assert result.status == 0, result
    assert len(contract_server.uploads) == 2
    assert len(contract_server.songs) == 4


def test_a_refused_key_stops_the_run_at_once(
    hosted: Project, contract_server: ContractServer
) -> None:
    result = prepare(hosted).run("render", env={"AIMLAPI_KEY": "a-wrong-key"})
    assert result.status == 5, result
    assert "AIMLAPI_KEY" in result.stderr
    assert "a-wrong-key" not in result.stderr + result.stdout
    assert contract_server.refused_keys == 1


def test_a_missing_key_is_said_before_anything_is_sent(
    hosted: Project, contract_server: ContractServer
) -> None:
    result = prepare(hosted).run("render", env={"AIMLAPI_KEY": ""})
    assert result.status == 5, result
    assert "AIMLAPI_KEY" in result.stderr
    assert not (hosted.root / "outputs").exists()
    assert contract_server.refused_keys == 0
    assert hosted.run("plan", env={"AIMLAPI_KEY": ""}).status == 0


def test_no_credits_stop_the_run_at_once(hosted: Project, contract_server: ContractServer) -> None:
    contract_server.script("generate", [Fault.http(403, "You have run out of credits")] * 5)
    result = prepare(hosted).run("render", "--jobs", "1", *FAST)
    assert result.status == 5, result
    assert "credits" in result.stderr
    assert len(contract_server.generations) == 1
    assert hosted.run("render", *FAST).status == 5


def test_a_server_that_is_not_there_is_exit_5(project: Project) -> None:
    project.environment = {"AIMLAPI_KEY": "k", "AIMLAPI_BASE_URL": "http://127.0.0.1:9"}
    result = prepare(project).run("render", *FAST)
    assert result.status == 5, result
    assert "Traceback" not in result.stderr


def test_a_kill_loses_nothing_but_what_was_in_flight(
    hosted: Project, contract_server: ContractServer
) -> None:
    prepare(hosted)
    with contract_server.holding():
        process = hosted.start("render", "--jobs", "1")
        contract_server.wait_for_in_flight(1)
        process.kill()
        process.communicate()
    result = hosted.run("render", *ONCE_MORE)
    assert result.status == 0, result
    entries = hosted.entries("demo")
    assert entries["demo/first/1"]["unknown_outcomes"] == 1
    assert entries["demo/second/1"]["unknown_outcomes"] == 0
    assert len(contract_server.generations) == 3


def test_budgets_refuse_before_anything_is_sent(
    hosted: Project, contract_server: ContractServer
) -> None:
    prepare(hosted)
    for option in (("--max-renders", "1"), ("--max-cost", "0.05")):
        result = hosted.run("render", *option)
        assert result.status == 3, result
        assert option[0] in result.stderr
    assert contract_server.uploads == []
    assert hosted.run("render", "--max-renders", "2", "--max-cost", "0.06").status == 0


def test_what_may_be_paid_counts_against_the_budget(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.http(500), Fault.lost()], containing="river")
    result = prepare(hosted).run("render", "--jobs", "1", "--max-renders", "2", *ONCE_MORE)
    assert result.status == 1, result
    assert "the budget of this run is spent" in result.stdout
    # The 500 was given back; the lost one may be paid, so that the second song has no room or
    # the first no second try: two requests that may cost, and no third.
    assert len(contract_server.songs) == 2
    assert len(contract_server.generations) == 3


def test_a_service_that_asks_to_wait_for_long_ends_the_run(
    hosted: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.http(429, Retry_After="3600")])
    result = prepare(hosted).run("render", "--jobs", "1", *FAST)
    assert result.status == 5, result
    assert "HTTP 429: Something went wrong (wait 60 min)" in result.stderr
    assert len(contract_server.generations) == 1


def test_a_second_run_waits_or_leaves(hosted: Project, contract_server: ContractServer) -> None:
    prepare(hosted)
    with contract_server.holding():
        first = hosted.start("render")
        contract_server.wait_for_in_flight(1)
        refused = hosted.run("render", "--no-wait")
        second = hosted.start("render")
        assert second.stdout is not None
        assert f"process {first.pid}" in second.stdout.readline()
    assert refused.status == 4, refused
    assert f"process {first.pid}" in refused.stderr
    for process in (first, second):
        process.communicate()
        assert process.returncode == 0
    assert len(contract_server.generations) == 2


def test_a_run_without_the_lock_writes_nothing_that_its_holder_might_sweep_away(
    hosted: Project, contract_server: ContractServer
) -> None:
    ignore = prepare(hosted).root / ".songbatch/.gitignore"
    with contract_server.holding():
        first = hosted.start("render")
        contract_server.wait_for_in_flight(1)
        ignore.unlink()
        assert hosted.run("render", "--no-wait").status == 4
        assert not ignore.exists()
    first.communicate()
    assert first.returncode == 0


def test_requests_that_wait_while_ids_expire_never_leave_without_them(
    hosted: Project, contract_server: ContractServer
) -> None:
    songs = "".join(f"  s{n}: {{reference: r, lyrics: Line number {n}.}}\n" for n in range(16))
    hosted.write(
        "specs/demo.yaml",
        "version: 1\nengine: music-01\nreferences:\n  r: {file: r.mp3, purpose: song}\n"
        f"songs:\n{songs}",
    ).reference("specs/r.mp3")
    assert hosted.run("render", "--select", "s0").status == 0
    contract_server.forget_uploads()
    result = hosted.run("render", "--jobs", "4", *FAST)
    assert result.status == 0, result
    assert len(contract_server.uploads) == 2
    assert len(contract_server.songs) == 16
    assert all(g.refer_voice and g.refer_instrumental for g in contract_server.generations)


def test_an_answer_that_was_whole_when_the_run_died_is_used(
    hosted: Project, contract_server: ContractServer
) -> None:
    assert prepare(hosted).run("render").status == 0
    entry = hosted.entries("demo")["demo/first/1"]
    # As if the power had gone between the answer's last byte and the ledger's line.
    store = hosted.root / ".songbatch/store"
    whole = store / f"incoming/{entry['key']}.1.mp3.whole"
    (store / entry["audio_sha256"][:2] / entry["audio_sha256"]).rename(whole)
    cut = store / f"incoming/{entry['key']}.2.mp3.part"
    cut.write_bytes(b"half an answer")
    half_written = hosted.root / "outputs/demo/music-01/.0123456789abcdef.part"
    half_written.write_bytes(b"half an output")
    half_heard = hosted.root / ".songbatch/sketch/.0123456789abcdef.part"
    half_heard.parent.mkdir()
    half_heard.write_bytes(b"half a portrait")
    ledger = hosted.root / ".songbatch/ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    answered = [line for line in lines if b'"answered"' in line and entry["key"].encode() in line]
    ledger.write_bytes(b"".join(line for line in lines if line not in answered))
    (hosted.root / entry["output"]).unlink()
    (hosted.root / "outputs/demo/music-01/manifest.json").unlink()
    result = hosted.run("render")
    assert result.status == 0, result
    assert len(contract_server.generations) == 2
    again = hosted.entries("demo")["demo/first/1"]
    assert (again["audio_sha256"], again["unknown_outcomes"]) == (entry["audio_sha256"], 0)
    assert not any(path.exists() for path in (whole, cut, half_written, half_heard))


def test_what_was_cut_off_without_the_lock_is_removed_once_it_is_old(hosted: Project) -> None:
    old, young = (
        [hosted.root / folder / f".{name * 16}.part" for folder in ("outputs", "specs")]
        for name in "ab"
    )
    prepare(hosted)
    for path in [*old, *young]:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half a page")
    for path in old:
        os.utime(path, (0, time.time() - 4000))
    assert hosted.run("render").status == 0
    assert [path.exists() for path in [*old, *young]] == [False, False, True, True]


def test_an_answer_that_is_no_audio_is_kept_and_counted(
    hosted: Project, contract_server: ContractServer
) -> None:
    wrong = Fault.json({"data": {"status": 2, "audio": b"<html>".hex()}, **SUCCESS})
    contract_server.script("generate", [wrong], containing="river")
    result = prepare(hosted).run("render", *ONCE_MORE)
    assert result.status == 0, result
    assert "unusable audio" in result.stdout
    assert "paid at most $0.09" in result.stdout
    entry = hosted.entries("demo")["demo/first/1"]
    assert (entry["attempts"], entry["unknown_outcomes"]) == (2, 1)
    assert b"<html>" in {
        path.read_bytes() for path in (hosted.root / ".songbatch/store").glob("??/*")
    }
