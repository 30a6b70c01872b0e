"""The recipes of CONTRIBUTING.md are complete: all that exists has what they ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from songbatch.cli.main import COMMANDS
from songbatch.engines.catalog import ENGINES
from songbatch.model import OPTIONAL_INPUTS, RenderInputs, UnresolvedRender

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline/songbatch"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SPEC_PAGE = (ROOT / "docs/spec.md").read_text("utf-8")

ENGINE_FILES = {
    "pipeline/songbatch/engines/identities.py",
    "pipeline/songbatch/engines/base.py",
    "pipeline/songbatch/engines/catalog.py",
    "pipeline/songbatch/documents/spec.schema.json",
    "pipeline/songbatch/documents/project.schema.json",
    "tests/engines/test_conformance.py",
    "docs/spec.md",
    "docs/hosted.md",
}
KEY_FILES = {
    "pipeline/songbatch/documents/spec.schema.json",
    "pipeline/songbatch/spec/settings.py",
    "pipeline/songbatch/spec/expand.py",
    "pipeline/songbatch/model.py",
    "pipeline/songbatch/records.py",
    "pipeline/songbatch/store/manifest.schema.json",
    "pipeline/songbatch/engines/base.py",
    "pipeline/songbatch/engines/catalog.py",
    "docs/spec.md",
}
COMMAND_FILES = {"pipeline/songbatch/cli/main.py", "README.md"}


@pytest.mark.parametrize(
    ("title", "files"),
    [
        ("Add an engine", ENGINE_FILES),
        ("Add a key that decides a song", KEY_FILES),
        ("Add a command", COMMAND_FILES),
    ],
)
def test_a_recipe_names_its_files(title: str, files: set[str]) -> None:
    recipe = GUIDE.split(f"### {title}\n")[1].split("\n#")[0]
    named = set(re.findall(r"`([\w./-]+\.(?:py|json|md))`", recipe))
    own = {"pipeline/songbatch/cli/NAME.py", "tests/test_render_inputs.py"}
    assert named - own == files


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_has_all_of_its_places(name: str) -> None:
    # What stands there is held against the catalog in tests/engines/test_catalog.py.
    for file in ENGINE_FILES - {
        "pipeline/songbatch/engines/base.py",
        "pipeline/songbatch/engines/catalog.py",  # by the name in identities
    }:
        assert name in (ROOT / file).read_text("utf-8"), file
    assert f"| `{name}` |" in SPEC_PAGE


@pytest.mark.parametrize("name", OPTIONAL_INPUTS)
def test_a_key_that_came_later_is_in_every_file_of_the_recipe(name: str) -> None:
    for file in KEY_FILES:
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text("utf-8")), file
    assert name in UnresolvedRender.__struct_fields__
    assert f"| `{name}` |" in SPEC_PAGE


@pytest.mark.parametrize("name", RenderInputs.__struct_fields__)
def test_every_input_is_in_specs_and_manifests(name: str) -> None:
    for file in ("documents/spec.schema.json", "store/manifest.schema.json", "records.py"):
        assert re.search(rf"\b{name}s?\b", (PACKAGE / file).read_text("utf-8")), file


def test_commands_are_those_of_files_list_and_readme() -> None:
    rows = re.findall(r"^\| `songbatch (\w+)", README, re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)
    files = {
        path.stem
        for path in PACKAGE.glob("cli/*.py")
        if re.search(r"^def command\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert files == set(COMMANDS)
