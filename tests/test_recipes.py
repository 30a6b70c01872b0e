"""The recipes of CONTRIBUTING.md are complete: all that exists has what they ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from songbatch.cli.main import COMMANDS
from songbatch.engines.catalog import ENGINES, KINDS, SERVICES
from songbatch.engines.job_service.services import SERVICES as HOSTED
from songbatch.engines.job_service.table import built_in
from songbatch.incremental import fast_path
from songbatch.model import OPTIONAL_INPUTS, RenderInputs, UnresolvedRender

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline/songbatch"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
ENGINES_PAGE = (ROOT / "docs/engines.md").read_text("utf-8")
SPEC_PAGE = (ROOT / "docs/spec.md").read_text("utf-8")

ENGINE_FILES = {
    "pipeline/songbatch/engines/identities.py",
    "pipeline/songbatch/engines/catalog.py",
    "pipeline/songbatch/documents/spec.schema.json",
    "pipeline/songbatch/documents/project.schema.json",
    "tests/engines/test_conformance.py",
    "docs/spec.md",
    "docs/engines.md",
    "docs/hosted.md",
}
ENGINE_SEAM = {
    "pipeline/songbatch/conformance/checks.py",
    "pipeline/songbatch/engines/base.py",
    "pipeline/songbatch/engines/entry.py",
    "pipeline/songbatch/traits.py",
    "tests/conformance/test_suite.py",
}
"""What the recipe of an engine speaks of, and no engine has a place in."""
IN_ITS_ROOM = {"entry.py", "traits.py"}
OF_THE_CONTRACT = {"sketch", "music-01"}
"""Engines that take the same: what that is stands in `songbatch.traits`."""
KEY_FILES = {
    "pipeline/songbatch/documents/spec.schema.json",
    "pipeline/songbatch/traits.py",
    "pipeline/songbatch/spec/song_keys.py",
    "pipeline/songbatch/model.py",
    "pipeline/songbatch/records.py",
    "pipeline/songbatch/store/manifest.schema.json",
    "pipeline/songbatch/engines/base.py",
    "docs/spec.md",
    "docs/design.md",
    "docs/hosted.md",
}
MODEL_FILES = {
    "pipeline/songbatch/engines/job_service/fal.yaml",
    "pipeline/songbatch/engines/job_service/replicate.yaml",
    "pipeline/songbatch/documents/project.schema.json",
    "tests/engines/job_service/test_request_body.py",
    "tests/engines/job_service/test_table.py",
}
SERVICE_FILES = {
    "pipeline/songbatch/engines/identities.py",
    "pipeline/songbatch/engines/catalog.py",
    "pipeline/songbatch/engines/job_service/services.py",
    "pipeline/songbatch/engines/job_service/fal.yaml",
    "pipeline/songbatch/engines/job_service/dialect.py",
    "pipeline/songbatch/documents/spec.schema.json",
    "pipeline/songbatch/incremental/fast_path.py",
}
COMMAND_FILES = {"pipeline/songbatch/cli/main.py", "README.md"}


@pytest.mark.parametrize(
    ("title", "files"),
    [
        ("Add an engine", ENGINE_FILES | ENGINE_SEAM),
        ("Add a model of a service", MODEL_FILES),
        ("Add a service with many models", SERVICE_FILES),
        ("Add a key that decides a song", KEY_FILES),
        ("Add a command", COMMAND_FILES),
    ],
)
def test_a_recipe_names_its_files(title: str, files: set[str]) -> None:
    recipe = GUIDE.split(f"### {title}\n")[1].split("\n#")[0]
    named = set(re.findall(r"`([\w./-]+\.(?:py|json|md|yaml))`", recipe))
    own = {"pipeline/songbatch/cli/NAME.py", "tests/test_render_inputs.py", *IN_ITS_ROOM}
    assert named - own - {"songbatch.yaml"} == files
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_has_all_of_its_places(name: str) -> None:
    # What stands there is held against the catalog in tests/engines/test_catalog.py.
    for file in ENGINE_FILES - {"pipeline/songbatch/engines/catalog.py"}:  # by that in identities
        assert name in (ROOT / file).read_text("utf-8"), file
    for page in (SPEC_PAGE, ENGINES_PAGE):
        assert f"| `{name}` |" in page


@pytest.mark.parametrize("name", KINDS)
def test_an_engine_says_in_its_own_room_what_it_is(name: str) -> None:
    room = PACKAGE / "engines" / ("job_service" if name in SERVICES else name.replace("-", ""))
    entry = (room / "entry.py").read_text("utf-8")
    assert re.search(r"^(def entry\(|ENTRY = )", entry, re.MULTILINE)
    assert (room / "traits.py").exists() is (name not in OF_THE_CONTRACT)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_all_of_its_places(name: str) -> None:
    assert HOSTED.keys() == set(SERVICES)
    assert built_in(name).models
    assert (PACKAGE / "engines/job_service" / f"{name}.yaml").exists()
    for file in ("engines/identities.py", "documents/spec.schema.json"):
        assert re.search(rf"\b{name}\b", (PACKAGE / file).read_text("utf-8")), file
    assert all(map(fast_path.counts, HOSTED[name].key_variables))


@pytest.mark.parametrize(
    ("service", "model"), [(name, model) for name in SERVICES for model in built_in(name).models]
)
def test_a_model_of_a_service_has_all_of_its_places(service: str, model: str) -> None:
    for file in ("test_request_body.py", "test_table.py"):
        assert model in (ROOT / "tests/engines/job_service" / file).read_text("utf-8"), file


def test_the_recipe_leads_to_the_shorter_way() -> None:
    recipe = GUIDE.split("### Add an engine\n")[1].split("\n#")[0]
    assert "(docs/own-engine.md)" in recipe


@pytest.mark.parametrize("name", OPTIONAL_INPUTS)
def test_a_key_that_came_later_is_in_every_file_of_the_recipe(name: str) -> None:
    for file in KEY_FILES:
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text("utf-8")), file
    assert name in UnresolvedRender.__struct_fields__
    assert f"| `{name}` |" in SPEC_PAGE


@pytest.mark.parametrize("name", OPTIONAL_INPUTS)
def test_the_docs_say_where_a_key_counts(name: str) -> None:
    rendered = section("docs/spec.md", "What is rendered")
    identity = section("docs/design.md", "Identity: the key of a render")
    engines = section("docs/hosted.md", "Engines")
    assert f"`{name}`" in rendered
    assert re.search(rf"\b{name}\b", identity)
    assert f"| uses `{name}` |" in engines


def section(page: str, title: str) -> str:
    return (ROOT / page).read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("engine", "name"),
    [(kind, name) for kind, entry in ENGINES.items() for name in sorted(entry.traits.takes)],
)
def test_what_an_engine_takes_is_in_its_own_code(engine: str, name: str) -> None:
    folder = PACKAGE / "engines" / engine.replace("-", "")
    texts = [path.read_text("utf-8") for path in folder.rglob("*.py")]
    assert any(re.search(rf"\brequest\.{name}\b", text) for text in texts)


@pytest.mark.parametrize("name", RenderInputs.__struct_fields__)
def test_every_input_is_in_specs_and_manifests(name: str) -> None:
    for file in ("documents/spec.schema.json", "store/manifest.schema.json", "records.py"):
        assert re.search(rf"\b{name}s?\b", (PACKAGE / file).read_text("utf-8")), file


def test_commands_are_those_of_files_list_and_readme() -> None:
    rows = re.findall(r"^\| `songbatch ([\w-]+)", README, re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)
    files = {
        path.stem.replace("_", "-")
        for path in PACKAGE.glob("cli/*.py")
        if re.search(r"^def command\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert files == set(COMMANDS)
