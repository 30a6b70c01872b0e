"""References that did not change are not read again; others are, whatever they look like."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.contract.audio import tone
from support.kit import Project, age
from tests.run.specs import SONG

RIVER = "specs/references/river.mp3"
TOLD_OPENED = """
import sys
from songbatch.__main__ import main
opened = []
sys.addaudithook(lambda event, about: opened.append(str(about[0])) if event == "open" else None)
try:
    main()
finally:
    print(any(path.endswith("river.mp3") for path in opened), file=sys.stderr)
"""


@pytest.fixture
def rendered(hosted: Project) -> Project:
    """A project that was rendered long before its files were looked at last."""
    hosted.write("specs/demo.yaml", SONG).reference(RIVER)
    assert hosted.run("render").status == 0
    age(hosted.root / ".songbatch")
    return hosted


def reads_it(project: Project, *arguments: str) -> bool:
    process = subprocess.run(
        [sys.executable, "-c", TOLD_OPENED, *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        env={**os.environ, **project.environment},
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stderr.endswith("True\n")


def test_a_reference_is_read_once(rendered: Project) -> None:
    for arguments in (("check",), ("plan",), ("render", "--json")):
        assert not reads_it(rendered, *arguments), arguments
        # What a command remembers is not clearly older than what it has just looked at.
        age(rendered.root / ".songbatch")
    age(rendered.root / ".songbatch")
    rendered.replace("specs/demo.yaml", "bring", "sing")
    assert not reads_it(rendered, "render")


@pytest.mark.parametrize("name", [".songbatch/probes", ".songbatch/index"])
def test_what_is_kept_only_saves_time(rendered: Project, name: str) -> None:
    whole = (rendered.root / name).read_bytes()
    for damaged in (b"", whole[:-9], b"[]", whole.replace(b"mp3", b"ogg"), None):
        if damaged is None:
            (rendered.root / name).unlink()
        else:
            rendered.write(name, damaged)
        result = rendered.run("plan", "--detailed-exitcode")
        assert result.status == 0, result


def test_a_changed_reference_is_noticed(rendered: Project) -> None:
    before = (rendered.root / RIVER).stat()
    rendered.reference(RIVER, hz=330.0)
    os.utime(rendered.root / RIVER, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "river" in rendered.run("plan", "--detailed-exitcode").stdout
    rendered.write(RIVER, tone("mp3", 5.0, 330.0))
    result = rendered.run("check")
    assert (result.status, "reference.too-short" in result.stdout) == (2, True), result


def test_a_link_out_of_the_project_is_refused(rendered: Project) -> None:
    outside = Path(f"{rendered.root}-outside.mp3")
    (rendered.root / RIVER).rename(outside)
    (rendered.root / RIVER).symlink_to(outside)
    result = rendered.run("check")
    assert (result.status, "leads out of the project" in result.stdout) == (2, True), result


def test_a_download_is_known_only_while_it_is_there_and_whole(rendered: Project) -> None:
    digest = rendered.manifest("demo")["references"]["river"]["sha256"]
    url = f'{{url: "https://example.invalid/river.mp3", sha256: "{digest}", purpose: song}}'
    rendered.replace("specs/demo.yaml", "{file: references/river.mp3, purpose: song}", url)
    blob = f".songbatch/store/{digest[:2]}/{digest}"
    rendered.write(blob, (rendered.root / RIVER).read_bytes())
    assert rendered.run("plan", "--detailed-exitcode").status == 0
    rendered.environment["AIMLAPI_KEY"] = "another-account"
    rendered.replace("specs/demo.yaml", "bring", "sing")
    assert "fetch" not in rendered.run("plan").stdout
    rendered.write(blob, b"cut")
    result = rendered.run("plan")
    assert (result.status, "is damaged" in result.stderr) == (2, True), result
    (rendered.root / blob).unlink()
    assert "fetch" in rendered.run("plan").stdout


def test_a_pin_is_held_against_what_is_known(rendered: Project) -> None:
    pinned = f'purpose: song, sha256: "{"0" * 64}"}}'
    rendered.replace("specs/demo.yaml", "purpose: song}", pinned)
    result = rendered.run("check")
    assert (result.status, "reference.digest" in result.stdout) == (2, True), result
