"""Consent: nothing is paid a second time, and nothing dear a first time, without a yes."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import COMMAND, Project
from tests.run.specs import SONG

LOST = "paid for before, but its audio is not here"
FAST = ("--backoff", "0.01")


@pytest.fixture
def prepared(hosted: Project) -> Project:
    hosted.write("songbatch.yaml", "version: 1\nengines: {music-01: {usd_per_render: 0.5}}\n")
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


@pytest.fixture
def clone(prepared: Project) -> Project:
    """What a colleague clones: specs and manifests, no audio and no store."""
    assert prepared.run("render").status == 0
    shutil.copytree(prepared.root / "outputs", prepared.root.parent / "elsewhere")
    store = prepared.root / ".songbatch/store"
    shutil.copytree(store, prepared.root.parent / "elsewhere.store")
    for path in prepared.root.glob("outputs/*/*/*.mp3"):
        path.unlink()
    shutil.rmtree(prepared.root / ".songbatch")
    return prepared


@pytest.fixture(autouse=True)
def _no_elsewhere(tmp_path: Path) -> object:
    yield
    for name in ("elsewhere", "elsewhere.store"):
        shutil.rmtree(tmp_path.parent / name, ignore_errors=True)


def manifest(project: Project) -> bytes:
    return (project.root / "outputs/demo/music-01/manifest.json").read_bytes()


def test_a_fresh_clone_pays_for_nothing_and_says_what_to_do(
    clone: Project, contract_server: ContractServer
) -> None:
    before = manifest(clone)
    plan = clone.run("plan")
    assert f"hold     demo/first/1: {LOST}" in plan.stdout, plan
    said = (
        "2 were paid for before ($1.00), but their audio is not here: copy outputs/ or "
        ".songbatch/store from where they were made, or pass --again"
    )
    assert said in plan.stdout, plan
    for _ in range(2):
        result = clone.run("render")
        assert result.status == 3, result
        assert said in result.stdout
        assert manifest(clone) == before
        assert not (clone.root / "outputs/demo/music-01/demo.m3u8").exists()
    assert len(contract_server.generations) == 2
    markdown = clone.run("plan", "--format", "markdown")
    assert said in markdown.stdout
    steps = json.loads(clone.run("plan", "--json").stdout)["engines"][0]["renders"]
    assert {(s["action"], s["reason"]) for s in steps} == {("hold", "paid_before")}


def test_programs_are_told_what_to_do_too(clone: Project) -> None:
    finished = clone.run("render", "--json").events[-1]
    assert (finished["event"], finished["exit_code"]) == ("finished", 3)
    (advice,) = finished["advice"]
    assert advice.startswith("2 were paid for before ($1.00)")


def test_what_is_brought_is_restored_for_free(
    clone: Project, contract_server: ContractServer
) -> None:
    assert clone.run("render").status == 3
    shutil.copytree(clone.root.parent / "elsewhere", clone.root / "outputs", dirs_exist_ok=True)
    result = clone.run("render")
    assert result.status == 0, result
    assert len(contract_server.generations) == 2


def test_a_store_that_is_brought_is_as_good(
    clone: Project, contract_server: ContractServer
) -> None:
    before, audio = manifest(clone), clone.root.parent / "elsewhere/demo/music-01/first.mp3"
    assert clone.run("render").status == 3
    store = clone.root / ".songbatch/store"
    shutil.copytree(clone.root.parent / "elsewhere.store", store, dirs_exist_ok=True)
    assert "restore  demo/first/1: the output is missing" in clone.run("plan").stdout
    result = clone.run("render")
    assert result.status == 0, result
    assert "2 restored" in result.stdout
    assert (clone.root / "outputs/demo/music-01/first.mp3").read_bytes() == audio.read_bytes()
    assert manifest(clone) == before
    assert "Nothing to do" in clone.run("render").stdout
    shutil.rmtree(clone.root / "outputs")  # the ledger knows of it by now
    assert clone.run("render").status == 0
    assert len(contract_server.generations) == 2


def test_a_store_that_is_brought_damaged_is_refused_in_words(
    clone: Project, contract_server: ContractServer
) -> None:
    store = clone.root / ".songbatch/store"
    shutil.copytree(clone.root.parent / "elsewhere.store", store, dirs_exist_ok=True)
    for entry in clone.entries("demo").values():
        digest = entry["audio_sha256"]
        (store / digest[:2] / digest).write_bytes(b"something else")
    result = clone.run("render")
    assert result.status not in {0, 70}, result
    assert "is damaged: its digest is not its name" in result.stderr
    assert len(contract_server.generations) == 2


def test_again_asks_once_more_for_what_is_not_here_only(
    clone: Project, contract_server: ContractServer
) -> None:
    name = "demo/music-01/first.mp3"
    shutil.copy(clone.root.parent / "elsewhere" / name, clone.root / "outputs" / name)
    assert "render   demo/second/1: its audio is neither" in clone.run("plan", "--again").stdout
    result = clone.run("render", "--again")
    assert result.status == 0, result
    assert len(contract_server.generations) == 3
    assert "Nothing to do" in clone.run("render", "--again").stdout
    assert len(contract_server.generations) == 3


def test_a_new_song_is_rendered_beside_held_ones_and_in_the_environment_again_is_yes(
    clone: Project, contract_server: ContractServer
) -> None:
    clone.replace("specs/demo.yaml", "morning", "evening")
    result = clone.run("render")
    assert result.status == 3, result
    assert "1 was paid for before ($0.50), but its audio is not here" in result.stdout
    assert len(contract_server.generations) == 3
    entries = clone.entries("demo")
    assert [entry["status"] for entry in entries.values()] == ["done", "done"]
    assert clone.run("render", env={"SONGBATCH_RENDER_AGAIN": "0"}).status == 3
    assert clone.run("render", env={"SONGBATCH_RENDER_AGAIN": "1"}).status == 0
    assert len(contract_server.generations) == 4


def test_the_ledger_knows_what_was_paid_where_no_manifest_does(
    prepared: Project, contract_server: ContractServer
) -> None:
    assert prepared.run("render").status == 0
    shutil.rmtree(prepared.root / "outputs")
    shutil.rmtree(prepared.root / ".songbatch/store")
    result = prepared.run("render")
    assert result.status == 3, result
    assert "2 were paid for before ($1.00)" in result.stdout
    assert len(contract_server.generations) == 2


def test_what_costs_nothing_is_simply_made_again(project: Project) -> None:
    free = SONG.replace("engine: music-01\n", "")
    project.write("specs/demo.yaml", free).reference("specs/references/river.mp3")
    assert project.run("render", "--select", "second").status == 0
    before = project.files("outputs")
    for path in project.root.glob("outputs/*/*/*.mp3"):
        path.unlink()
    shutil.rmtree(project.root / ".songbatch")
    result = project.run("render", "--select", "second")
    assert result.status == 0, result
    assert project.files("outputs") == before


@pytest.mark.parametrize(
    "faults",
    [
        [Fault.http(400, "no")],
        [Fault.lost()],
        [Fault.http(403, "You have run out of credits")],
    ],
    ids=["rejected", "unknown", "stop"],
)
def test_what_was_paid_stays_recorded_though_asking_again_fails(
    faults: list[Fault], clone: Project, contract_server: ContractServer
) -> None:
    before = manifest(clone)
    contract_server.script("generate", faults * 2)
    result = clone.run("render", "--again", *FAST)
    assert result.status in {1, 5}, result
    assert manifest(clone) == before
    asked = len(contract_server.generations)
    assert clone.run("render", *FAST).status == 3
    assert len(contract_server.generations) == asked


def test_a_budget_that_ends_leaves_what_was_paid_recorded(
    clone: Project, contract_server: ContractServer
) -> None:
    contract_server.cost_usd = "3"
    before = clone.entries("demo")
    result = clone.run("render", "--again", "-j", "1", "--max-cost", "1")
    assert result.status == 1, result
    assert len(contract_server.generations) == 3
    after = clone.entries("demo")
    assert after["demo/second/1"] == before["demo/second/1"]


def test_a_renamed_song_stays_recorded_as_paid(
    clone: Project, contract_server: ContractServer
) -> None:
    clone.replace("specs/demo.yaml", "  first:\n", "  opening:\n")
    for _ in range(2):
        assert clone.run("render").status == 3
    entries = clone.entries("demo")
    assert {name: entry["status"] for name, entry in entries.items()} == {
        "demo/opening/1": "done",
        "demo/second/1": "done",
    }
    shutil.copytree(clone.root.parent / "elsewhere", clone.root / "outputs", dirs_exist_ok=True)
    # The manifest that was brought along is the one from before.
    result = clone.run("render")
    assert result.status == 0, result
    assert len(contract_server.generations) == 2


# Unknown outcomes


def test_where_it_costs_something_an_unknown_outcome_is_held_at_once(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.lost()], containing="river")
    result = prepared.run("render", *FAST)
    assert result.status == 1, result
    said = (
        "1 may have been paid for without an answer (about $0.50): "
        "pass --retry-unknown 1 to request them again"
    )
    assert said in result.stdout
    for command in ("plan", "render"):
        held = prepared.run(command)
        assert said in held.stdout, held
    assert held.status == 3
    assert len(contract_server.generations) == 2
    assert prepared.run("render", env={"SONGBATCH_RENDER_RETRY_UNKNOWN": "1"}).status == 0
    assert len(contract_server.generations) == 3


def test_where_it_is_free_an_unknown_outcome_is_repeated_once(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.lost()], containing="river")
    result = prepared.run("render", "--price", "0", *FAST)
    assert result.status == 0, result
    assert len(contract_server.generations) == 3


# Above a sum


@pytest.fixture
def dear(prepared: Project) -> Project:
    """Two songs for $1.20."""
    return prepared.replace("songbatch.yaml", "0.5", "0.6")


def configure(project: Project, text: str) -> Project:
    return project.write(".config/songbatch/config.yaml", text)


def test_without_a_terminal_a_dear_run_needs_a_yes_or_a_bound(
    dear: Project, contract_server: ContractServer
) -> None:
    refused = dear.run("render")
    assert (refused.status, refused.stdout) == (3, ""), refused
    assert "about $1.20" in refused.stderr
    assert "fix: pass --yes, or set a bound: --max-cost " in refused.stderr
    assert "--max-cost 1.20" in refused.stderr
    assert dear.run("render", env={"SONGBATCH_RENDER_YES": "0"}).status == 3
    assert contract_server.uploads == []
    assert dear.run("render", "--select", "first").status == 0
    assert dear.run("render", "--max-cost", "1.2").status == 0
    dear.replace("specs/demo.yaml", "morning", "evening").replace("specs/demo.yaml", "hill", "top")
    assert dear.run("render", env={"SONGBATCH_RENDER_YES": "1"}).status == 0
    assert len(contract_server.generations) == 4


@pytest.mark.parametrize(
    ("by_user", "by_project", "status"),
    [(None, None, 3), (5, None, 0), (5, 0.5, 3), (1, 100, 3), (0, None, 3), (1.2, None, 0)],
)
def test_a_project_only_lowers_the_sum_that_its_user_set(
    by_user: float | None, by_project: float | None, status: int, dear: Project
) -> None:
    if by_user is not None:
        configure(dear, f"version: 1\nconfirm_above: {by_user}\n")
    if by_project is not None:
        path = dear.root / "songbatch.yaml"
        dear.write("songbatch.yaml", path.read_text() + f"\nconfirm_above: {by_project}\n")
    assert dear.run("render").status == status


def test_a_low_price_of_the_projects_does_not_buy_silence(
    prepared: Project, contract_server: ContractServer
) -> None:
    prepared.write(
        "songbatch.yaml",
        "version: 1\nconfirm_above: 0.05\nengines: {music-01: {usd_per_render: 0}}\n",
    )
    result = prepared.run("render")
    assert result.status == 3, result
    assert "the project says a song costs $0.00; counting $0.03" in result.stderr
    assert contract_server.uploads == []


@pytest.mark.parametrize("cents", [101, 110, 120, 163, 180, 207, 1005])
def test_the_bound_to_type_is_the_sum_that_is_said(cents: int, prepared: Project) -> None:
    settings = f"version: 1\nengines: {{music-01: {{usd_per_render: {cents / 100}}}}}\n"
    prepared.write("songbatch.yaml", settings)
    refused = prepared.run("render", "--select", "first")
    assert refused.status == 3, refused
    assert f"about ${cents / 100:.2f}, " in refused.stderr
    assert f"--max-cost {cents / 100:.2f}\n" in refused.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 2\n", "config.yaml:1:10: error[schema."),
        ("confirm_above: 5\n", "has no `version`"),
        ("version: 1\nconfirm: 5\n", "config.yaml:2:1"),
        ("version: 1\nconfirm_above: much\n", "config.yaml:2:16"),
        ("version: 1\nconfirm_above: .nan\n", "config.yaml:2:16"),
        ("version: 1\nconfirm_above: -1\n", "config.yaml:2:16"),
        ("version: 1\nconfirm_above: [", "this is not YAML"),
        ("", "the file is empty"),
        ("#" * 70_000, "more than 65536 bytes"),
    ],
)
def test_a_broken_configuration_is_named_with_its_place(
    text: str, expected: str, dear: Project, contract_server: ContractServer
) -> None:
    result = configure(dear, text).run("render", "--yes")
    assert result.status == 2, result
    assert expected in result.stderr, result
    assert "fix: " in result.stderr
    assert contract_server.uploads == []
    assert dear.run("plan").status == 0


def test_a_configuration_that_is_no_file_does_not_hang_it(dear: Project) -> None:
    path = dear.root / ".config/songbatch/config.yaml"
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    result = dear.run("render")
    assert result.status == 2, result
    assert "not a plain file" in result.stderr
    path.unlink()
    path.mkdir()
    assert "not a plain file" in dear.run("render").stderr


def test_the_schema_of_the_configuration_is_printed(project: Project) -> None:
    schema = json.loads(project.run("schema", "config").stdout)
    assert "confirm_above" in schema["properties"]


@pytest.mark.parametrize(
    ("answer", "status", "asked"), [("y\n", 0, 2), ("n\n", 3, 0), ("\n", 3, 0), ("\x04", 130, 0)]
)
@pytest.mark.parametrize("piped", [False, True], ids=["terminal", "output piped"])
def test_on_a_terminal_it_asks(
    answer: str,
    status: int,
    asked: int,
    piped: bool,
    dear: Project,
    contract_server: ContractServer,
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "render", *(["--json"] if piped else [])],
        cwd=dear.root,
        env={**os.environ, **dear.environment, "XDG_CONFIG_HOME": str(dear.root / ".config")},
        stdin=theirs,
        stdout=subprocess.PIPE if piped else theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = read_until(ours, b"[y/N]")
    assert b"2 songs on music-01 for about $1.20" in shown
    os.write(ours, answer.encode())
    stdout = process.stdout.read() if process.stdout is not None else b""
    rest = read_until(ours, b"\x00")
    assert process.wait() == status, (shown, stdout)
    # The shell's prompt begins a line of its own: after a line, or in one that was wiped.
    assert rest.endswith((b"\n", b"\x1b[2K")), rest
    os.close(ours)
    if process.stdout is not None:
        process.stdout.close()
    assert len(contract_server.generations) == asked
    assert all(line.startswith(b'{"event"') for line in stdout.splitlines()), stdout


def read_until(terminal: int, words: bytes) -> bytes:
    """Read what a terminal shows, up to these words or its end."""
    shown = b""
    while words not in shown:
        if not select.select([terminal], [], [], 60)[0]:
            raise AssertionError(f"nothing more is shown: {shown!r}")
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    return shown
