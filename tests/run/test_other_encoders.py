"""Colleagues whose encoders write other bytes of equal samples, as on another processor."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from songbatch.audio.tags import untagged
from songbatch.digest import sha256
from songbatch.selects import Heard, Opinion, Selects
from support.encoders import other_lame
from support.kit import COMMAND, Project
from tests.cli.repository import commit, git

SPEC = """\
version: 1
references:
  river: {file: references/river.mp3, purpose: voice}
defaults:
  audio: {sample_rate: 16000, bitrate: 64000}
songs:
  first: {lyrics: "Down by", reference: river, takes: 2}
"""
MANIFEST = "outputs/demo/sketch/manifest.json"
SELECTS = "specs/selects.yaml"
ATTRIBUTES = f"outputs/*/*/manifest.json merge=songbatch\n{SELECTS} merge=songbatch\n"
IGNORED = ".songbatch/\noutputs/**/*.mp3\n*.m3u8\n"
UP_TO_DATE = "Nothing to do: 2 up to date.\n"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a song that one of the two has rendered and picked a take of."""
    author = Project(tmp_path_factory.mktemp("author"))
    author.write("specs/demo.yaml", SPEC).reference("specs/references/river.mp3")
    author.write(".gitattributes", ATTRIBUTES).write(
        ".gitignore", ".songbatch/\noutputs/**/*.mp3\n*.m3u8\n"
    )
    git(author, "init", "-qb", "main")
    assert author.run("render").status == 0
    pick(author, "ann", 2)
    assert author.run("render").status == 0
    commit(author, "a song")
    return author.root


@pytest.fixture
def here(origin: Path, tmp_path: Path) -> Project:
    """The author's folder, with audio and all."""
    shutil.copytree(origin, tmp_path / "here")
    return with_driver(Project(tmp_path / "here"))


@pytest.fixture
def there(here: Project, tmp_path: Path) -> Project:
    """A colleague's clone, on another machine."""
    subprocess.run(["git", "clone", "-q", here.root, tmp_path / "there"], check=True)
    colleague = with_driver(Project(tmp_path / "there"))
    colleague.environment = other_lame(tmp_path / "lame")
    return colleague


def with_driver(project: Project) -> Project:
    driver = f"{COMMAND[0]} merge-driver %O %A %B %P"
    git(project, "config", "merge.songbatch.driver", driver)
    git(project, "config", "user.name", "Test")
    git(project, "config", "user.email", "test@example.org")
    return project


def songs(project: Project) -> dict[str, dict[str, object]]:
    return project.entries("demo", "sketch")


def pick(project: Project, who: str, take: int) -> None:
    """Pick a take as the page does: by its audio, and by its samples."""
    entry = songs(project)[f"demo/first/{take}"]
    heard = Heard(f"demo/first/{take}", "sketch", str(entry["audio_sha256"]))
    opinion = Opinion(who, heard, pick=True, song_sha256=str(entry["song_sha256"]))
    project.write(f"specs/{who}.yaml", Selects((opinion,)).dump())
    files = [path for path in (SELECTS, f"specs/{who}.yaml") if (project.root / path).exists()]
    assert project.run("selects", "merge", *files, "-o", SELECTS).status == 0
    (project.root / f"specs/{who}.yaml").unlink()


def rendered(project: Project) -> str:
    result = project.run("render")
    assert result.status == 0, result
    return result.stdout


def is_whole(project: Project) -> None:
    """Nothing is left to do, nothing is wrong, and git sees no change."""
    assert rendered(project) == UP_TO_DATE
    verified = project.run("verify")
    assert verified.status == 0, verified
    assert verified.stdout.startswith("2 outputs checked: all as recorded")
    assert git(project, "status", "--porcelain") == ""


def copies(project: Project) -> list[str]:
    return sorted(path.name for path in (project.root / "outputs/demo/selects").glob("*.mp3"))


def output(project: Project, take: int) -> Path:
    return project.root / str(songs(project)[f"demo/first/{take}"]["output"])


def audio_of(project: Project, take: int) -> str:
    return sha256(untagged(output(project, take).read_bytes()))


def test_a_colleague_renders_and_nothing_changes(here: Project, there: Project) -> None:
    assert "2 rendered" in rendered(there)
    assert audio_of(there, 1) != audio_of(here, 1)  # or there is nothing to see here
    is_whole(there)
    assert "; 2 in the bytes of this machine.\n" in there.run("verify").stdout
    diff = json.loads(there.run("diff", "--json").stdout)
    assert (diff["comparisons"][0]["differences"], diff["chosen"]) == ([], [])
    # Picks stand, of the file that is here.
    assert copies(there) == ["first-2.mp3"]
    files = there.files("outputs")
    assert files["outputs/demo/selects/first-2.mp3"] == files["outputs/demo/sketch/first-2.mp3"]
    assert there.run("selects", "list").stdout.startswith("No earlier takes")
    assert there.run("report").status == 0
    (page,) = (there.root / "outputs").glob("*.html")
    assert "its audio is not here" not in page.read_text("utf-8")
    page.unlink()
    assert there.run("gc").status == 0
    # What the store has to give it gives, under whatever name.
    shutil.rmtree(there.root / "outputs/demo/selects")
    output(there, 1).unlink()
    assert "1 restored" in rendered(there)
    assert there.files("outputs") == files
    is_whole(there)
    shutil.rmtree(there.root / ".songbatch/store")
    rendered(there)
    assert rendered(there) == UP_TO_DATE
    shutil.rmtree(there.root / ".songbatch")
    assert there.run("plan").stdout != UP_TO_DATE
    rendered(there)
    is_whole(there)


def test_what_is_damaged_or_exchanged_is_found(there: Project) -> None:
    rendered(there)
    first, second = (output(there, take) for take in (1, 2))
    whole = first.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for other in (bytes(flipped), second.read_bytes()):
        first.write_bytes(other)
        found = there.run("verify")
        assert found.status == 1, found
        assert "first.mp3: it is not the file that was written" in found.stdout
        assert "1 restored" in rendered(there)
        assert first.read_bytes() == whole
    is_whole(there)


def test_edits_go_from_one_to_the_other(here: Project, there: Project) -> None:
    rendered(there)
    there.replace("specs/demo.yaml", "defaults:\n", 'defaults:\n  tags: {artist: "Both"}\n')
    assert "2 restored" in rendered(there)
    commit(there, "tags")
    is_whole(there)
    git(here, "pull", "-q", str(there.root), "main")
    assert "2 restored" in rendered(here)
    is_whole(here)
    # Other words are another song, for both.
    here.replace("specs/demo.yaml", "Down by", "Up by")
    assert "2 rendered" in rendered(here)
    commit(here, "words")
    git(there, "pull", "-q", str(here.root), "main")
    assert "2 rendered" in rendered(there)
    assert git(there, "status", "--porcelain") == ""
    assert "first-2.mp3" in copies(there)  # what was chosen before is kept
    assert len(there.run("selects", "list").stdout.splitlines()) >= 2


def test_both_render_the_same_and_push(here: Project, there: Project) -> None:
    rendered(there)
    for project, who, take in ((here, "ann", 1), (there, "ben", 2)):
        project.replace("specs/demo.yaml", "Down by", "Up by")
        assert "2 rendered" in rendered(project)
        pick(project, who, take)
        rendered(project)
        commit(project, who)
    git(there, "pull", "-q", "--no-rebase", "--no-edit", str(here.root), "main")
    git(here, "pull", "-q", str(there.root), "main")
    assert len(json.loads((there.root / MANIFEST).read_text("utf-8"))["renders"]) == 2
    for project in (here, there):
        assert "lost" not in rendered(project)
        is_whole(project)
        assert {"first.mp3", "first-2.mp3"} <= set(copies(project))
    assert songs(here) == songs(there)
