"""What pull requests and CI systems are told: annotations, Markdown, JUnit, workflow and hook.

Whatever songs and servers say stays text in all of them; parsers of each format judge that.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from support.kit import Project
from tests.cli.repository import commit, git, rendered, songs
from tests.run.specs import SONG

ROOT = Path(__file__).parents[2]
HOSTILE = "</code></details><img src=x onerror=alert(1)> @octocat #1 ``` `a` | **b** [c](http://d)"
MANIFEST = "outputs/demo/music-01/manifest.json"


__all__ = ["rendered", "songs"]


def altered(project: Project, **changes: Any) -> Project:
    """Change the first entry of the manifest."""
    manifest = project.manifest("demo")
    manifest["renders"][0] |= changes
    return project.write(MANIFEST, json.dumps(manifest))


def tokens(markdown: str) -> Iterator[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for token in parser.parse(markdown):
        yield token
        yield from token.children or ()


def assert_inert(markdown: str) -> None:
    """Nothing but our own structure, and no word of the hostile ones outside code."""
    found = list(tokens(markdown))
    kinds = {token.type for token in found}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "table_open"}, markdown
    words = "".join(token.content for token in found if token.type == "text")
    assert "octocat" not in words, words
    assert "onerror" in "".join(t.content for t in found if t.type in {"code_inline", "fence"})


def commands_in(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Read workflow commands as the runner of GitHub Actions does."""
    found = []
    for line in text.splitlines():
        if match := re.fullmatch(r"::(\w+) (.*?)::(.*)", line):
            kind, properties, message = match.groups()
            pairs = (pair.split("=", 1) for pair in properties.split(","))
            found.append((kind, {k: unescaped(v) for k, v in pairs}, unescaped(message)))
    return found


def unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_annotations_name_files_from_the_top_of_the_repository(tmp_path: Path) -> None:
    below = Project(tmp_path / "music, 100%: mine")
    below.write("specs/demo.yaml", SONG.replace("reference: river", 'reference: "::error,%0A"'))
    git(Project(tmp_path), "init", "-q")
    result = below.run("check", "--format", "github")
    assert result.status == 2
    found = [one for one in commands_in(result.stdout) if one[1]["title"] == "reference.unknown"]
    ((kind, place, message),) = found
    assert kind == "error"
    assert place["file"] == "music, 100%: mine/specs/demo.yaml"
    assert (place["line"], place["col"]) == ("7", "14")
    assert "::error,%0A" in message
    assert result.stdout.splitlines()[-1].startswith(f"{len(commands_in(result.stdout))} error")


def test_a_plan_in_markdown_is_inert(songs: Project) -> None:
    altered(songs, status="failed", error=HOSTILE)
    shutil.rmtree(songs.root / ".songbatch")
    said = songs.run("plan", "--format", "markdown").stdout
    assert said.startswith("### songbatch plan\n\n**1 to upload, 1 to render, 1 to adopt; about"), (
        said
    )
    assert "- **render** `demo/first/1`: failed last time ````(</code>" in said
    assert_inert(said)


def test_a_diff_in_markdown_is_inert(songs: Project) -> None:
    songs.replace(
        "specs/demo.yaml", "      morning is", f"      ```\n      {HOSTILE}\n      morning"
    )
    said = json.dumps(HOSTILE)
    songs.replace("specs/demo.yaml", "  second:\n", f"  second:\n    tags: {{genre: {said}}}\n")
    text = songs.run("diff", "--format", "markdown").stdout
    assert "- **changed** `demo/first/1`: lyrics changed; to render" in text, text
    assert f"  + {HOSTILE}\n" in text
    assert_inert(text)


def test_summaries_fit_a_comment(project: Project) -> None:
    many = "".join(f"  song-{n}:\n    lyrics: |\n      Song {n} is here.\n" for n in range(1500))
    head = SONG.replace("engine: music-01\n", "").partition("songs:\n")[0]
    project.write("specs/demo.yaml", f"{head}songs:\n{many}").reference(
        "specs/references/river.mp3"
    )
    text = project.run("plan", "--format", "markdown").stdout
    assert 60_000 < len(text) < 65_536
    assert "1,500 to render" in text.splitlines()[2]
    shown, more = text.count("- **render**"), int(re.findall(r"… and ([\d,]+) more", text)[0])
    assert shown + more == 1500


def test_junit_is_xml_whatever_songs_are_called(songs: Project) -> None:
    odd = "demo/]]>\x1b[2J\ufffe\u202e\"'<&/1"
    altered(songs, id=odd, output="outputs/demo/music-01/no\u200ene\uffff.mp3")
    result = songs.run("verify", "--format", "junit")
    assert result.status == 1, result
    suites = ET.fromstring(result.stdout)
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    bad, good = suites.iter("testcase")
    assert bad.get("name") == "demo/]]>\\x1b[2J\ufffd\\u202e\"'<&/1"
    failure = bad.find("failure")
    assert failure is not None
    assert failure.get("message") == "there is no such file"
    assert (good.get("name"), good.get("classname")) == ("demo/second/1", "demo.music-01")
    assert good.find("failure") is None
    assert songs.run("verify", "--engine", "sketch", "--format", "junit").status == 0


@pytest.fixture
def workflow(project: Project) -> dict[str, Any]:
    """The workflow of a project that `init --github` made, which is in the history."""
    assert project.run("init", "--github").status == 0
    git(project, "init", "-qb", "main")
    commit(project, "songs")
    path = project.root / ".github/workflows/songs.yml"
    assert path.read_text("utf-8").rstrip() in (ROOT / "docs/ci.md").read_text("utf-8")
    loaded = yaml.safe_load(path.read_bytes())
    assert isinstance(loaded, dict)
    return loaded


def test_the_steps_of_the_workflow_run(
    workflow: dict[str, Any], project: Project, tmp_path: Path
) -> None:
    spec = "specs/first-song.yaml"
    text = (project.root / spec).read_text("utf-8")
    project.write(spec, f"{text}\n  another:\n    lyrics: |\n      One more, and it is short.\n")
    commit(project, "one more")
    steps = workflow["jobs"]["songs"]["steps"]
    runs = [step["run"] for step in steps if "run" in step and "pip install" not in step["run"]]
    assert len(runs) == 4
    summary = tmp_path.with_name(f"{tmp_path.name}-summary.md")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"GITHUB_STEP_SUMMARY": str(summary), "PATH": path}
    for command in runs:
        subprocess.run(["bash", "-e", "-c", command], cwd=project.root, env=environment, check=True)
    assert "another/1`: to render" in summary.read_text("utf-8")


def test_the_hook_is_one_that_pre_commit_can_run(project: Project) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    wanted = re.compile(hook["files"])
    assert wanted.search("specs/references/river.mp3")
    assert wanted.search("songbatch.yaml")
    assert not wanted.search("outputs/demo/sketch/manifest.json")
    program, *arguments = hook["entry"].split()
    assert program == "songbatch"
    assert project.run("init", "songs").status == 0
    assert project.run(*arguments, "--project", "songs").status == 0
    project.write("songs/specs/bad.yaml", "version: 1\n")
    assert project.run(*arguments, "--project", "songs").status == 2
