"""A run with nothing to do is told at once, and only while nothing has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.server import ContractServer
from tests.kit import Project, age

SPEC = """\
version: 1
references:
  river: {file: references/river.mp3, purpose: song}
defaults: {reference: river}
songs:
  morning: {rows: names.csv, template: hello.j2}
  evening: {lyrics: The sun goes down behind the hill}
"""
TEMPLATE = "Hello {{ name }}, good morning\n{% include 'end.j2' %}"
NOTHING = "Nothing to do: 3 up to date.\n"

PROBE = """
import sys
from pipeline.__main__ import main
try:
    main()
finally:
    print("click" in sys.modules, file=sys.stderr)
"""


@pytest.fixture
def project(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SPEC.replace("version: 1", "version: 1\nengine: music-01"))
    hosted.write("specs/names.csv", "name\nAnn\nBob\n").write("templates/hello.j2", TEMPLATE)
    hosted.write("templates/end.j2", "the day is long").reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    return hosted


def run(project: Project, *arguments: str, cwd: str = ".") -> tuple[bool, str]:
    """Run a command; return whether it was told at once, and what it printed."""
    process = subprocess.run(
        [sys.executable, "-c", PROBE, *(arguments or ("render",))],
        cwd=project.root / cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **project.environment},
        check=False,
    )
    return process.stderr.endswith("False\n"), process.stdout


def test_nothing_to_do_is_told_at_once(project: Project) -> None:
    assert run(project) == (True, NOTHING)


def test_another_command_or_place_is_decided_anew(project: Project) -> None:
    for arguments, folder in (
        (("render", "demo"), "."),
        (("render", "--frozen"), "."),
        (("render",), "specs"),
        (("--project", str(project.root), "render"), ".."),
        ((f"--project={project.root}", "render"), ".."),
    ):
        assert run(project, *arguments, cwd=folder) == (False, NOTHING)
        assert run(project, *arguments, cwd=folder) == (True, NOTHING)


def test_several_commands_are_remembered(project: Project) -> None:
    commands = (("render",), ("render", "demo"), ("render", "--select", "*morning*"))
    for command in commands:
        assert not run(project, *command)[0] or command == ("render",)
        # What was made a moment ago is believed by another command only when it is older.
        age(project.root / ".songbatch")
    for _ in range(2):
        assert [run(project, *command)[0] for command in commands] == [True, True, True]
    project.replace("specs/demo.yaml", "hill", "wall")
    assert [run(project, *command)[0] for command in commands] == [False, False, False]


def test_events_are_never_cut_short(project: Project) -> None:
    for _ in range(2):
        assert not run(project, "render", "--json")[0]


def test_warnings_are_said_again(project: Project) -> None:
    project.replace("specs/demo.yaml", "The sun", "[Verse]\\n[Verse]\\nThe sun")
    project.replace("specs/demo.yaml", "{lyrics: ", '{lyrics: "').replace(
        "specs/demo.yaml", "hill}", 'hill"}'
    )
    assert project.run("render").status == 0
    for _ in range(2):
        result = project.run("render")
        assert (result.stdout, "lyrics.section-tag" in result.stderr) == (NOTHING, True)


EDITS = (
    ("specs/demo.yaml", "hill", "wall"),
    ("specs/names.csv", "Ann", "Eve"),
    ("templates/hello.j2", "good", "fine"),
    ("templates/end.j2", "long", "warm"),
)


def test_edited_lyrics_are_seen(project: Project) -> None:
    for path, old, new in EDITS:
        before = (project.root / path).stat()
        project.replace(path, old, new)
        # Also where somebody sets the time back, as copying programs do.
        os.utime(project.root / path, ns=(before.st_atime_ns, before.st_mtime_ns))
        quick, said = run(project)
        assert (quick, "Done: " in said) == (False, True), (path, new)
        assert run(project) == (True, NOTHING)


def test_an_edit_within_a_tick_of_the_clock_is_seen(project: Project) -> None:
    # Old enough for the record to believe them, and then changed to look just as they did.
    path = project.root / "specs/demo.yaml"
    project.replace("specs/demo.yaml", "hill", "wall")
    assert project.run("render").status == 0
    written = path.read_text("utf-8")
    with path.open("r+") as file:
        file.write(written.replace("wall", "hill"))
    quick, said = run(project)
    assert (quick, "1 restored" in said) == (False, True)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = (Path.unlink, _truncate, _flip)


def test_a_damaged_output_is_restored(project: Project) -> None:
    path = project.root / "outputs/demo/music-01/evening.mp3"
    before = path.read_bytes()
    for damage in DAMAGES:
        damage(path)
        quick, said = run(project)
        assert (quick, "1 restored" in said, path.read_bytes()) == (False, True, before)
        assert run(project) == (True, NOTHING)


def test_a_spec_that_appears_while_a_run_is_ending_is_seen(
    project: Project, contract_server: ContractServer
) -> None:
    project.replace("specs/demo.yaml", "hill", "wall")
    with contract_server.holding():
        ending = project.start("render")
        contract_server.wait_for_in_flight(1)
        project.write(
            "specs/other.yaml", SPEC.replace("version: 1", "version: 1\nengine: music-01")
        )
    ending.communicate()
    assert ending.returncode == 0
    quick, said = run(project)
    assert (quick, "3 restored" in said) == (False, True), said


def test_what_appears_is_seen(project: Project) -> None:
    assert run(project)[0]
    project.write("songbatch.yaml", "version: 1\nengines: {music-01: {jobs: 2}}\n")
    assert not run(project)[0]
    assert run(project)[0]
    project.write("specs/other.yaml", SPEC.replace("behind", "below"))
    quick, said = run(project)
    assert (quick, "rendered" in said) == (False, True)
    assert run(project)[0]
    manifest = (project.root / "outputs/demo/music-01/manifest.json").read_text("utf-8")
    project.write("outputs/gone/music-01/manifest.json", manifest)
    assert not run(project)[0]


def test_touched_files_are_read_again_once(project: Project) -> None:
    for path in ("specs/demo.yaml", "outputs/demo/music-01/evening.mp3", "templates/end.j2"):
        (project.root / path).touch()
    assert run(project) == (False, NOTHING)
    assert run(project) == (True, NOTHING)


def test_what_is_lost_from_the_store_is_taken_back(project: Project) -> None:
    blobs = [p for p in (project.root / ".songbatch/store").rglob("*") if p.is_file()]
    blobs[0].unlink()
    quick, said = run(project)
    assert (quick, "1 adopted" in said) == (False, True)
    shutil.rmtree(project.root / ".songbatch/store")
    quick, said = run(project)
    assert (quick, "3 adopted" in said) == (False, True)
    assert run(project)[0]


def test_a_copied_project_is_looked_at_anew(project: Project, tmp_path: Path) -> None:
    copy = Project(tmp_path / "copy")
    copy.environment = project.environment
    shutil.copytree(project.root, copy.root)
    assert run(copy) == (False, NOTHING)
    assert run(copy) == (True, NOTHING)


def test_a_damaged_record_counts_as_missing(project: Project) -> None:
    for damage in DAMAGES:
        damage(project.root / ".songbatch/index")
        assert run(project) == (False, NOTHING)
        assert run(project) == (True, NOTHING)
