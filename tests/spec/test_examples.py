"""Projects on disk: what is wrong with the invalid ones, what comes of the valid ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from songbatch.documents.codes import ERRORS, WARNINGS
from songbatch.documents.schema import schema_text
from songbatch.model import OPTIONAL_INPUTS
from tests.spec.examples import diagnostics, folders, load_example, printed

if TYPE_CHECKING:
    from songbatch.model import UnresolvedRender


ALBUMS = Path(__file__).parent / "test_album.py"
"""Albums, whose songs may be those of any spec, are checked by the command there."""


@pytest.mark.parametrize("folder", folders("invalid"), ids=lambda folder: folder.name)
def test_every_mistake_is_told_as_expected(folder: Path) -> None:
    expected = (folder / "expected.txt").read_text("utf-8")
    assert expected
    assert printed(diagnostics(folder)) == expected


@pytest.mark.parametrize("folder", folders("valid"), ids=lambda folder: folder.name)
def test_drafts_are_as_expected(folder: Path) -> None:
    result = load_example(folder)
    assert printed(result.diagnostics) == ""
    assert result.spec is not None
    drafts = [as_json(draft) for draft in result.spec.renders]
    assert drafts == json.loads((folder / "expected.json").read_text("utf-8"))


LEFT_OUT = {
    *("span", "cover", "lrc", "engine", "labels", "until", "part", "parts"),
    *OPTIONAL_INPUTS,
}


def as_json(draft: UnresolvedRender) -> dict[str, Any]:
    shown = {n: getattr(draft, n) for n in draft.__struct_fields__ if n not in LEFT_OUT}
    said = {n: value for n in OPTIONAL_INPUTS if (value := getattr(draft, n)) is not None}
    return shown | {"id": draft.id, "audio": draft.audio.as_json()} | said


def test_the_examples_cover_every_code() -> None:
    texts = [(folder / "expected.txt").read_text("utf-8") for folder in folders("invalid")]
    seen = {code for code in ERRORS | WARNINGS if any(f"[{code}]" in text for text in texts)}
    # 64 MiB of text are tested without a file; songbatch.yaml, folders and --set with the command,
    # like what recordings and songs of several specs decide.
    seen |= {code for code in ERRORS | WARNINGS if f"[{code}]" in ALBUMS.read_text("utf-8")}
    with_the_command = {
        "engine.settings", "fix.stale", "profile.unknown", "reference.cut", "reference.rights",
        "spec.place", "store.address", "vars.covered",
    }  # fmt: skip
    assert (ERRORS | WARNINGS).keys() - seen == {"yaml.size", *with_the_command}


def test_the_schema_is_a_schema_and_explains_every_key() -> None:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for key, value in [*properties(schema)]:
        assert "$ref" in value or value["description"], key


def properties(node: Any) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "properties":
            found += list(value.items())
        if isinstance(value, dict | list):
            found += properties(value)
    return found
