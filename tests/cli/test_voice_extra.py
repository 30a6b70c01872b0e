"""A singer that needs a package: without it, with another than was published, and with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from songbatch.extras import VOICE
from support.kit import Project, Result

needs_package = pytest.mark.skipif(VOICE.folder() is None, reason=VOICE.command)
SPEC = """version: 1
references:
  mine: {file: mine.mp3, purpose: voice}
defaults: {reference: mine}
songs:
  one:
    lyrics: Nobody sings this
    options: {sketch: {singer: hibari}}
"""
PLACE = "specs/demo.yaml:8:32"


def site_without(folder: Path, package: str) -> Path:
    """Make a folder that holds the packages of this Python, but for one."""
    for entry in map(Path, filter(None, sys.path)):
        if entry.name != "site-packages":
            continue
        for item in entry.iterdir():
            is_it = item.name.partition("-")[0] in {package, package.partition("_")[0]}
            if not (is_it or (folder / item.name).exists()):
                (folder / item.name).symlink_to(item)
    return folder


def run(project: Project, site: Path, *arguments: str) -> Result:
    """Run the program by a Python that has the packages of a folder and no others."""
    pipeline = Path(__file__).parents[2] / "pipeline"
    ran = subprocess.run(
        # -S: the packages of this Python stay unknown.
        [sys.executable, "-S", "-P", "-m", "songbatch", *arguments],
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(pipeline)])},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    return Result(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture
def song(project: Project) -> Project:
    return project.reference("specs/mine.mp3").write("specs/demo.yaml", SPEC)


def test_without_its_package_nothing_is_rendered(song: Project, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    site = site_without(tmp_path / "site", "hibari_tts")
    for command in ("check", "plan", "render"):
        result = run(song, site, command)
        assert result.status == 2, result
        told = result.stdout + result.stderr
        assert f"{PLACE}: error[engine.needs]: the engine needs more" in told, result
        assert "the package hibari-tts 0.2.1 is not installed" in told
        assert "pip install 'songbatch[voice]'" in told
    assert not [path for path in song.files() if path.startswith("outputs/")]
    song.replace("specs/demo.yaml", "hibari", "formant")
    made = run(song, site, "render")
    assert made.status == 0, made
    assert notes(song) == ["sung by formants"]


@needs_package
def test_a_package_that_was_changed_is_refused(song: Project, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    site = site_without(tmp_path / "site", "hibari_tts")
    there = Path(VOICE.folder() or "")
    for name in ("hibari", "hibari_tts-0.2.1.dist-info"):
        shutil.copytree(there / name, site / name)
    assert run(song, site, "check").status == 0
    with (site / "hibari/assets/vocab.json").open("a") as file:
        file.write(" ")
    refused = run(song, site, "plan")
    assert refused.status == 2, refused
    told = refused.stdout + refused.stderr
    assert f"{PLACE}: error[engine.needs]: the engine needs more" in told
    assert "hibari/assets/vocab.json is not the one of hibari-tts 0.2.1" in told
    assert "pip install --force-reinstall --no-deps hibari-tts==0.2.1" in told


@needs_package
def test_a_command_with_nothing_to_do_sees_that_the_package_went(
    song: Project, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    site = site_without(tmp_path / "site", "hibari_tts")
    there = Path(VOICE.folder() or "")
    for name in ("hibari", "hibari_tts-0.2.1.dist-info"):
        (site / name).symlink_to(there / name)
    assert run(song, site, "render").status == 0
    assert notes(song) == ["sung by the network of hibari-tts"]
    assert "nothing to do" in run(song, site, "render").stdout.lower()
    (site / "hibari_tts-0.2.1.dist-info").unlink()
    assert run(song, site, "render").status == 2


@needs_package
def test_words_of_other_languages_are_sung_by_formants(song: Project) -> None:
    song.replace("specs/demo.yaml", "sings this", "sings this, la la\n    takes: 2\n    lang: de")
    checked = song.run("check")
    assert checked.status == 0, checked
    assert checked.stdout.count("warning") == 1 + checked.stdout.count("1 warning")
    assert 'it is for en, and this is "de" (2 renders)' in checked.stdout
    assert song.run("render").status == 0
    assert notes(song) == ["sung by formants: the network of hibari-tts sings English alone"]


def notes(project: Project) -> list[str]:
    """Return what the manifest notes of the first song."""
    [path] = project.root.glob("outputs/*/*/manifest.json")
    first, *_ = json.loads(path.read_text("utf-8"))["renders"]
    return list(first["notes"])
