"""Choices whose renders have their audio no longer: kept, heard, and taken back one by one."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from songbatch.audio.tags import untagged
from songbatch.cli.views.chosen import chosen_lines
from songbatch.digest import sha256
from songbatch.outputs.selects_copies import CopiedSelects, KeptCopy, Left
from songbatch.selects import Decide, Heard, Opinion, Selects
from support.kit import Project

SPEC = """\
version: 1
references: {river: {file: references/river.mp3, purpose: song}}
defaults: {reference: river}
songs:
  first: {takes: 2, matrix: {who: [ann, ben]}, lyrics: "Down by {{ who }}"}
  second: {lyrics: "Over the hill"}
"""
OTHER = """\
version: 1
references: {river: {file: references/river.mp3, purpose: song}}
songs: {third: {reference: river, lyrics: "Under the bridge"}}
"""
FOLDER = "outputs/demo/selects"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two specs, rendered by the embedded engine."""
    project = Project(tmp_path_factory.mktemp("kept"))
    project.write("specs/demo.yaml", SPEC).write("specs/other.yaml", OTHER)
    project.reference("specs/references/river.mp3")
    assert project.run("render").status == 0
    return project


@pytest.fixture
def rendered(project: Project, finished: Project) -> Project:
    """A copy of that project."""
    shutil.copytree(finished.root, project.root, dirs_exist_ok=True)
    return project


def heard(project: Project, render: str) -> Heard:
    spec = render.partition("/")[0]
    return Heard(render, "sketch", project.entries(spec, "sketch")[render]["audio_sha256"])


def say(project: Project, *picks: tuple[str, Heard], decide: Decide = Decide.ANY) -> None:
    opinions = tuple(Opinion(listener, take, pick=True) for listener, take in picks)
    project.write("specs/selects.yaml", Selects(opinions, decide).dump())


def drop_command(printed: str) -> list[str]:
    """Return the arguments of the one command that drops what a run printed."""
    (command,) = re.findall(r"drop the choice: songbatch (.+)$", printed, re.MULTILINE)
    return shlex.split(command)


def page(project: Project) -> dict[str, Any]:
    assert project.run("report").status == 0
    text = (project.root / "outputs/report.html").read_text("utf-8")
    found = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def earlier(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a page's earlier takes by digest, with the card that they are on."""
    return {
        one["audio_sha256"]: one | {"card": card, "of": take}
        for card in data["cards"]
        for take in card["takes"]
        for one in take["earlier"]
    }


def without(part: str, project: Project) -> None:
    """Take out of the specs what a chosen take is of."""
    match part:
        case "song":
            text = SPEC[: SPEC.index("  second")]
            project.write("specs/demo.yaml", text)
        case "variant":
            project.replace("specs/demo.yaml", "[ann, ben]", "[ann]")
        case "take":
            project.replace("specs/demo.yaml", "takes: 2", "takes: 1")
        case "spec":
            (project.root / "specs/other.yaml").unlink()


@pytest.mark.parametrize(
    ("part", "render", "lyrics", "told"),
    [
        ("song", "demo/second/1", "Over the hill", ", which is in no spec any more"),
        ("variant", "demo/first/ben/1", "Down by ben", ", which is in no spec any more"),
        ("take", "demo/first/ann/2", "Down by ann", "; take 2 is not asked for any more"),
        ("spec", "other/third/1", "Under the bridge", ", which is in no spec any more"),
    ],
)
def test_what_is_asked_for_no_more_is_kept_told_and_heard_until_it_is_dropped(
    rendered: Project, part: str, render: str, lyrics: str, told: str
) -> None:
    chosen = heard(rendered, render)
    say(rendered, ("ann", chosen))
    assert rendered.run("render").status == 0
    without(part, rendered)
    result = rendered.run("render")
    assert result.status == 0, result
    folder = f"outputs/{chosen.spec}/selects"
    (copy,) = (rendered.root / folder).glob("*.mp3")
    assert f"Kept what was chosen of {render}{told}: {folder}/{copy.name}\n" in result.stdout
    assert "other audio" not in result.stdout

    data = page(rendered)
    shown = earlier(data)
    one = shown[chosen.audio_sha256]
    assert (one["id"], one["is_chosen"], one["picked_by"]) == (render, True, ["ann"])
    assert data["texts"][one["lyrics"]].strip() == lyrics
    link = rendered.root / "outputs" / one["sound"]["link"]
    assert sha256(untagged(link.read_bytes())) == chosen.audio_sha256
    assert (one["of"]["status"], one["of"]["sound"]["link"]) == ("gone", None)
    listed = rendered.run("selects", "list").stdout.splitlines()
    names = {tuple(line.split()[:2]) for line in listed if " on sketch " in line}
    assert names == {(digest[:12], take["id"]) for digest, take in shown.items()}

    dropped = rendered.run(*drop_command(result.stdout))
    assert "1 pick taken back, of ann." in dropped.stdout
    assert f"Removed 1 chosen take: {folder}/\n" in rendered.run("render").stdout
    assert not copy.exists()


def test_a_render_that_has_no_audio_now_is_not_said_to_have_other_audio() -> None:
    kept = KeptCopy(f"{FOLDER}/a.mp3", Heard("demo/a/1", "sketch", "0" * 64), Left.NO_AUDIO)
    first, fix = chosen_lines(CopiedSelects(kept=(kept,)))
    assert first == f"Kept what was chosen of demo/a/1, which has no audio now: {FOLDER}/a.mp3"
    assert drop_command(fix) == ["selects", "drop", "0" * 12]


def test_many_of_one_cause_are_told_together_and_dropped_by_one_command() -> None:
    takes = [Heard(f"demo/a/{n}", "sketch", f"{n:064x}"[::-1]) for n in range(1, 6)]
    copies = tuple(KeptCopy(f"{FOLDER}/{one.render}", one, Left.NO_TAKE) for one in takes)
    first, fix = chosen_lines(CopiedSelects(kept=copies))
    assert first == (
        "Kept 5 chosen takes that are not asked for any more: "
        "demo/a/1, demo/a/2, demo/a/3 and 2 more"
    )
    digests = [one.audio_sha256[:12] for one in takes]
    assert drop_command(fix) == ["selects", "drop", *digests]


def test_two_listeners_choices_of_one_render_are_told_apart_and_dropped_apart(
    rendered: Project,
) -> None:
    anns = heard(rendered, "demo/second/1")
    say(rendered, ("ann", anns))
    rendered.replace("specs/demo.yaml", "Over", "Across")
    assert rendered.run("render").status == 0
    bens = heard(rendered, "demo/second/1")
    say(rendered, ("ann", anns), ("ben", bens))
    rendered.replace("specs/demo.yaml", "Across", "Beside")
    result = rendered.run("render")
    assert drop_command(result.stdout) == ["selects", "drop", bens.audio_sha256[:12]]
    copies = (path.read_bytes() for path in (rendered.root / FOLDER).glob("second*.mp3"))
    assert {sha256(untagged(copy)) for copy in copies} == {anns.audio_sha256, bens.audio_sha256}

    assert "of ben." in rendered.run(*drop_command(result.stdout)).stdout
    assert "Removed 1 chosen take" in rendered.run("render").stdout
    (copy,) = (rendered.root / FOLDER).glob("second*.mp3")
    assert sha256(untagged(copy.read_bytes())) == anns.audio_sha256


def test_one_listeners_pick_is_taken_back_alone(rendered: Project) -> None:
    chosen = heard(rendered, "demo/second/1")
    say(rendered, ("ann", chosen), ("ben", chosen))
    rendered.replace("specs/demo.yaml", "Over", "Across")
    result = rendered.run("render")
    assert drop_command(result.stdout) == ["selects", "drop", chosen.audio_sha256[:12]]
    unknown = rendered.run("selects", "drop", "demo/second/1", "--listener", "bem")
    assert unknown.status == 2
    assert "no listener 'bem'" in unknown.stderr
    one = rendered.run("selects", "drop", "demo/second/1", "--listener", "ben")
    assert "1 pick taken back, of ben." in one.stdout
    assert '"ben"' not in (rendered.root / "specs/selects.yaml").read_text("utf-8")
    assert "picked by ann\n" in rendered.run("selects", "list", "second").stdout
    rest = rendered.run(*drop_command(result.stdout))
    assert "1 pick taken back, of ann." in rest.stdout


def test_picks_of_a_renamed_song_count_together_under_either_name(rendered: Project) -> None:
    before = heard(rendered, "demo/second/1")
    rendered.replace("specs/demo.yaml", "  second:", "  zweite:")
    assert rendered.run("render").status == 0
    now = heard(rendered, "demo/zweite/1")
    assert now.audio_sha256 == before.audio_sha256
    say(rendered, ("ann", before), ("ben", now), decide=Decide.ALL)
    assert "Copied 1 chosen take" in rendered.run("render").stdout
    rendered.replace("specs/demo.yaml", "Over", "Across")
    result = rendered.run("render")
    assert result.stdout.count("Kept what was chosen of demo/zweite/1, which has") == 1
    assert drop_command(result.stdout) == ["selects", "drop", now.audio_sha256[:12]]
    assert [path.name for path in (rendered.root / FOLDER).glob("*.mp3")] == ["zweite.mp3"]
    one = earlier(page(rendered))[now.audio_sha256]
    assert (one["id"], one["picked_by"]) == ("demo/zweite/1", ["ann", "ben"])


def test_the_fix_for_missing_audio_works_from_elsewhere(rendered: Project, tmp_path: Path) -> None:
    say(rendered, ("ann", heard(rendered, "demo/second/1")))
    rendered.replace("specs/demo.yaml", "Over", "Across")
    assert rendered.run("render").status == 0
    here, copied = rendered.root, tmp_path / "a copy"
    left_out = shutil.ignore_patterns(".songbatch", "selects")
    shutil.copytree(here, copied, ignore=left_out)
    named = ("--project", "a copy")
    result = rendered.run("render", *named, cwd=tmp_path)
    assert "chosen, but its audio is not here: demo/second/1 (" in result.stdout
    again = rendered.run("render", *named, cwd=tmp_path)
    assert "chosen, but its audio is not here: demo/second/1 (" in again.stdout

    for folder in re.findall(r"\.songbatch/\w+", result.stdout.partition("fix: ")[2]):
        shutil.copytree(here / folder, copied / folder, dirs_exist_ok=True)
    brought = rendered.run("render", *named, cwd=tmp_path)
    assert f"Copied 1 chosen take: {FOLDER}/\n" in brought.stdout

    dropped = rendered.run(*drop_command(result.stdout), cwd=tmp_path)
    assert "1 pick taken back, of ann. Next: songbatch render --project 'a copy'" in dropped.stdout
    assert (
        f"Removed 1 chosen take: {FOLDER}/\n" in rendered.run("render", *named, cwd=tmp_path).stdout
    )


def test_a_take_that_only_the_ledger_knows_is_saved_in_its_own_form(rendered: Project) -> None:
    chosen = heard(rendered, "demo/second/1").audio_sha256
    rendered.replace("specs/demo.yaml", "Over the hill", "Across the hill")
    rendered.replace("specs/demo.yaml", "  second: {", "  second: {audio: {format: wav}, ")
    assert rendered.run("render").status == 0
    wav = heard(rendered, "demo/second/1").audio_sha256
    rendered.replace("specs/demo.yaml", "Across the hill", "Beside the hill")
    assert rendered.run("render").status == 0
    shutil.rmtree(rendered.root / ".songbatch/earlier")
    for digest, suffix in ((chosen, "mp3"), (wav, "wav")):
        saved = rendered.run("selects", "save", digest[:12])
        name = f"take-{digest[:8]}.{suffix}"
        assert saved.stdout.startswith(f"{name}: demo/second/1, "), saved
        analysed = rendered.run("analyze", name)
        assert analysed.status == 0, analysed
