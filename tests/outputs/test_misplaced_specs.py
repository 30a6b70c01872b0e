"""Specs that were moved to where none is looked for: told, and until then nothing of them goes."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from songbatch.spec_files import how_to_move, looks_like_spec
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

PLACES = {
    "specs/album/demo.yaml": "mv specs/album/demo.yaml specs/demo.yaml",
    "specs/album/2026/demo.yml": "mv specs/album/2026/demo.yml specs/demo.yaml",
    "specs/demo/songs.yaml": "mv specs/demo/songs.yaml specs/songs.yaml",
    "specs/album/01 demo.yaml": "mv 'specs/album/01 demo.yaml' specs/01-demo.yaml",
    "specs/album/other.yaml": "mv specs/album/other.yaml specs/album-other.yaml",
    "specs/demo.YAML": "mv specs/demo.YAML specs/demo.yaml",
    "specs/demo.Yml": "mv specs/demo.Yml specs/demo.yaml",
    "specs/.demo.yaml": "mv specs/.demo.yaml specs/demo.yaml",
}
"""Where a spec `demo` is moved to, and the command that makes it one again."""
OTHER = SONG.replace("Down", "Up").replace("hill", "ridge")


@pytest.fixture
def rendered(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SONG).write("specs/other.yaml", OTHER)
    hosted.reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    return hosted


def move(project: Project, place: str) -> None:
    target = project.root / place
    target.parent.mkdir(parents=True, exist_ok=True)
    (project.root / "specs/demo.yaml").rename(target)


def told(place: str) -> str:
    return (
        f"{place}: warning[spec.place]: a spec that is not rendered: specs are specs/NAME.yaml or "
        "specs/NAME.yml, in no folder below; until this is cleared up, outputs of specs that are "
        "gone stay, and gc drops no song\n"
        f"  fix: if it is not to be rendered, move it out of specs/; if it is: {PLACES[place]}\n"
    )


@pytest.mark.parametrize("place", PLACES)
def test_every_command_says_where_it_belongs_and_nothing_is_lost(
    place: str, rendered: Project, contract_server: ContractServer
) -> None:
    outputs, store = rendered.files("outputs"), rendered.files(".songbatch/store")
    move(rendered, place)
    others = (("check",), ("plan",), ("render",)) if place == next(iter(PLACES)) else ()
    for command in (*others, ("render",), ("gc", "--yes", "--earlier")):
        result = rendered.run(*command)
        assert result.status == 0, result
        assert told(place) in result.stdout + result.stderr, result
        assert "remove" not in result.stdout
        assert rendered.files("outputs") == outputs, command
        assert rendered.files(".songbatch/store") == store, command
    assert "its spec is gone" not in rendered.run("verify").stdout
    # As printed; then it costs nothing, whatever it is called now.
    subprocess.run(shlex.split(PLACES[place]), cwd=rendered.root, check=True)
    asked = len(contract_server.generations)
    result = rendered.run("render")
    assert (result.status, result.stderr) == (0, ""), result
    assert len(contract_server.generations) == asked
    assert rendered.run("verify").status == 0


def test_one_that_comes_to_a_folder_later_is_told_too(rendered: Project) -> None:
    rendered.write("specs/album/notes.txt", "none")
    assert rendered.run("render").stderr == ""
    assert rendered.run("render").stderr == ""
    rendered.write("specs/album/more.yaml", SONG)
    assert "specs/album/more.yaml: warning" in rendered.run("render").stderr
    assert "specs/album/more.yaml: warning" in rendered.run("render").stderr
    rendered.write("specs/album/more.yaml", "of another program: 1\n")
    assert rendered.run("render").stderr == ""


def test_what_is_no_spec_is_not_told(rendered: Project) -> None:
    for path, text in {
        "specs/album/chords.yaml": "version: 1\nchords: [a]\n",
        "specs/album/set list.yaml": "songs: [a, b]\n",
        "specs/album/demo.yaml.txt": SONG,
        "specs/.history/demo.yaml": SONG,
        "specs/album/latin.yaml": "version: 1\nsongs: \xe9",
        "drafts/demo.yaml": SONG,
    }.items():
        rendered.write(path, text.encode("latin-1"))
    assert rendered.run("check").stdout == "2 specs, 4 renders: 0 errors, 0 warnings\n"


def test_a_project_whose_only_spec_was_moved_says_where_it_belongs(rendered: Project) -> None:
    (rendered.root / "specs/other.yaml").unlink()
    move(rendered, "specs/album/demo.yaml")
    before = rendered.files("outputs") | rendered.files(".songbatch/store")
    for command in (("render",), ("gc", "--yes")):
        result = rendered.run(*command)
        assert result.status == 2
        assert result.stderr.endswith(
            "specs holds no spec\n  fix: mv specs/album/demo.yaml specs/demo.yaml\n"
        )
    assert rendered.files("outputs") | rendered.files(".songbatch/store") == before


def test_its_path_on_the_command_line_is_told_what_it_is(rendered: Project) -> None:
    move(rendered, "specs/album/demo.yaml")
    result = rendered.run("render", "specs/album/demo.yaml")
    assert result.status == 2
    assert result.stderr == (
        "error: specs/album/demo.yaml is no spec: those are specs/NAME.yaml or specs/NAME.yml, in "
        "no folder below\n  fix: mv specs/album/demo.yaml specs/demo.yaml\n"
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "version: 1\nsongs: {}\n"])
def test_a_spec_that_was_emptied_keeps_what_it_had(text: str, rendered: Project) -> None:
    before = rendered.files("outputs") | rendered.files(".songbatch/store")
    rendered.write("specs/demo.yaml", text)
    assert rendered.run("render").status == 2
    assert rendered.run("gc", "--yes").status == 2
    assert rendered.files("outputs") | rendered.files(".songbatch/store") == before


def test_a_folder_of_specs_that_is_renamed_is_no_project(rendered: Project) -> None:
    before = rendered.files("outputs") | rendered.files(".songbatch/store")
    (rendered.root / "specs").rename(rendered.root / "spec")
    for command in ("render", "gc"):
        result = rendered.run("--project", str(rendered.root), command)
        assert result.status == 2
        assert "it has no folder specs/" in result.stderr
    assert rendered.files("outputs") | rendered.files(".songbatch/store") == before


def test_a_branch_without_the_spec_costs_nothing_to_come_back_from(
    rendered: Project, contract_server: ContractServer
) -> None:
    def git(*arguments: str) -> None:
        name = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *name, *arguments], cwd=rendered.root, check=True)

    rendered.write(".gitignore", ".songbatch/\noutputs/**/*.mp3\n")
    git("init", "-q", "-b", "main")
    git("add", "specs/other.yaml", "specs/references", ".gitignore", "outputs/other")
    git("commit", "-q", "-m", "other")
    git("checkout", "-q", "-b", "demo")
    git("add", ".")
    git("commit", "-q", "-m", "demo")
    asked = len(contract_server.generations)
    git("checkout", "-q", "main")
    assert not (rendered.root / "specs/demo.yaml").exists()
    assert rendered.run("render").status == 0
    # Its manifest is on its branch: nobody knows any more what lies here, and it stays.
    assert (rendered.root / "outputs/demo/music-01/first.mp3").exists()
    git("checkout", "-q", "demo")
    assert rendered.run("render").stdout == "Nothing to do: 4 up to date.\n"
    assert len(contract_server.generations) == asked


def test_the_command_never_takes_a_name_that_is_taken() -> None:
    assert how_to_move("specs/a/demo.yaml", ["Demo"]) == "mv specs/a/demo.yaml specs/a-demo.yaml"
    assert how_to_move("specs/a/selects.yaml", []) == "mv specs/a/selects.yaml specs/a-selects.yaml"
    for path in ("specs/a/demo.yaml", "specs/שלום.YAML"):
        assert how_to_move(path, ["demo", "a-demo"]).startswith("move it to specs/NAME.yaml, ")


@pytest.mark.parametrize(
    "text", [SONG, json.dumps({"version": 1, "songs": {}}), "{songs: 1, version: 1}"]
)
def test_whatever_has_the_keys_of_a_spec_looks_like_one(text: str) -> None:
    assert looks_like_spec(text)


def test_the_examples_look_like_specs() -> None:
    root = Path(__file__).parents[2]
    specs = [*root.glob("specs/*.yaml"), *root.glob("tests/spec/valid/*/specs/*.yaml")]
    assert specs
    for spec in specs:
        assert looks_like_spec(spec.read_text("utf-8")) or spec.name == "selects.yaml", spec
