"""What engines need of songs, and what they cannot have, by traits that no engine of ours has."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from songbatch.diagnostics import Severity
from songbatch.sources import Source
from songbatch.spec import LoadResult, load
from songbatch.traits import (
    ANYTHING,
    EngineLookup,
    Grammar,
    Range,
    SpecEngine,
    TextRule,
    Traits,
    UnknownEngine,
)
from tests.spec.examples import Memory


class Only(EngineLookup):
    """One engine, `far/model`, of the kind `service`."""

    def __init__(self, traits: Traits) -> None:
        self._traits = traits

    def for_spec(self, named: str | None) -> SpecEngine:
        return SpecEngine("far/model", self._traits, "service")

    def demand(self, name: str) -> object:
        if name.partition("/")[0] not in {"far", "service"}:
            raise UnknownEngine(f'there is no engine "{name}"', "write far")
        return name


def judged(song: str, traits: Traits, head: str = "") -> LoadResult:
    text = f"version: 1\n{head}songs:\n  one: {song}\n"
    return load(Source("specs/x.yaml", text), "x", Memory(), engines=Only(traits))


def codes(result: LoadResult) -> list[str]:
    return [one.code for one in result.diagnostics]


STYLED = replace(ANYTHING, grammar=Grammar.SECTIONS, style=TextRule(30, is_needed=True))


@pytest.mark.parametrize(
    ("song", "expected"),
    [
        ("{lyrics: la}", ["engine.needs"]),
        ("{lyrics: la, style: '{{ vars_are_none }}'}", ["template.undefined"]),
        ("{lyrics: la, style: \"{{ '' }}\"}", ["engine.needs"]),
        ("{lyrics: la, style: 5}", ["schema.type"]),
        ("{lyrics: la, style: pop}", []),
        (f"{{lyrics: la, style: {'x' * 31}}}", ["engine.too-long"]),
        (f"{{lyrics: la, style: ' {'x' * 30}  '}}", []),
    ],
)
def test_a_style_that_is_needed(song: str, expected: list[str]) -> None:
    assert codes(judged(song, STYLED)) == expected


def test_a_style_that_only_some_renders_have() -> None:
    style = "{{ 'pop' if mood == 'glad' else '' }}"
    song = f'{{lyrics: la, matrix: {{mood: [glad, sad, odd]}}, style: "{style}"}}'
    [found] = judged(song, STYLED).diagnostics
    assert found.code == "engine.needs"
    assert "1 more render" in found.message


@pytest.mark.parametrize("song", ["{}", "{bpm: 92}", "{options: {far: {a: 1}}}", "{vocals: none}"])
def test_a_song_must_have_something_to_go_by(song: str) -> None:
    assert codes(judged(song, ANYTHING)) == ["engine.needs"]


@pytest.mark.parametrize(
    ("seed", "takes", "is_right"), [(0, 5, True), (6, 5, True), (7, 5, False), (11, 1, False)]
)
def test_every_take_has_a_seed_that_the_engine_takes(seed: int, takes: int, is_right: bool) -> None:
    traits = replace(ANYTHING, seed=Range(0, 10))
    found = codes(judged(f"{{lyrics: la, seed: {seed}, takes: {takes}}}", traits))
    assert found == ([] if is_right else ["engine.range"])


@pytest.mark.parametrize("name", ["service", "far", "far/model"])
def test_options_are_judged_under_every_name_of_the_engine(name: str) -> None:
    traits = replace(ANYTHING, options=frozenset({"lyrics"}))
    found = judged(f"{{lyrics: la, options: {{{name}: {{lyrics: lo}}}}}}", traits)
    assert codes(found) == ["engine.cannot"]
    assert "far/model sets `lyrics` itself" in found.diagnostics[0].message


def test_options_of_the_defaults_are_judged_too() -> None:
    traits = replace(ANYTHING, options=frozenset({"lyrics"}))
    head = "defaults: {options: {far: {lyrics: lo}, farr: {a: 1}}}\n"
    found = judged("{lyrics: la, options: {far: {b: 1}}}", traits, head)
    assert sorted(codes(found)) == ["engine.cannot", "options.unknown"]


@pytest.mark.parametrize(
    "key", ["style: pop", "bpm: 92", "scale: A minor", "options: {far: {a: 1}}"]
)
def test_what_is_ignored_is_told_once_with_how_many_renders(key: str) -> None:
    name = key.partition(":")[0]
    traits = replace(ANYTHING, takes=frozenset(), ignores={name: "it has no place for it"})
    head = f"defaults: {{lyrics: la, takes: 3, {key}}}\n"
    songs = "{}\n  two: {matrix: {a: [x, y]}}"
    [found] = judged(songs, traits, head).diagnostics
    assert (found.code, found.severity) == ("engine.ignores", Severity.WARNING)
    assert found.message.endswith("(9 renders)")


@pytest.mark.parametrize(
    "written", ["a minor", "A MINOR", "A  minor", "b♭ minor", "bb Minor", "f♯ major"]
)
def test_a_slip_in_a_scale_is_told_with_what_it_means(written: str) -> None:
    [found] = judged(f"{{lyrics: la, scale: {written}}}", ANYTHING).diagnostics or [None]
    if written == "A  minor":
        assert found is None
        return
    assert found is not None
    meant = " ".join(written.split()).replace("♭", "b").replace("♯", "#").lower()
    assert found.fix == f'did you mean "{meant[0].upper()}{meant[1:]}"?'
