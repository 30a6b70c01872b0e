"""Songs of parts beside what is said of takes, of shared stores and of lost files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.contract.faults import Fault
from tests.run.test_parts import entries, long_song
from tests.run.test_shared_songs import shared

if TYPE_CHECKING:
    from pathlib import Path

    from support.contract.server import ContractServer
    from support.kit import Project

FOLDER = "outputs/friends/music-01"


def four_parts(project: Project, **keys: Any) -> Project:
    return long_song(project, engine="music-01", **keys).reference("specs/river.mp3")


def test_bounds_count_the_parts_of_takes_that_may_follow(
    hosted: Project, contract_server: ContractServer
) -> None:
    four_parts(hosted, until={"good": 1, "max_takes": 3})
    refused = hosted.run("render", "--yes", "--max-renders", "11")
    assert refused.status == 3, refused
    assert "asks for at most 12 renders" in refused.stderr
    assert contract_server.generations == []
    # What the server makes is far too short: no take is good.
    assert hosted.run("render", "--yes", "--max-renders", "12", "--max-cost", "0.36").status == 0
    assert len(contract_server.generations) == 12


def test_what_parts_of_a_failed_take_have_cost_counts(
    hosted: Project, contract_server: ContractServer
) -> None:
    four_parts(hosted, until={"good": 2, "max_takes": 3, "max_usd": 0.3})
    refused = Fault.in_band(1026, "sensitive")
    contract_server.script("generate", [None, refused])
    run = hosted.run("render", "--yes", "-j", "1")
    assert run.status == 1, run
    # Three parts of the first and all of the second: a third one would be $0.33.
    assert len(contract_server.generations) == 8
    assert "2 takes until 2 are good; at most $0.03" in hosted.run("plan").stdout
    assert hosted.run("render", "--yes").status == 0
    assert len(contract_server.generations) == 9
    assert "Nothing to do: 10 up to date." in hosted.run("render").stdout


@pytest.mark.parametrize("is_pushed", [False, True])
def test_a_song_is_joined_anew_of_parts_of_others(
    tmp_path: Path, contract_server: ContractServer, *, is_pushed: bool
) -> None:
    from support.kit import Project  # noqa: PLC0415

    (store := tmp_path / "store").mkdir()
    machines = []
    for name in ("first", "second"):
        (root := tmp_path / name).mkdir()
        machine = four_parts(Project(root))
        machine.environment = dict(contract_server.environment)
        machines.append(machine)
        if name == "first" and not is_pushed:
            machine.environment |= shared(store, name)
        assert machine.run("render", "--yes", "--no-measure").status == 0
        machine.environment |= shared(store, name)
    first, second = machines
    if is_pushed:
        assert "4 pushed" in first.run("push").stdout
    assert "4 there otherwise" in second.run("push", "--select", "harbour").stdout
    taken = second.run("pull", "--theirs")
    assert taken.status == 0, taken
    assert "1 joined, 4 restored" in taken.stdout
    first.run("render")
    assert first.files("outputs") == second.files("outputs")
    assert "Nothing to do" in second.run("render").stdout
    assert len(contract_server.generations) == 8


def test_a_song_that_is_there_needs_no_part_and_verify_says_so(hosted: Project) -> None:
    four_parts(hosted)
    assert hosted.run("render", "--yes", "--no-measure").status == 0
    shutil.rmtree(hosted.root / FOLDER / "parts")
    # The store has them.
    assert "4 problems" in hosted.run("verify").stdout
    shutil.rmtree(hosted.root / ".songbatch")
    assert "1 adopted" in hosted.run("render", "--no-measure", "--frozen").stdout
    assert hosted.run("verify").status == 0
    (hosted.root / FOLDER / "harbour.mp3").unlink()
    assert "5 problems" in hosted.run("verify").stdout


def test_only_songs_are_credited_and_counted_as_there(hosted: Project) -> None:
    four_parts(hosted)
    planned = hosted.run("plan", "--engine", "sketch", "--engine", "music-01")
    rows = [line.split() for line in planned.stdout.splitlines()[1:3]]
    assert [row[1:3] for row in rows] == [["4", "0"], ["4", "0"]]
    assert hosted.run("render", "--yes", "--no-measure").status == 0
    credited = hosted.run("credits")
    assert "1 song, 1 recording followed." in credited.stdout, credited
    hosted.replace("specs/friends.yaml", "tin of tea", "box for tea")
    changed = hosted.run("diff", f"{FOLDER}/manifest.json")
    keys = entries(hosted, "music-01")["friends/harbour/1"]["parts"]
    assert "lyrics and parts changed" in changed.stdout
    assert not any(key[:12] in changed.stdout for key in keys)
    before = hosted.root / "before.json"
    before.write_bytes((hosted.root / FOLDER / "manifest.json").read_bytes())
    assert hosted.run("render", "--yes", "--no-measure").status == 0
    assert "1 rendered in between, for $0.03." in hosted.run("diff", "before.json").stdout


def test_a_song_is_joined_anew_of_a_part_that_was_paid_again(hosted: Project) -> None:
    four_parts(hosted)
    assert hosted.run("render", "--yes", "--no-measure").status == 0
    second = entries(hosted, "music-01")["friends/harbour/1/part-2"]
    (hosted.root / second["output"]).unlink()
    [blob] = (hosted.root / ".songbatch/store").rglob(f"*{second['audio_sha256']}*")
    blob.unlink()
    # The song is there, and needs no part.
    assert "Nothing to do" in hosted.run("render", "--no-measure").stdout
    again = ("render", "--again", "--no-measure", "--select", "friends/harbour/1/part-2")
    assert "1 rendered" in hosted.run(*again).stdout
    assert "1 joined" in hosted.run("render", "--no-measure", "--frozen").stdout
    assert "Nothing to do: 5 up to date." in hosted.run("render", "--no-measure").stdout
    assert hosted.run("verify").status == 0


def test_no_store_is_asked_for_parts_that_no_song_needs(hosted: Project, tmp_path: Path) -> None:
    store = tmp_path / "nas/store"
    store.mkdir(parents=True)
    four_parts(hosted).environment |= shared(store, "first")
    assert hosted.run("render", "--yes", "--no-measure").status == 0
    shutil.rmtree(hosted.root / FOLDER / "parts")
    shutil.rmtree(hosted.root / ".songbatch")
    shutil.rmtree(tmp_path / "nas")
    for said in ("1 adopted", "Nothing to do"):
        run = hosted.run("render", "--no-measure")
        assert run.status == 0, run
        assert said in run.stdout
    (hosted.root / FOLDER / "harbour.mp3").unlink()
    shutil.rmtree(hosted.root / ".songbatch")
    assert hosted.run("render", "--no-measure").status == 5
