"""`--profile` and `--takes`: what lies over all songs, and what of earlier runs stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.kit import Project

SPEC = """\
version: 1
engine: sketch
defaults:
  audio: {format: mp3, sample_rate: 16000, bitrate: 64000}
songs:
  hill:
    takes: 3
    lyrics: Up on the hill there is light, and a path that goes down to the sea.
    options: {sketch: {band: play}}
"""
SETTINGS = """\
version: 1
profiles:
  draft: {engine: sketch, takes: 1}
  final: {engine: music-01, takes: 4, audio: {format: wav}}
"""


@pytest.fixture
def demo(project: Project) -> Project:
    project.write("songbatch.yaml", SETTINGS)
    project.write("specs/demo.yaml", SPEC.replace("defaults:", "defaults:\n  reference: river"))
    project.replace(
        "specs/demo.yaml", "songs:", "references: {river: {file: r.mp3, purpose: song}}\nsongs:"
    )
    return project.reference("specs/r.mp3")


def outputs(project: Project) -> list[str]:
    return sorted(
        p.name for p in project.root.glob("outputs/demo/*/*.*") if p.suffix in {".mp3", ".wav"}
    )


def renders(project: Project, *options: str) -> list[dict[str, object]]:
    plan = json.loads(project.run("plan", "--json", *options).stdout)
    return [one | {"engine": e["engine"]["name"]} for e in plan["engines"] for one in e["renders"]]


def test_a_profile_wins_over_songs_and_the_command_line_over_it(demo: Project) -> None:
    draft = renders(demo, "--profile", "draft")
    assert [(one["id"], one["engine"]) for one in draft] == [("demo/hill/1", "sketch")]
    final = renders(demo, "--profile", "final")
    assert {one["engine"] for one in final} == {"music-01"}
    assert [str(one["output"]).rpartition("/")[2] for one in final] == [
        "hill.wav", "hill-2.wav", "hill-3.wav", "hill-4.wav",
    ]  # fmt: skip
    mixed = renders(demo, "--profile", "final", "--engine", "sketch", "--takes", "2")
    assert [(one["id"], one["engine"]) for one in mixed] == [
        ("demo/hill/1", "sketch"), ("demo/hill/2", "sketch"),
    ]  # fmt: skip
    named = demo.run("plan", env={"SONGBATCH_PLAN_PROFILE": "draft"})
    assert "1 to render" in named.stdout, named


def test_a_profile_wins_over_the_matrix(demo: Project) -> None:
    demo.replace("specs/demo.yaml", "    takes: 3", "    matrix: {engine: [sketch, acestep]}")
    found = renders(demo, "--profile", "draft")
    assert [(one["id"], one["engine"]) for one in found] == [
        ("demo/hill/sketch/1", "sketch"), ("demo/hill/acestep/1", "sketch"),
    ]  # fmt: skip


def test_what_a_spec_says_wins_key_by_key(demo: Project) -> None:
    demo.replace(
        "specs/demo.yaml",
        "songs:",
        "profiles:\n  final: {takes: 2, audio: {sample_rate: 44100}}\nsongs:",
    )
    found = renders(demo, "--profile", "final")
    assert [one["engine"] for one in found] == ["music-01"] * 2
    shown = demo.run("plan", "--profile", "final", "--explain", "hill/1").stdout
    assert "audio: format wav, sample_rate 44100, bitrate 64000" in shown


def test_a_draft_takes_nothing_away_and_a_plain_run_hides_its_takes(demo: Project) -> None:
    assert demo.run("render").status == 0
    assert outputs(demo) == ["hill-2.mp3", "hill-3.mp3", "hill.mp3"]
    entries = demo.entries("demo", "sketch")
    assert demo.run("render", "--profile", "draft").stdout == "Nothing to do: 1 up to date.\n"
    demo.replace("specs/demo.yaml", "Up on", "High on")
    assert "1 rendered" in demo.run("render", "--profile", "draft").stdout
    assert outputs(demo) == ["hill-2.mp3", "hill-3.mp3", "hill.mp3"]
    after = demo.entries("demo", "sketch")
    assert after.keys() == entries.keys()
    assert after["demo/hill/3"] == entries["demo/hill/3"]
    assert (
        demo.run("verify", "--profile", "draft").stdout == "3 outputs checked: all as recorded.\n"
    )
    demo.replace("specs/demo.yaml", "High on", "Up on")
    assert "1 restored" in demo.run("render", "--takes", "4", "--select", "hill/1").stdout
    demo.replace("specs/demo.yaml", "    takes: 3\n", "")
    assert "2 removed, 1 up to date" in demo.run("render").stdout
    again = demo.run("render", "--takes", "3").stdout
    assert "2 restored, 1 up to date" in again
    assert demo.run("render", "--takes", "3").stdout == "Nothing to do: 3 up to date.\n"


def test_the_fast_path_and_the_compiled_spec_notice_the_profile(demo: Project) -> None:
    for _ in range(2):
        assert "1 to render" in demo.run("plan", "--profile", "draft").stdout
        assert "3 to render" in demo.run("plan").stdout
    demo.write("songbatch.yaml", SETTINGS.replace("takes: 1", "takes: 2"))
    assert "2 to render" in demo.run("plan", "--profile", "draft").stdout


def test_a_profile_that_nobody_has(demo: Project) -> None:
    result = demo.run("check", "--profile", "darft")
    assert result.status == 2
    assert "'--profile': there is no profile 'darft'; did you mean \"draft\"?" in result.stderr
    demo.write("specs/other.yaml", (demo.root / "specs/demo.yaml").read_text("utf-8"))
    demo.replace("specs/other.yaml", "songs:", "profiles: {radio: {takes: 2}}\nsongs:")
    result = demo.run("render", "--profile", "radio")
    assert result.status == 2
    # Whoever asks for a cheap draft must not get the other spec at its full price.
    assert "specs/demo.yaml: error[profile.unknown]" in result.stderr
    assert demo.run("check", "other", "--profile", "radio").status == 0
    demo.write("songbatch.yaml", "version: 1\n")
    result = demo.run("plan", "demo", "--profile", "draft")
    assert "write it below `profiles:` in songbatch.yaml: draft: {engine: sketch" in result.stderr


def test_profiles_are_judged_also_where_none_is_asked_for(demo: Project) -> None:
    demo.write("songbatch.yaml", "version: 1\nprofiles: {draft: {engine: skecth, tkaes: 1}}\n")
    result = demo.run("check")
    assert result.status == 2
    assert "songbatch.yaml:2:28: error[engine.unknown]" in result.stdout
    assert "error[schema.unknown-key]" in result.stdout


def test_the_page_of_a_profile_is_that_of_its_engine(demo: Project) -> None:
    assert demo.run("render", "--profile", "draft").status == 0
    assert "1 song, 1 take" in demo.run("report", "--profile", "draft").stdout
    assert demo.run("report", "--profile", "final").status == 2


def test_both_schemas_have_the_same_profiles() -> None:
    folder = Path(__file__).parents[2] / "pipeline/songbatch/documents"
    spec, project = (
        json.loads((folder / f"{kind}.schema.json").read_text("utf-8"))
        for kind in ("spec", "project")
    )
    assert spec["$defs"]["profile"] == project["$defs"]["profile"]
    own = spec["$defs"]["song"]["properties"]
    for key, schema in spec["$defs"]["profile"]["properties"].items():
        told = {"title", "description", "default"}
        assert {k: v for k, v in schema.items() if k not in told} == {
            k: v for k, v in own[key].items() if k not in told
        }
