"""The inputs of a render on each engine: the form that keys have them in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.batch.inputs import render_inputs
from songbatch.engines.catalog import ENGINES, Engines
from songbatch.model import (
    OPTIONAL_INPUTS,
    EngineSettings,
    Purpose,
    ReferenceUse,
    RenderInputs,
)
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.entry import EngineEntry
    from songbatch.model import UnresolvedRender

RIVER = ReferenceUse("river", Purpose.SONG, "a" * 64)
MASTERS = [engine for engine in ENGINES.values() if engine.traits.master is not None]

SAID = st.fixed_dictionaries(
    {},
    optional={
        "style": st.sampled_from(["dream pop", "a  b\n"]),
        "duration": st.one_of(st.integers(10, 600), st.floats(10, 600)),
        "seed": st.integers(0, 2**31 - 3),
        "bpm": st.integers(30, 300),
        "scale": st.sampled_from(["A minor", "F# major"]),
        "meter": st.sampled_from(["3/4", "6/8"]),
        "vocals": st.just("none"),
        "follow": st.sampled_from(["style", "song"]),
        "strength": st.floats(0, 1),
        "lang": st.sampled_from(["en", "de"]),
        "options": st.dictionaries(
            st.sampled_from(["acestep", "sketch", "other"]),
            st.dictionaries(
                st.sampled_from(["steps", "pace"]),
                st.one_of(st.integers(-5, 5), st.floats(-5, 5), st.booleans(), st.just("ode")),
                min_size=1,
            ),
        ),
        "takes": st.integers(1, 3),
    },
)


def unresolved(said: Mapping[str, object], engine: EngineEntry) -> tuple[UnresolvedRender, ...]:
    """Return what a spec expands to whose only song says this."""
    song = {"instrumental": "river", "lyrics": "[Verse]\nla", **said}
    song = {key: value for key, value in song.items() if value is not None}
    spec = {
        "version": 1,
        "references": {"river": {"file": "river.mp3", "purpose": "song"}},
        "songs": {"demo": song},
    }
    text = json.dumps(spec)
    engines = Engines({engine.name: engine.settings})
    result = load(Source("specs/x.yaml", text), "x", Memory(), engines=engines.lookup(engine.name))
    assert result.spec is not None, result.diagnostics
    return result.spec.renders


def inputs_of(said: Mapping[str, object], engine: EngineEntry) -> list[RenderInputs]:
    return [render_inputs(one, None, RIVER, engine) for one in unresolved(said, engine)]


@given(SAID, st.sampled_from(list(ENGINES.values())))
def test_a_key_has_what_is_said_and_taken_and_no_fractions(
    said: dict[str, Any], engine: EngineEntry
) -> None:
    for inputs in inputs_of(said, engine):
        written = inputs.as_json()
        assert "." not in json.dumps([written.get("duration"), written.get("strength")])
        assert not any(isinstance(v, float) for v in written.get("options", {}).values())
        optional = written.keys() & set(OPTIONAL_INPUTS)
        assert optional <= said.keys() & engine.traits.takes
        assert ("audio" in written) is (engine.traits.master is None)
        assert written["voice"] is None
        assert None not in [written[name] for name in optional]


@given(SAID, st.sampled_from(list(ENGINES.values())))
def test_inputs_of_one_key_are_one_request(said: dict[str, Any], engine: EngineEntry) -> None:
    close = dict(said)
    for name in ("duration", "strength"):
        if name in said:
            close[name] = min(said[name] + 1e-9, 600 if name == "duration" else 1)
    for one, other in zip(inputs_of(said, engine), inputs_of(close, engine), strict=True):
        if one.key == other.key:
            assert one == other


@given(SAID.filter(lambda said: "seed" not in said), st.integers(1, 3))
def test_the_seed_that_a_take_has_anyway_is_no_news(said: dict[str, Any], takes: int) -> None:
    for engine in ENGINES.values():
        without = inputs_of({**said, "takes": takes}, engine)
        assert inputs_of({**said, "takes": takes, "seed": 1}, engine) == without


@pytest.mark.parametrize("engine", MASTERS, ids=lambda engine: engine.name)
def test_a_strength_that_is_ignored_decides_nothing(engine: EngineEntry) -> None:
    [plain] = inputs_of({}, engine)
    [soft] = inputs_of({"strength": 0.25}, engine)
    assert soft == plain
    [soft] = inputs_of({"strength": 0.25, "follow": "song"}, engine)
    assert soft.strength == 0.25


@pytest.mark.parametrize("name", ENGINES)
def test_numbers_are_one_however_they_are_written(name: str) -> None:
    engine = ENGINES[name]
    said = {"duration": 90, "seed": 5, "bpm": 92, "takes": 2}
    written = {name: float(value) for name, value in said.items()}
    assert inputs_of(said, engine) == inputs_of(written, engine)


def test_options_are_found_under_kind_name_and_model() -> None:
    settings = {"mine": EngineSettings(kind="acestep")}
    engine = Engines(settings)["mine/acestep-v15-base"]
    said = {
        "options": {
            "acestep": {"a": 1, "b": 1, "c": 1},
            "mine": {"b": 2, "c": 2},
            "mine/acestep-v15-base": {"c": 3},
            "mine/another": {"d": 4},
            "sketch": {"e": 5},
        }
    }
    [one] = unresolved(said, ENGINES["sketch"])
    assert render_inputs(one, None, None, engine).options == {"a": 1, "b": 2, "c": 3}


def test_options_of_a_model_are_for_it_whoever_names_it() -> None:
    model = "acestep-v15-base"
    said = {"options": {f"acestep/{model}": {"b": 2}, "acestep": {"a": 1, "b": 1}}}
    [one] = unresolved(said, ENGINES["sketch"])
    by_project = Engines({"acestep": EngineSettings(model=model)})
    for engine in (by_project["acestep"], Engines()[f"acestep/{model}"]):
        assert render_inputs(one, None, None, engine).options == {"a": 1, "b": 2}
    assert render_inputs(one, None, None, Engines()["acestep"]).options == {"a": 1, "b": 1}


def test_options_of_a_song_are_merged_with_those_of_the_defaults() -> None:
    text = (
        "version: 1\nengine: acestep\n"
        "defaults: {lyrics: la, options: {acestep: {a: 1, b: 1}, sketch: {s: 1}}}\n"
        "songs:\n  demo: {options: {acestep: {b: 2, c: x}}}\n"
    )
    found = load(Source("specs/x.yaml", text), "x", Memory(), engines=Engines().lookup(None))
    assert found.spec is not None, found.diagnostics
    assert found.spec.renders[0].options == {
        "acestep": {"a": 1, "b": 2, "c": "x"},
        "sketch": {"s": 1},
    }


@pytest.mark.parametrize("engine", MASTERS, ids=lambda engine: engine.name)
def test_words_that_nobody_sings_decide_nothing(engine: EngineEntry) -> None:
    [one] = inputs_of({"vocals": "none", "lyrics": "[Verse]\nla"}, engine)
    [other] = inputs_of({"vocals": "none", "lyrics": "lo"}, engine)
    assert one.key == other.key
    assert one.lyrics == engine.traits.silent_lyrics
    [without] = inputs_of({"vocals": "none", "lyrics": None}, engine)
    assert without.key == one.key


@pytest.mark.parametrize("engine", MASTERS, ids=lambda engine: engine.name)
def test_what_a_reference_is_followed_in_anyway_is_no_news(engine: EngineEntry) -> None:
    [plain] = inputs_of({}, engine)
    [said] = inputs_of({"follow": "style"}, engine)
    assert said.key == plain.key
    [song] = inputs_of({"follow": "song"}, engine)
    assert song.key != plain.key


def test_options_are_one_however_a_number_is_written() -> None:
    one, other, third = (
        inputs_of({"options": {"acestep": {"shift": value}}}, ENGINES["acestep"])
        for value in (2, 2.0, 2.5)
    )
    assert one == other
    assert one[0].key == other[0].key != third[0].key
    [inputs] = other
    assert inputs.options == {"shift": 2}
    assert [type(value) for value in inputs.options.values()] == [int]
