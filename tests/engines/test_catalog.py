"""The catalog is the one list of engines: whatever else names them is held against it here."""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from songbatch.cli.views.engine_words import price
from songbatch.diagnostics import EngineRefused
from songbatch.documents import schema as schemas
from songbatch.engines.catalog import DEFAULT_ENGINE, ENGINES, NAME, Engines
from songbatch.engines.entry import EngineContext
from songbatch.files.tree import Tree
from songbatch.incremental import fast_path
from songbatch.model import OPTIONAL_INPUTS, EngineSettings
from songbatch.prices import Amount
from songbatch.traits import UnknownEngine
from tests.engines.test_conformance import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.entry import EngineEntry

ROOT = Path(__file__).parents[2]
DOCUMENTS = Path(schemas.__file__).parent


def schema(name: str) -> Any:
    return json.loads((DOCUMENTS / f"{name}.schema.json").read_text(encoding="utf-8"))


def defaults_in(description: str) -> dict[str, float]:
    """Return the numbers that a description gives behind `Defaults:`, by engine."""
    listed = description.partition("Defaults: ")[2].rstrip(".").split(", ")
    return {name: float(number) for name, _, number in (each.partition(" ") for each in listed)}


def test_an_engine_is_listed_under_its_name() -> None:
    assert {name: entry.identity.name for name, entry in ENGINES.items()} == {
        name: name for name in ENGINES
    }


@pytest.mark.parametrize("name", ENGINES)
def test_a_plan_is_remembered_by_the_key_of_every_engine(name: str, tmp_path: Path) -> None:
    variable = ENGINES[name].access(EngineContext(Tree(tmp_path), {})).key_variable
    assert not variable or fast_path.counts(variable)


def test_a_spec_can_name_every_engine() -> None:
    engine = schema("spec")["properties"]["engine"]
    assert engine["pattern"] == f"^{NAME.pattern}$"
    assert all(map(NAME.fullmatch, ENGINES))
    assert engine["default"] == DEFAULT_ENGINE
    described = engine["description"]
    assert not [name for name in ENGINES if not re.search(rf"\b{name} (is|are) ", described)]


def test_a_project_can_configure_every_engine() -> None:
    engines = schema("project")["properties"]["engines"]
    names = re.compile(engines["propertyNames"]["pattern"])
    assert all(map(names.fullmatch, ENGINES))
    assert all(example.keys() <= ENGINES.keys() for example in engines["examples"])


@pytest.mark.parametrize(
    "name",
    ["", "/", "a/", "/a", "a/b/c", "a/..", "a/.b", "../a", "a b", "a@b", "acestep/a@b", "a\n"],
)
def test_what_no_folder_can_be_called_is_no_engine(name: str) -> None:
    with pytest.raises(UnknownEngine):
        Engines({"a": EngineSettings(kind="acestep")})[name]


def test_no_project_replaces_an_engine_that_comes_along() -> None:
    engines = Engines({"acestep": EngineSettings(kind="sketch")})
    with pytest.raises(UnknownEngine, match="cannot be one of kind"):
        engines["acestep"]
    same = Engines({"acestep": EngineSettings(kind="acestep")})["acestep"]
    assert same.identity == ENGINES["acestep"].identity


@pytest.mark.parametrize(
    ("name", "near"),
    [("acestpe", "acestep"), ("music-1", "music-01"), ("min", "mine"), ("wrong", "acestep")],
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, near: str) -> None:
    settings = {
        "mine": EngineSettings(kind="acestep"),
        "wrong": EngineSettings(kind="acestpe"),
        "music-1": EngineSettings(),
    }
    with pytest.raises(UnknownEngine) as caught:
        Engines(settings)[name]
    assert caught.value.fix == f'did you mean "{near}"?'


@pytest.mark.parametrize("field", ["usd_per_render", "seconds_per_render"])
def test_the_schema_gives_the_defaults_of_every_engine(field: str) -> None:
    described = schema("project")["$defs"]["engine"]["properties"][field]["description"]
    assert defaults_in(described) == {
        name: default_of(entry, field) for name, entry in ENGINES.items()
    }


def default_of(entry: EngineEntry, field: str) -> float:
    if field == "usd_per_render":
        return entry.tariff().price(Amount()).planned
    return entry.seconds_per_render


def test_every_engine_passes_the_conformance_suite_somewhere() -> None:
    assert {way.engine for way in WAYS} == ENGINES.keys()


def test_the_table_of_engines_is_that_of_the_catalog() -> None:
    text = (ROOT / "docs" / "hosted.md").read_text(encoding="utf-8")
    section = text.partition("\n## Engines\n\n")[2].partition("\n\n")[0]
    assert section.splitlines() == list(table())


def table() -> Iterator[str]:
    columns = [{"": f"`{name}`"} | cells(entry) for name, entry in ENGINES.items()]
    rows = [[head, *(column[head] for column in columns)] for head in columns[0]]
    rows.insert(1, ["---"] * len(rows[0]))
    for row in rows:
        yield f"| {' | '.join(row)} |".replace("|  |", "| |").replace(" --- ", "---")


def cells(entry: EngineEntry) -> dict[str, str]:
    limits = entry.traits
    return {
        "model": f"`{entry.identity.model}`",
        "price of a song": price(entry),
        "time for a song": f"about {entry.seconds_per_render:g} s",
        "requests at once": requests_at_once(entry),
        "needs a key": "yes" if entry.needs_key else "no",
        "lyrics": f"at most {limits.lyrics.most} characters",
        "songs": f"{limits.song.least:g} to {limits.song.most:g} s",
        **{f"uses `{name}`": "yes" if name in limits.takes else "no" for name in OPTIONAL_INPUTS},
        "IPTC source type": f"`{entry.source_type}`",
    }


def requests_at_once(entry: EngineEntry) -> str:
    if entry.first_jobs is not None:
        return f"{entry.first_jobs} at first, at most {entry.jobs}"
    if entry.identity.name != DEFAULT_ENGINE:
        return f"at most {entry.jobs}"
    assert entry.jobs == os.cpu_count()
    return "one per processor"


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_refused_without_a_key_where_it_needs_one(name: str, tmp_path: Path) -> None:
    entry = ENGINES[name]
    outcome = (
        pytest.raises(EngineRefused, match="needs a key")
        if entry.needs_key
        else contextlib.nullcontext()
    )
    engine = entry.open(EngineContext(Tree(tmp_path), {}))
    with contextlib.closing(engine), outcome:
        engine.preflight()
