"""What listeners chose: copied beside the outputs, kept in step with the picks and the audio."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from songbatch.audio.tags import untagged
from songbatch.digest import sha256
from songbatch.selects import Decide, Heard, Opinion, Selects
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

FOLDER = "outputs/demo/selects"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Two songs of two takes each, rendered by a server that goes on: no two answers are equal."""
    project = Project(tmp_path_factory.mktemp("takes"))
    project.write("specs/demo.yaml", SONG.replace("defaults:", "defaults:\n  takes: 2"))
    project.reference("specs/references/river.mp3")
    with ContractServer() as server:
        project.environment = server.environment
        assert project.run("render").status == 0
        yield project


@pytest.fixture
def rendered(project: Project, finished: Project) -> Project:
    """A copy of that project."""
    shutil.copytree(finished.root, project.root, dirs_exist_ok=True)
    project.environment = finished.environment
    return project


def heard(project: Project, render: str, engine: str = "music-01") -> Heard:
    return Heard(render, engine, project.entries("demo", engine)[render]["audio_sha256"])


def pick(project: Project, *takes: Heard, listener: str = "ann") -> None:
    opinions = tuple(Opinion(listener, take, pick=True) for take in takes)
    project.write("specs/selects.yaml", Selects(opinions).dump())


def copies(project: Project) -> list[str]:
    return sorted(path.name for path in (project.root / FOLDER).glob("*"))


def test_chosen_takes_are_copied_with_a_playlist_in_the_order_of_the_spec(
    rendered: Project,
) -> None:
    pick(rendered, heard(rendered, "demo/second/1"), heard(rendered, "demo/first/2"))
    result = rendered.run("render")
    assert result.status == 0, result
    assert f"Copied 2 chosen takes: {FOLDER}/\n" in result.stdout
    assert copies(rendered) == ["demo.m3u8", "first-2.mp3", "second.mp3"]
    files = rendered.files("outputs")
    assert files[f"{FOLDER}/first-2.mp3"] == files["outputs/demo/music-01/first-2.mp3"]
    lines = (rendered.root / FOLDER / "demo.m3u8").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["first-2.mp3", "second.mp3"]
    again = rendered.run("render")
    assert again.stdout == "Nothing to do: 4 up to date.\n"
    assert rendered.files("outputs") == files


def test_a_pick_taken_back_takes_the_copy_away(rendered: Project) -> None:
    first, second = heard(rendered, "demo/first/1"), heard(rendered, "demo/second/2")
    pick(rendered, first, second)
    assert rendered.run("render").status == 0
    pick(rendered, second)
    assert f"Removed 1 chosen take: {FOLDER}/" in rendered.run("render").stdout
    assert copies(rendered) == ["demo.m3u8", "second-2.mp3"]
    (rendered.root / "specs/selects.yaml").unlink()
    assert rendered.run("render").status == 0
    assert not (rendered.root / FOLDER).exists()


def test_what_is_not_our_copy_is_never_removed(rendered: Project) -> None:
    pick(rendered, heard(rendered, "demo/first/1"))
    assert rendered.run("render").status == 0
    rendered.write(f"{FOLDER}/mastered.mp3", b"mine").write(f"{FOLDER}/first.mp3", b"edited")
    (rendered.root / "specs/selects.yaml").unlink()
    assert rendered.run("render").status == 0
    assert copies(rendered) == ["first.mp3", "mastered.mp3"]


def test_a_missing_copy_is_made_again(rendered: Project) -> None:
    pick(rendered, heard(rendered, "demo/first/1"))
    assert rendered.run("render").status == 0
    (rendered.root / FOLDER / "first.mp3").unlink()
    assert "Copied 1 chosen take" in rendered.run("render").stdout


def test_a_pick_follows_a_renamed_song_and_a_new_tag(rendered: Project) -> None:
    pick(rendered, heard(rendered, "demo/first/1"))
    rendered.replace("specs/demo.yaml", "  first:", "  opening:")
    rendered.replace("specs/demo.yaml", "defaults:", "defaults:\n  tags: {artist: A}")
    assert rendered.run("render", "--frozen").status == 0
    assert copies(rendered) == ["demo.m3u8", "opening.mp3"]
    files = rendered.files("outputs/demo")
    assert files[f"{FOLDER}/opening.mp3"] == files["outputs/demo/music-01/opening.mp3"]


KEPT = "Kept what was chosen of demo/first/1, which has other audio now: "


@pytest.mark.parametrize("was_copied", [True, False])
def test_a_run_that_makes_another_draft_keeps_what_was_chosen(
    rendered: Project, was_copied: bool
) -> None:
    chosen_take = heard(rendered, "demo/first/1")
    pick(rendered, chosen_take)
    chosen = rendered.files("outputs/demo/music-01")["outputs/demo/music-01/first.mp3"]
    if was_copied:
        assert rendered.run("render").status == 0
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    result = rendered.run("render")
    assert result.status == 0, result
    assert f"{KEPT}{FOLDER}/first.mp3\n" in result.stdout
    drop = f"songbatch selects drop {chosen_take.audio_sha256[:12]}\n"
    assert f"or drop the choice: {drop}" in result.stdout
    assert "Removed" not in result.stdout
    files = rendered.files(FOLDER)
    assert files[f"{FOLDER}/first.mp3"] == chosen
    again = rendered.run("render")
    assert again.stdout == "Nothing to do: 4 up to date.\n"
    assert rendered.files(FOLDER) == files


def test_choosing_other_audio_of_the_song_takes_the_place_of_what_was_kept(
    rendered: Project,
) -> None:
    before = heard(rendered, "demo/first/1")
    pick(rendered, before)
    assert rendered.run("render").status == 0
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    pick(rendered, before, heard(rendered, "demo/first/2"))
    result = rendered.run("render")
    assert f"Copied 1 chosen take: {FOLDER}/\n" in result.stdout
    assert copies(rendered) == ["demo.m3u8", "first-2.mp3"]
    assert rendered.run("render").stdout == "Nothing to do: 4 up to date.\n"


def test_a_partial_run_takes_no_other_choice_of_the_song_away(rendered: Project) -> None:
    pick(rendered, heard(rendered, "demo/first/1"), heard(rendered, "demo/first/2"))
    assert rendered.run("render").status == 0
    files = rendered.files(FOLDER)
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render", "--select", "first/1").status == 0
    now = rendered.files(FOLDER)
    for name in ("first.mp3", "first-2.mp3"):
        assert now[f"{FOLDER}/{name}"] == files[f"{FOLDER}/{name}"]


def test_the_copy_of_an_earlier_take_is_made_again_from_the_store(rendered: Project) -> None:
    pick(rendered, heard(rendered, "demo/first/1"))
    assert rendered.run("render").status == 0
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    files = rendered.files(FOLDER)
    (rendered.root / FOLDER / "first.mp3").unlink()
    assert "Copied 1 chosen take" in rendered.run("render").stdout
    assert rendered.files(FOLDER) == files


VERSIONED = ("specs", "outputs")


def commit(project: Project, to: Path) -> Path:
    """Keep a copy of what is under version control."""
    for name in VERSIONED:
        shutil.copytree(project.root / name, to / name)
    return to


def checkout(project: Project, commit: Path) -> None:
    """Let specs and outputs be as they were, behind the program's back."""
    for name in VERSIONED:
        shutil.rmtree(project.root / name)
        shutil.copytree(commit / name, project.root / name)


def test_a_choice_that_only_the_ledger_knows_is_copied_bare(
    rendered: Project, tmp_path: Path
) -> None:
    main = commit(rendered, tmp_path / "main")
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    chosen = heard(rendered, "demo/first/1")
    checkout(rendered, main)
    shutil.rmtree(rendered.root / ".songbatch/earlier")
    pick(rendered, chosen)
    result = rendered.run("render")
    assert "not here" not in result.stdout, result
    assert copies(rendered) == ["demo.m3u8", "first-1.mp3"]
    assert sha256((rendered.root / FOLDER / "first-1.mp3").read_bytes()) == chosen.audio_sha256
    assert rendered.run("render").stdout == "Nothing to do: 4 up to date.\n"


@pytest.mark.parametrize("is_of_earlier_version", [False, True])
def test_a_choice_of_another_branch_is_copied_from_the_store(
    rendered: Project, tmp_path: Path, is_of_earlier_version: bool
) -> None:
    if is_of_earlier_version:
        shutil.rmtree(rendered.root / ".songbatch/earlier")
    main = commit(rendered, tmp_path / "main")
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    pick(rendered, heard(rendered, "demo/first/1"), heard(rendered, "demo/second/2"))
    assert rendered.run("render").status == 0
    branch = commit(rendered, tmp_path / "branch")
    checkout(rendered, main)
    assert rendered.run("render").stdout == "Nothing to do: 4 up to date.\n"
    shutil.copy(branch / "specs/selects.yaml", rendered.root / "specs")
    result = rendered.run("render")
    assert result.status == 0, result
    assert "not here" not in result.stdout
    assert copies(rendered) == ["demo.m3u8", "first.mp3", "second-2.mp3"]
    for name in ("first.mp3", "second-2.mp3"):
        copy, was = rendered.root / FOLDER / name, branch / FOLDER / name
        assert copy.read_bytes() == was.read_bytes()


def test_takes_of_many_branches_are_told_with_their_files(
    rendered: Project, tmp_path: Path
) -> None:
    main = commit(rendered, tmp_path / "main")
    for words in ("Up by", "Out by", "In by"):
        rendered.replace("specs/demo.yaml", "Down by", words)
        assert rendered.run("render").status == 0
        checkout(rendered, main)
    lines = rendered.run("selects", "list", "demo/first/1").stdout.splitlines()
    takes = [line for line in lines if " demo/first/1 on music-01 " in line]
    assert len(takes) == 3, lines
    for line in takes:
        assert rendered.run("selects", "save", line.split()[0]).status == 0
    saved = [path.name for path in rendered.root.glob("*") if path.is_file()]
    assert sum(name.endswith(".mp3") for name in saved) == 3, saved


def test_an_earlier_choice_goes_with_its_renamed_song_and_its_renamed_spec(
    rendered: Project,
) -> None:
    chosen = heard(rendered, "demo/first/1")
    pick(rendered, chosen)
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    rendered.replace("specs/demo.yaml", "  first:", "  opening:")
    assert rendered.run("render", "--frozen").status == 0
    (rendered.root / "specs/demo.yaml").rename(rendered.root / "specs/album.yaml")
    assert rendered.run("render", "--frozen").status == 0
    copy = (rendered.root / "outputs/album/selects/first.mp3").read_bytes()
    assert sha256(untagged(copy)) == chosen.audio_sha256
    assert not (rendered.root / "outputs/demo").exists()


def test_gc_keeps_what_was_chosen(rendered: Project) -> None:
    chosen = heard(rendered, "demo/first/1")
    pick(rendered, chosen)
    before = rendered.entries("demo")
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    digest, other = chosen.audio_sha256, before["demo/first/2"]["audio_sha256"]
    dropped = rendered.run("gc", "--earlier", "--yes").stdout
    assert other[:16] in dropped
    assert digest[:16] not in dropped


def test_takes_of_two_engines_keep_apart(rendered: Project) -> None:
    assert rendered.run("render", "--engine", "sketch").status == 0
    pick(
        rendered,
        heard(rendered, "demo/first/1"),
        heard(rendered, "demo/first/1", "sketch"),
    )
    assert rendered.run("render").status == 0
    assert copies(rendered) == ["demo.m3u8", "first-music-01.mp3", "first-sketch.mp3"]


def test_events_tell_of_copies(rendered: Project) -> None:
    gone = Heard("demo/first/2", "music-01", "0" * 64)
    pick(rendered, heard(rendered, "demo/first/1"), gone)
    finished = rendered.run("render", "--json").events[-1]
    assert finished["chosen"] == {
        "copied": [f"{FOLDER}/first.mp3"],
        "removed": [],
        "lacking": [{"render": gone.render, "engine": gone.engine, "audio_sha256": "0" * 64}],
        "kept": [],
    }


def test_a_choice_whose_audio_is_nowhere_is_told_with_its_fix_on_a_line_of_its_own(
    rendered: Project,
) -> None:
    gone = Heard("demo/first/2", "music-01", "0" * 64)
    pick(rendered, gone)
    lines = rendered.run("render").stdout.splitlines()
    name = f"{gone.render} ({'0' * 12})"
    at = lines.index(f"chosen, but its audio is not here: {name} on {gone.engine}")
    assert lines[at + 1].endswith(f"drop the choice: songbatch selects drop {'0' * 12}")


def test_another_listeners_choice_does_not_hide_one_whose_audio_is_nowhere(
    rendered: Project,
) -> None:
    here, gone = heard(rendered, "demo/first/1"), Heard("demo/first/1", "music-01", "0" * 64)
    told = f"chosen, but its audio is not here: demo/first/1 ({'0' * 12}) on music-01"
    picks = [Opinion("ben", here, pick=True), Opinion("ann", gone, pick=True)]
    for opinions, is_told in ((picks, True), ([*picks, Opinion("ann", here, pick=True)], False)):
        rendered.write("specs/selects.yaml", Selects(tuple(opinions)).dump())
        assert (told in rendered.run("render").stdout) is is_told
        assert copies(rendered) == ["demo.m3u8", "first.mp3"]


def test_a_changed_file_of_selects_is_seen_at_once(rendered: Project) -> None:
    assert rendered.run("render").stdout == "Nothing to do: 4 up to date.\n"
    pick(rendered, heard(rendered, "demo/first/1"))
    assert "Copied 1 chosen take" in rendered.run("render").stdout


def test_mistakes_are_told_with_place_and_fix_before_anything_is_sent(rendered: Project) -> None:
    take = heard(rendered, "demo/first/1")
    text = Selects((Opinion("ann", take, rating=4),)).dump().decode()
    rendered.write("specs/selects.yaml", text.replace("rating: 4", "rating: 6"))
    result = rendered.run("check")
    assert result.status == 2
    assert result.stdout.startswith(
        "specs/selects.yaml:7:15: error[schema.range]: out of range: `rating` is 6\n"
    ), result
    assert "  fix: write a number from 1 to 5\n" in result.stdout
    assert rendered.run("render").status == 2


def test_the_file_is_no_spec(rendered: Project) -> None:
    pick(rendered, heard(rendered, "demo/first/1"))
    assert rendered.run("check").stdout == "1 spec, 4 renders: 0 errors, 0 warnings\n"
    assert "there is no spec 'selects'" in rendered.run("plan", "selects").stderr


def test_decide_says_whose_picks_count(rendered: Project) -> None:
    both, anns = heard(rendered, "demo/first/1"), heard(rendered, "demo/first/2")
    opinions = (
        Opinion("ann", both, pick=True),
        Opinion("ann", anns, pick=True),
        Opinion("ben", both, pick=True),
    )
    rendered.write("specs/selects.yaml", Selects(opinions, Decide.MAJORITY).dump())
    assert rendered.run("render").status == 0
    assert copies(rendered) == ["demo.m3u8", "first.mp3"]


def test_earlier_takes_are_listed_saved_and_no_longer_chosen(rendered: Project) -> None:
    chosen = heard(rendered, "demo/first/1")
    pick(rendered, chosen)
    assert "No earlier takes" in rendered.run("selects", "list").stdout
    original = rendered.files("outputs")["outputs/demo/music-01/first.mp3"]
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    listed = rendered.run("selects", "list", "first/1").stdout
    assert f"{chosen.audio_sha256[:12]}  demo/first/1 on music-01  0:0" in listed
    assert listed.splitlines()[0].endswith("  picked by ann")
    assert "first/2" not in listed
    saved = rendered.run("selects", "save", chosen.audio_sha256[:12], "-o", "was.mp3")
    assert saved.status == 0, saved
    assert rendered.files()["was.mp3"] == original
    assert rendered.run("selects", "save", "0123456789ab").status == 2
    pick(rendered, chosen, heard(rendered, "demo/second/1"))
    dropped = rendered.run("selects", "drop", "demo/first/1", "demo/second/1")
    assert "demo/second/1: nothing is picked that it had before\n" in dropped.stdout
    assert "1 pick taken back, of ann. Next: songbatch render\n" in dropped.stdout
    assert "Removed 1 chosen take" in rendered.run("render").stdout
    assert copies(rendered) == ["demo.m3u8", "second.mp3"]


def test_names_that_mean_no_earlier_take_are_told(rendered: Project) -> None:
    chosen = heard(rendered, "demo/first/1")
    pick(rendered, chosen)
    rendered.replace("specs/demo.yaml", "Down by", "Up by")
    assert rendered.run("render").status == 0
    before = (rendered.root / "specs/selects.yaml").read_bytes()
    one = rendered.run("selects", "list", "second")
    others = "No earlier takes of second; songbatch selects list shows all "
    assert (one.status, one.stdout.startswith(others)) == (0, True), one
    none = rendered.run("selects", "list", "first/1", "secnod")
    assert (none.status, none.stdout) == (2, ""), none
    assert none.stderr.startswith("error: 'secnod' is no song that has audio here, or had any\n")
    assert '  fix: did you mean "second' in none.stderr
    digest = chosen.audio_sha256
    for name, reason, fix in (
        (digest[:8], f"{digest[:8]!r} is too short: 12 digits name a take", digest[:12]),
        ("Demo/first/1", "there is no render 'Demo/first/1', and no audio", "demo/first/1"),
        ("demo/first/9", "there is no render 'demo/first/9', and no audio", "demo/first/"),
    ):
        for names in ((name,), ("demo/first/1", name)):
            refused = rendered.run("selects", "drop", *names)
            assert (refused.status, refused.stdout) == (2, ""), refused
            assert refused.stderr.startswith(f"error: {reason}"), refused
            assert f'  fix: did you mean "{fix}' in refused.stderr, refused
    unknown = rendered.run("selects", "drop", "0123456789ab")
    assert (unknown.status, "  fix: songbatch selects list" in unknown.stderr) == (2, True)
    nobody = rendered.run("selects", "drop", "demo/first/1", "--listener", "zoe")
    assert nobody.stderr.endswith("  fix: name ann, or omit --listener: all of them count\n"), (
        nobody
    )
    assert (rendered.root / "specs/selects.yaml").read_bytes() == before
    assert rendered.run("selects", "drop", digest[:12].upper()).status == 0
