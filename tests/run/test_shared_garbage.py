"""What no spec, branch or tag names, found and dropped in the shared store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Project, Result
from tests.cli.repository import commit, git
from tests.run.specs import SONG

NOW = ("--older-than", "0d")


def ok(result: Result) -> Result:
    assert result.status == 0, result
    return result


@pytest.fixture
def shared(hosted: Project, tmp_path: Path) -> Project:
    """A repository whose two songs are pushed; audio is not in it."""
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    hosted.write(".gitignore", ".songbatch/\noutputs/**/*.mp3\nshared-store/\n")
    hosted.environment = {**hosted.environment, "SONGBATCH_STORE": store(tmp_path).as_uri()}
    store(tmp_path).mkdir()
    ok(hosted.run("render", "--store", "none"))
    git(hosted, "init", "-qb", "main")
    commit(hosted, "songs")
    ok(hosted.run("push"))
    return hosted


def store(folder: Path) -> Path:
    return folder / "shared-store"


def answers(folder: Path) -> set[str]:
    return {path.parent.name for path in store(folder).rglob("answer")}


def blobs(folder: Path) -> set[str]:
    return {p.name for p in (store(folder) / "blobs").rglob("*") if p.is_file()}


def collect(project: Project, *arguments: str) -> Result:
    return project.run("gc", "--shared", *arguments)


def test_what_specs_and_manifests_name_stays(shared: Project, tmp_path: Path) -> None:
    assert "would drop 0 songs" in ok(collect(shared, *NOW)).stdout
    assert "dropped 0 songs" in ok(collect(shared, *NOW, "--yes")).stdout
    assert len(answers(tmp_path)) == len(blobs(tmp_path)) == 2


def forgotten(project: Project) -> str:
    """Change a song and render it anew; return the key that no file names any more."""
    key: str = project.entries("demo")["demo/second/1"]["key"]
    project.replace("specs/demo.yaml", "there is light", "there is wind")
    ok(project.run("render", "--store", "none"))
    return key


def test_what_another_branch_or_a_tag_names_stays(shared: Project, tmp_path: Path) -> None:
    git(shared, "checkout", "-qb", "other")
    key = forgotten(shared)
    commit(shared, "another line")
    assert "would drop 0 songs" in ok(collect(shared, *NOW)).stdout
    git(shared, "tag", "-am", "first", "first", "main")
    git(shared, "branch", "-qD", "main")
    assert "would drop 0 songs" in ok(collect(shared, *NOW)).stdout
    git(shared, "tag", "-d", "first")
    assert "would drop 1 song, " in ok(collect(shared, *NOW)).stdout
    assert key in answers(tmp_path)


def test_it_is_listed_and_dropped_only_with_yes(shared: Project, tmp_path: Path) -> None:
    key = forgotten(shared)
    commit(shared, "another line")
    git(shared, "checkout", "-q", "--orphan", "fresh")
    commit(shared, "a new beginning")
    git(shared, "branch", "-qD", "main")
    audio = blobs(tmp_path)
    # The repository has another beginning now: to the store it is another one.
    (mark,) = (store(tmp_path) / "projects").iterdir()
    mark.unlink()
    said = ok(collect(shared, *NOW)).stdout
    assert f"  {key[:12]}  demo/second/1\n" in said
    assert "would drop 1 song, " in said
    assert "songbatch gc --shared --older-than" in said
    assert "would drop 0 songs" in ok(collect(shared)).stdout, "it is not 90 days old"
    assert "would drop 1 song" in ok(collect(shared, *NOW, "--yes", "--dry-run")).stdout
    assert (len(answers(tmp_path)), blobs(tmp_path)) == (2, audio)
    assert "dropped 1 song, " in ok(collect(shared, *NOW, "--yes")).stdout
    assert key not in answers(tmp_path)
    assert (len(answers(tmp_path)), len(blobs(tmp_path))) == (1, 1)


def test_nothing_is_dropped_where_another_repository_shares(
    shared: Project, tmp_path: Path
) -> None:
    (store(tmp_path) / "projects" / ("ab" * 32)).touch()
    result = collect(shared, *NOW, "--yes")
    assert result.status == 3, result
    assert "another repository shares its songs here" in result.stderr
    assert len(answers(tmp_path)) == 2


def test_nothing_is_dropped_while_a_spec_cannot_be_read(shared: Project, tmp_path: Path) -> None:
    shared.write("specs/broken.yaml", "version: 1\nsongs: []\n")
    assert collect(shared, *NOW, "--yes").status == 2
    (shared.root / "specs/broken.yaml").unlink()
    shared.write("specs/deeper/demo.yaml", SONG)
    assert collect(shared, *NOW, "--yes").status == 3
    assert len(answers(tmp_path)) == 2


def test_nothing_is_dropped_while_a_manifest_cannot_be_read(
    shared: Project, tmp_path: Path
) -> None:
    git(shared, "checkout", "-qb", "broken")
    shared.write("outputs/demo/music-01/manifest.json", "{}")
    commit(shared, "broken")
    git(shared, "checkout", "-q", "main")
    result = collect(shared, *NOW, "--yes")
    assert result.status == 2, result
    assert "refs/heads/broken:outputs/demo/music-01/manifest.json" in result.stderr
    assert len(answers(tmp_path)) == 2


@pytest.mark.parametrize("age", ["", "soon", "-1d", "1y", "1.5d"])
def test_an_age_is_a_number_of_days(shared: Project, age: str) -> None:
    assert collect(shared, "--older-than", age).status == 2


def test_a_survey_tells_who_is_at_work_and_what_it_cost(
    shared: Project, tmp_path: Path, contract_server: ContractServer
) -> None:
    said = ok(shared.run("store")).stdout
    assert said.startswith(f"{store(tmp_path).as_uri()} (SONGBATCH_STORE)\n  2 songs; 2 files, ")
    assert "  at work: nobody\n" in said
    survey = json.loads(ok(shared.run("store", "--json")).stdout)
    cost = sum(entry["cost_usd"] for entry in shared.entries("demo").values())
    assert (survey["songs"], survey["files"], survey["open"]) == (2, 2, [])
    assert survey["cost_usd"] == pytest.approx(cost)


def claim(folder: Path, key: str) -> None:
    """Let a run that died have asked for a song."""
    note = {
        "who": "ann@studio-1-0123456789abcdef",
        "id": "demo/third/1\x1b[2J",
        "engine": "music-01",
        "at": "2026-01-02T03:04:05Z",
        "lasts": 60.0,
    }
    place = store(folder) / "songs" / key[:2] / key
    place.mkdir(parents=True)
    (place / "1.claim").write_text(json.dumps(note))


def test_what_a_dead_run_left_is_shown_and_released(shared: Project, tmp_path: Path) -> None:
    key = "cd" * 32
    claim(tmp_path, key)
    said = ok(shared.run("store")).stdout
    assert r"demo/third/1\x1b[2J on music-01, by ann@studio-1-0123456789abcdef since 2026" in said
    assert f"      {key}\n" in said
    assert "songbatch store --release KEY" in said
    (held,) = json.loads(ok(shared.run("store", "--json")).stdout)["held"]
    assert (held["key"], held["doubts"], held["claims"][0]["alive"]) == (key, 1, False)
    assert "1 claim ended" in ok(shared.run("store", "--release", key)).stdout
    assert "no claim of it is open" in ok(shared.run("store", "--release", key)).stdout
    assert json.loads(ok(shared.run("store", "--json")).stdout)["held"] == []
    for nonsense in ("x", "../" + key, key.upper()):
        result = shared.run("store", "--release", nonsense)
        assert (result.status, "is no key of a song" in result.stderr) == (2, True)
