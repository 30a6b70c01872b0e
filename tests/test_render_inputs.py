"""What decides a render's audio, field by field: every place that has to know of a field does.

A field that is new needs two values in `VALUES`; whatever else forgets it fails here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click import unstyle
from msgspec.structs import replace

from songbatch.batch.inputs import render_inputs
from songbatch.cli.views.plan_text import explanation
from songbatch.diff.compare import compare_manifests
from songbatch.documents import schema as schemas
from songbatch.engines.base import Generation
from songbatch.engines.catalog import ENGINES
from songbatch.engines.identities import SKETCH
from songbatch.model import (
    OPTIONAL_INPUTS,
    PART_INPUTS,
    REFERENCE_INPUTS,
    AudioFormat,
    AudioSetting,
    PartPlace,
    Purpose,
    Reference,
    ReferenceUse,
    Render,
    RenderInputs,
    UnresolvedRender,
)
from songbatch.outputs.entries import described
from songbatch.plan import Choices, EngineTerms, Reason, Snapshot, make_plan
from songbatch.records import RECORDED_INPUTS, Manifest
from songbatch.sources import Source, Span
from songbatch.spec import load
from songbatch.store import manifest as manifests

SPAN = Span(Source("specs/demo.yaml", ""))
RIVER, ALTO = "a" * 64, "b" * 64
VALUES: dict[str, tuple[object, object]] = {
    "engine": (SKETCH, replace(SKETCH, sound="another")),
    "lyrics": ("la", "lo"),
    "voice": (None, ReferenceUse("alto", Purpose.VOICE, ALTO)),
    "instrumental": (
        ReferenceUse("river", Purpose.SONG, RIVER),
        ReferenceUse("river", Purpose.INSTRUMENTAL, RIVER),
    ),
    "audio": (AudioSetting(), AudioSetting(AudioFormat.WAV)),
    "take": (1, 2),
    "lang": (None, "de"),
    "style": (None, "dream pop"),
    "duration": (None, 90.5),
    "seed": (None, 41),
    "bpm": (None, 92),
    "scale": (None, "A minor"),
    "meter": (None, "3/4"),
    "vocals": (None, "none"),
    "follow": (None, "song"),
    "strength": (None, 0.25),
    "options": (None, {"inference_steps": 12, "shift": 3.5}),
    "part": (None, PartPlace.MIDDLE),
    "parts": (None, ("c" * 64, "d" * 64)),
}
"""Two values of every field."""

CALLED = {"engine": "the engine's sound"}
"""What a plan calls fields whose second value it calls otherwise."""

IN_SPECS: dict[str, object] = {
    "lang": "de",
    "style": "dream pop",
    "duration": 90.5,
    "seed": 41,
    "bpm": 92,
    "scale": "A minor",
    "meter": "3/4",
    "vocals": "none",
    "follow": "song",
    "strength": 0.25,
    "options": {"acestep": {"mode": "ode", "shift": 3.5}, "sketch": {"band": "play"}},
}
"""Every optional input as a spec says it."""
NEEDS = {"strength": {"follow": "song"}}
"""What a song must say besides, or the key makes no difference."""

DECIDES_NOTHING_ITSELF = {
    "template": "gives lyrics",
    "sections": "gives lyrics, and style and options of parts",
    "reference": "gives voice and instrumental",
    "vars": "for templates",
    "matrix": "variables for templates",
    "rows": "variables for templates",
    "takes": "gives each render its take",
    "until": "gives renders their takes, wave by wave",
    "labels": "for --select",
    "lrc": "another file beside the song",
    "tags": "written around the audio",
    "output": "where the file lies",
}
"""The keys of a song that are no inputs, and what they are for."""

REFERENCES = {
    name: Reference(name, Purpose.SONG, SPAN, SPAN, file=f"specs/{name}.mp3")
    for name in ("river", "alto")
}
FIELDS = RenderInputs.__struct_fields__


def inputs(**others: object) -> RenderInputs:
    return RenderInputs(**{name: first for name, (first, _) in VALUES.items()} | others)  # type: ignore[arg-type]


def render(made_of: RenderInputs) -> Render:
    audio = made_of.audio or AudioSetting()
    unresolved = UnresolvedRender(
        "demo", "song", {}, "", 1, made_of.lyrics, None, "river", audio, {}, "x"
    )
    return Render(unresolved, made_of, f"outputs/demo/sketch/x.{audio.format}")


def manifest(made_of: RenderInputs) -> Manifest:
    entry = described(render(made_of), "failed")
    return Manifest("demo", made_of.engine, renders=(entry,))


def changed(name: str) -> RenderInputs:
    return inputs(**{name: VALUES[name][1]})


def test_every_field_has_two_values() -> None:
    assert tuple(VALUES) == FIELDS
    assert set(IN_SPECS) == set(OPTIONAL_INPUTS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_decides_the_key_and_is_called_a_change(name: str) -> None:
    assert changed(name).key != inputs().key
    assert [change.field for change in changed(name).changes_since(inputs())] == [name]
    assert [change.field for change in inputs().changes_since(changed(name))] == [name]


def test_only_fields_that_are_new_are_left_out_of_the_key() -> None:
    without = {name for name in FIELDS if name not in inputs().as_json()}
    assert without == {*OPTIONAL_INPUTS, *PART_INPUTS}
    assert {name for name, (first, _) in VALUES.items() if first is None} >= without


@pytest.mark.parametrize("name", FIELDS)
def test_a_manifest_gives_a_field_back(name: str) -> None:
    text = manifests.dump(manifest(changed(name)))
    read = manifests.parse(text, "manifest.json")
    assert read.renders[0].inputs(read.engine) == changed(name)
    schema = json.loads(manifests.schema_text())
    entry = schema["$defs"]["render"]["properties"]
    assert name == "engine" or (name in entry and name in RECORDED_INPUTS)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("back", [False, True], ids=["set", "unset"])
def test_a_plan_names_a_field_that_changed(name: str, back: bool) -> None:
    was, now = (changed(name), inputs()) if back else (inputs(), changed(name))
    plan = make_plan(
        [render(now)],
        {"demo": REFERENCES},
        Snapshot(manifests={"demo": manifest(was)}),
        engine=EngineTerms(now.engine, "local"),
        choices=Choices(),
    )
    [step] = plan.renders
    assert (step.reason, step.detail) == (Reason.CHANGED, CALLED.get(name, name))
    text = unstyle("\n".join(explanation(now, now.changes_since(was), known=True)))
    assert f"~ {name}: " in text
    assert f"Changed since the last manifest: {name}." in text


@pytest.mark.parametrize("name", FIELDS)
def test_a_diff_names_a_field_that_changed(name: str) -> None:
    found = compare_manifests(manifest(inputs()), manifest(changed(name))).differences
    assert name in [change.field for change in found[0].changes]


@pytest.mark.parametrize(
    "name", [n for n in FIELDS if n not in {"engine", "parts", *REFERENCE_INPUTS}]
)
def test_an_engine_is_asked_for_a_field(name: str) -> None:
    request = Generation.of(changed(name), "voice", None, "request")
    assert getattr(request, name) == VALUES[name][1]


def test_an_engine_is_asked_for_every_input() -> None:
    not_sent = {"engine", "voice", "instrumental", "parts"}
    only_sent = {"voice_id", "instrumental_id", "request_id", "files", "handles"}
    assert set(Generation.__struct_fields__) == set(FIELDS) - not_sent | only_sent


def test_every_key_of_a_song_is_an_input_or_known_to_decide_nothing() -> None:
    keys = set(song_schema())
    assert keys == set(FIELDS) - {"take", *PART_INPUTS} | DECIDES_NOTHING_ITSELF.keys()


def song_schema() -> dict[str, Any]:
    path = Path(schemas.__file__).parent / "spec.schema.json"
    properties: dict[str, Any] = json.loads(path.read_text("utf-8"))["$defs"]["song"]["properties"]
    return properties


def takes_templates(name: str) -> bool:
    description = song_schema()[name]["description"]
    return "ay be a template" in description or "may be templates" in description


def as_template(value: object) -> object:
    """Return texts as a template that prints them, at any depth."""
    if isinstance(value, dict):
        return {name: as_template(each) for name, each in value.items()}
    return f"{value[:2]}{{{{ '{value[2:]}' }}}}" if isinstance(value, str) else value


class NoFiles:
    def read(self, path: str) -> Source:
        raise AssertionError(path)

    def read_data(self, path: str) -> bytes:
        raise AssertionError(path)

    def names(self, folder: str) -> list[str]:
        raise AssertionError(folder)


def unresolved_of(said: dict[str, object]) -> UnresolvedRender:
    song = {"instrumental": "river", "lyrics": "la", **said}
    spec = {
        "version": 1,
        "references": {"river": {"file": "river.mp3", "purpose": "song"}},
        "songs": {"demo": song},
    }
    result = load(Source("specs/demo.yaml", json.dumps(spec)), "demo", NoFiles())
    assert result.spec is not None, result.diagnostics
    [unresolved] = result.spec.renders
    return unresolved


WAYS_TO_SAY = [(name, False) for name in OPTIONAL_INPUTS] + [
    (name, True) for name in OPTIONAL_INPUTS if takes_templates(name)
]


@pytest.mark.parametrize(("name", "is_template"), WAYS_TO_SAY)
def test_a_spec_can_say_an_optional_input(name: str, is_template: bool) -> None:
    value = IN_SPECS[name]
    written = as_template(value) if is_template else value
    unresolved = unresolved_of({name: written, **NEEDS.get(name, {})})
    assert getattr(unresolved, name) == value
    takers = [engine for engine in ENGINES.values() if name in engine.traits.takes]
    assert takers
    for engine in ENGINES.values():
        found = getattr(render_inputs(unresolved, None, None, engine), name)
        sent = value[engine.name] if isinstance(value, dict) and engine in takers else value
        assert found == (sent if engine in takers else None)
