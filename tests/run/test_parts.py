"""Songs that are longer than one answer: made in parts, joined, and one song to everybody else."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from songbatch.audio.tags import read_label

if TYPE_CHECKING:
    from support.contract.server import ContractServer
    from support.kit import Project

RATE = 44100
EXAMPLE = Path(__file__).parents[2] / "specs/references/campfire.mp3"
VERSES = (
    "Down at the harbour where the tall ships lie,\nthe gulls are turning in a silver sky,\n"
    "my father's lantern on the garden wall\nstill burns for anyone who comes at all.",
    "My mother kept letters in a tin of tea,\neach of them folded like a boat at sea,\n"
    "she read them slowly when the evenings grew long,\nand turned every line of them to a song.",
    "Now I am older than the pier of stone,\nI walk down in the winter all alone,\n"
    "and still there's a light where the lantern hung,\nand still I know all the songs we sung.",
)
CHORUS = (
    "Oh, carry me over the water tonight,\ncarry me home by the harbour light,\n"
    "leave every sorrow asleep on the shore,\ncarry me over and over once more."
)
BRIDGE = (
    "Some of us sail and some of us stay,\nsome of us wait at the end of the quay,\n"
    "some of us sing till the morning is grey,\nand some of us never learn how to say."
)
FIRST, SECOND, THIRD = (f"[Verse]\n{words}" for words in VERSES)
AGAIN, AWAY = f"[Chorus]\n{CHORUS}", f"[Bridge]\n{BRIDGE}"
HARBOUR = "\n\n".join([FIRST, AGAIN, SECOND, AGAIN, AWAY, AGAIN, THIRD, AGAIN])
REFERENCE = "  river: {file: river.mp3, purpose: song}"


def long_song(project: Project, lyrics: str = HARBOUR, **keys: object) -> Project:
    song = {"reference": "river", "lyrics": lyrics, "lrc": True, **keys}
    spec = f"version: 1\nreferences:\n{REFERENCE}\nsongs:\n  harbour: {json.dumps(song)}\n"
    return project.write("specs/friends.yaml", spec)


def in_sections(project: Project, *sections: str) -> Project:
    song = {"reference": "river", "sections": sections}
    spec = f"version: 1\nreferences:\n{REFERENCE}\nsongs:\n  harbour: {json.dumps(song)}\n"
    return project.write("specs/friends.yaml", spec).reference("specs/river.mp3")


def ledger(project: Project) -> list[dict[str, Any]]:
    lines = (project.root / ".songbatch/ledger.jsonl").read_text("utf-8").splitlines()[1:]
    return [json.loads(line[9:]) for line in lines]


def answered(project: Project) -> list[str]:
    return [one["key"] for one in ledger(project) if one["event"] == "answered"]


def entries(project: Project, engine: str = "sketch") -> dict[str, Any]:
    return {one["id"]: one for one in project.manifest("friends", engine)["renders"]}


def decoded(path: Path) -> np.ndarray:
    """Return the sound of a file, by a decoder that is not ours."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "2", "-"]
    raw = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def lufs(path: Path, begin: float, end: float) -> float:
    """Return the integrated loudness of a stretch, by a meter that is not ours."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-ss", f"{begin}", "-to", f"{end}", "-i",
               str(path), "-af", "ebur128", "-f", "null", "-"]  # fmt: skip
    run = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", run.stderr)[-1])


STRIDE = 110
"""Samples from one look at the sound to the next: 2.5 ms."""


def rises(sound: np.ndarray) -> np.ndarray:
    """Return how much the highs rise at every STRIDE: onsets are its peaks."""
    rows = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=1), 4 * STRIDE)[::STRIDE]
    shapes = np.abs(np.fft.rfft(rows * np.hanning(4 * STRIDE).astype("f4"), axis=1))
    levels = np.log1p(100 * shapes[:, 50:150]).sum(axis=1)
    return np.convolve(np.maximum(np.diff(levels), 0), np.hanning(9), "same")


def grid_error(rising: np.ndarray, before: float, after: float, eighth: float) -> float:
    """Return by how many seconds the eighths from `after` on are off those from `before` on."""

    def first(begin: float) -> float:
        # Where a comb of eighths meets the most onsets.
        offsets = np.arange(0, eighth, 0.001)
        places = begin + offsets[:, None] + eighth * np.arange(56)
        strengths = rising[np.rint(places * RATE / STRIDE).astype(int)].sum(axis=1)
        return begin + float(offsets[int(np.argmax(strengths))])

    off = (first(after) - first(before)) / eighth
    return abs(off - round(off)) * eighth


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg measures it")
def test_a_song_of_three_minutes_is_one_performance(project: Project) -> None:
    # The reference of the examples has a beat and a voice.
    long_song(project).write("specs/river.mp3", EXAMPLE.read_bytes())
    planned = project.run("plan")
    assert "join     friends/harbour/1: of 4 parts" in planned.stdout, planned
    assert "4 to render, 1 to join" in planned.stdout
    refused = project.run("render", "--max-renders", "3")
    assert refused.status == 3, refused
    assert "the plan asks for 4 renders" in refused.stderr
    run = project.run("render")
    assert run.status == 0, run
    assert "Done: 4 rendered, 1 joined." in run.stdout

    song, folder = entries(project)["friends/harbour/1"], project.root / "outputs/friends/sketch"
    assert 160 < song["seconds"] < 240
    label = read_label((folder / "harbour.mp3").read_bytes())
    assert label.facts["SONGBATCH_KEY"] == song["key"]
    [starts] = [one["facts"]["part_starts"] for one in ledger(project) if one["event"] == "adopted"]
    sound = decoded(folder / "harbour.mp3")
    spans = itertools.pairwise([*starts, song["seconds"]])
    each = [lufs(folder / "harbour.mp3", *span) for span in spans]
    assert max(each) - min(each) < 1.0
    beat = 60 / bpm(project)
    for measured in (steps(sound), highs(sound)):
        # Where the next part comes in, where bars meet, and where the last one has died away.
        seams = [start + off for start in starts[1:] for off in (-1, 0, 2)]
        elsewhere = [at for at in np.arange(1, song["seconds"] - 4, 0.1)
                     if min(abs(at - seam) for seam in seams) > 0.2]  # fmt: skip
        usual = max(around(measured, at) for at in elsewhere)
        assert all(around(measured, seam) <= usual for seam in seams), "a click"
    rising = rises(sound)
    for start in starts[1:]:
        at = round(start * RATE)
        level = [np.abs(sound[n : n + 882]).max() for n in range(at - RATE, at + RATE, 882)]
        assert min(level) > 0.003, "a gap"
        assert grid_error(rising, start - 30 * beat, start, beat / 2) < 0.02
    lines = re.findall(r"^\[(\d+):([\d.]+)\](.*)$", (folder / "harbour.lrc").read_text(), re.M)
    assert [words for _, _, words in lines] == [
        line for line in HARBOUR.split("\n") if line and line[0] != "["
    ]
    times = [60 * int(minutes) + float(seconds) for minutes, seconds, _ in lines]
    assert times == sorted(times)
    choruses = [times[n : n + 4] for n in (4, 12, 20, 28)]
    rhythms = [np.diff(chorus) for chorus in choruses]
    assert all(np.allclose(one, rhythms[0], atol=0.02) for one in rhythms)
    cue = (folder / "harbour.cue").read_text()
    assert cue.count("TRACK") == 8
    indexes = re.findall(r"INDEX 01 (\d+):(\d+):(\d+)", cue)
    begins = [60 * int(m) + int(s) + int(f) / 75 for m, s, f in indexes]
    for start in starts:
        assert min(abs(begin - start) for begin in begins) <= 0.5 / 75 + 1e-6
    assert "parts" not in (folder / "friends.m3u8").read_text()
    assert project.run("verify").status == 0
    assert "Nothing to do: 5 up to date." in project.run("render").stdout


def steps(sound: np.ndarray) -> np.ndarray:
    """Return how far each sample is from the one before, on the side where it is farther."""
    return np.asarray(np.abs(np.diff(sound, axis=0)).max(axis=1))


def highs(sound: np.ndarray) -> np.ndarray:
    """Return what is above voices and strings, where clicks are bright."""
    return np.asarray(np.abs(np.diff(sound, n=4, axis=0)).max(axis=1))


def around(measured: np.ndarray, seconds: float) -> float:
    """Return the highest value within 50 ms of a time."""
    at = round(seconds * RATE)
    return float(measured[at - 2205 : at + 2205].max())


def bpm(project: Project) -> float:
    """Return the tempo that the reference was analysed to have."""
    [features] = (project.root / ".songbatch/sketch").glob("*.json")
    return float(json.loads(features.read_text())["rhythm"]["bpm"])


def test_editing_a_section_makes_that_one_again_and_renaming_costs_nothing(
    project: Project,
) -> None:
    couplets = ["\n".join(part.split("\n")[:3]) for part in (FIRST, AGAIN, SECOND)]
    in_sections(project, *couplets)
    assert project.run("render", "--no-measure").status == 0
    before = entries(project)
    in_sections(project, couplets[0], couplets[1].replace("carry", "bring"), couplets[2])
    plan = project.run("plan").stdout
    assert "1 to render, 1 to join, 2 to measure" in plan, plan
    assert "render   friends/harbour/1/part-2: lyrics changed" in plan
    assert project.run("render", "--no-measure").status == 0
    after = entries(project)
    changed = {name for name in before if before[name]["key"] != after[name]["key"]}
    assert changed == {"friends/harbour/1", "friends/harbour/1/part-2"}
    assert len(answered(project)) == 4
    project.replace("specs/friends.yaml", "harbour:", "quay:")
    assert "4 to restore" in project.run("plan").stdout
    assert project.run("render", "--no-measure", "--frozen").status == 0
    assert project.run("verify").status == 0
    assert len(answered(project)) == 4
    left = sorted(path.name for path in (project.root / "outputs/friends/sketch/parts").iterdir())
    assert left == [f"quay-part-{number}.wav" for number in (1, 2, 3)]


def test_what_was_killed_is_gone_on_with(project: Project) -> None:
    in_sections(project, *("\n".join(part.split("\n")[:3]) for part in (FIRST, AGAIN, SECOND)))
    run = project.start("render", "--jobs", "1", "--no-measure")
    book = project.root / ".songbatch/ledger.jsonl"
    deadline = time.monotonic() + 60
    while not (book.exists() and b'"answered"' in book.read_bytes()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    first = answered(project)
    assert project.run("render", "--no-measure").status == 0
    assert len(answered(project)) == len(set(answered(project))) == 3
    assert set(first) <= set(answered(project))
    assert project.run("verify").status == 0


def test_everything_comes_back_from_the_outputs_alone(project: Project) -> None:
    in_sections(project, *("\n".join(part.split("\n")[:3]) for part in (FIRST, AGAIN)))
    assert project.run("render", "--no-measure").status == 0
    shutil.rmtree(project.root / ".songbatch")
    assert "3 to adopt; nothing to pay" in project.run("plan").stdout
    assert project.run("render", "--no-measure", "--frozen").status == 0
    # A song that is there needs none of its parts.
    shutil.rmtree(project.root / ".songbatch")
    shutil.rmtree(project.root / "outputs/friends/sketch/parts")
    run = project.run("render", "--no-measure", "--frozen")
    assert run.status == 0, run
    assert "1 adopted" in run.stdout
    # Files of a song go with it.
    in_sections(project, "la la la\nlo lo lo")
    assert project.run("render", "--no-measure").status == 0
    assert len(list((project.root / "outputs/friends/sketch/parts").iterdir())) == 1


def test_parts_are_asked_for_and_paid_like_songs(
    hosted: Project, contract_server: ContractServer
) -> None:
    long_song(hosted, engine="music-01").reference("specs/river.mp3")
    plan = hosted.run("plan")
    assert "4 to render, 1 to join; about 60 s, $0.12" in plan.stdout, plan
    assert hosted.run("render", "--max-cost", "0.10", "--yes").status == 3
    run = hosted.run("render", "--yes", "--no-measure")
    assert run.status == 0, run
    sent = [one.lyrics for one in contract_server.generations]
    assert len(sent) == 4
    assert all(len(lyrics) <= 350 for lyrics in sent)
    assert not any("[" in lyrics for lyrics in sent)
    song = entries(hosted, "music-01")["friends/harbour/1"]
    assert song["cost_usd"] == 0
    assert song["parts"] == [
        entries(hosted, "music-01")[f"friends/harbour/1/part-{number}"]["key"]
        for number in (1, 2, 3, 4)
    ]
    long_song(hosted, HARBOUR.replace("tin of tea", "box for tea"), engine="music-01")
    assert hosted.run("render", "--yes", "--no-measure").status == 0
    assert len(contract_server.generations) == 5
    alone = hosted.run("plan", "--select", "friends/harbour/1/part-2", "--all")
    assert "part-2" in alone.stdout
    assert "part-3" not in alone.stdout
