"""Options of ACE-Step: the names and values that its server would drop in silence."""

from __future__ import annotations

import pytest

from songbatch.diagnostics import Diagnostic
from songbatch.engines.catalog import Engines
from songbatch.extras import VOICE
from songbatch.model import EngineSettings
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

needs_package = pytest.mark.skipif(VOICE.folder() is None, reason=VOICE.command)


def judged(
    options: str, engine: str = "acestep", model: str | None = None, face: str | None = None
) -> tuple[Diagnostic, ...]:
    text = f"version: 1\nengine: {engine}\nsongs:\n  one: {{lyrics: la, options: {options}}}\n"
    engines = Engines({"acestep": EngineSettings(model=model, face=face)})
    return load(
        Source("specs/x.yaml", text), "x", Memory(), engines=engines.lookup(None)
    ).diagnostics


@pytest.mark.parametrize(
    "field",
    [
        "inference_steps: 20",
        "inference_steps: 12.0",
        "inference_steps: '12'",
        "inference_steps: '{{ 6 * 2 }}'",
        "inferenceSteps: 12",
        "lmTopK: 0",
        "shift: 1",
        "guidance_scale: '2.5'",
        "infer_method: sde",
        "thinking: true",
        "thinking: 'Yes'",
        "parallel_thinking: 0",
        "lm_negative_prompt: noise",
    ],
)
def test_what_the_server_reads_is_no_mistake(field: str) -> None:
    assert judged(f"{{acestep: {{{field}}}}}") == ()


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("inference_steps: 0", "a whole number from 1 to 20"),
        ("inference_steps: 21", "a whole number from 1 to 20"),
        ("inference_steps: 12.5", "a whole number from 1 to 20"),
        ("inference_steps: '12.0'", "a whole number from 1 to 20"),
        ("inference_steps: true", "a whole number from 1 to 20"),
        ("inferenceSteps: many", "a whole number from 1 to 20"),
        ("shift: 5.5", "a number from 1 to 5"),
        ("guidance_scale: much", "a number"),
        ("guidance_scale: .nan", "a number"),
        ("infer_method: ODE", "ode or sde"),
        ("thinking: maybe", "true or false"),
        ("lm_negative_prompt: 5", "a text"),
    ],
)
def test_what_the_server_would_drop_is_a_mistake(field: str, wanted: str) -> None:
    [found] = judged(f"{{acestep: {{{field}}}}}")
    assert (found.code, found.fix) == ("engine.range", f"write {wanted}")


def test_a_value_is_judged_in_every_render() -> None:
    song = '{lyrics: la, matrix: {n: [1, 30, 40]}, options: {acestep: {shift: "{{ n }}"}}}'
    text = f"version: 1\nengine: acestep\nsongs:\n  one: {song}\n"
    engines = Engines().lookup(None)
    found = load(Source("specs/x.yaml", text), "x", Memory(), engines=engines).diagnostics
    assert [one.code for one in found] == ["engine.range", "engine.range"]
    assert "30" in found[0].message
    assert "40" in found[1].message


def test_a_misspelt_name_is_reported_with_what_it_means() -> None:
    [found] = judged("{acestep: {inference_step: 12}}")
    assert (found.code, found.fix) == ("engine.ignores", 'did you mean "inference_steps"?')
    [found] = judged("{acestep: {qqq: 12}}")
    assert (found.code, found.fix) == ("engine.ignores", "remove it, unless your server has it")


def test_steps_are_as_many_as_the_model_takes() -> None:
    assert judged("{acestep: {inference_steps: 64}}", model="acestep-v15-base") == ()
    assert len(judged("{acestep: {inference_steps: 64}}", model="acestep-v15-turbo")) == 1


@pytest.mark.parametrize(
    ("model", "codes"), [("acestep-v15-base", ["engine.range"]), ("acestep-v15-sft", [])]
)
def test_options_of_a_model_are_judged_where_it_renders(model: str, codes: list[str]) -> None:
    found = judged("{acestep/acestep-v15-base: {shift: 9}}", model=model)
    assert [one.code for one in found] == codes


def test_options_of_others_are_not_judged() -> None:
    assert judged("{acestep/acestep-v15-base: {shift: 9, steps: 3}, sketch: {shift: 9}}") == ()


def test_what_the_chat_face_drops_is_reported() -> None:
    options = "{acestep: {inference_steps: 900, guidance_scale: 3, top_k: 4, thinking: true}}"
    [found] = judged(options, face="chat")
    assert found.code == "engine.ignores"
    assert "`inference_steps`" in found.message
    [found] = judged("{acestep: {top_p: 2}}", face="chat")
    assert found.code == "engine.range"


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ("{sketch: {band: reuse}}", []),
        ("{sketch: {band: play}}", []),
        ("{sketch: {band: loud}}", ["engine.range"]),
        ("{sketch: {brand: play}}", ["engine.ignores"]),
        ("{sketch: {singer: formant}}", []),
        ("{sketch: {singer: soprano}}", ["engine.range"]),
        pytest.param("{sketch: {singer: hibari}}", [], marks=needs_package),
        pytest.param('{sketch: {singer: \'{{ "hib" ~ "ari" }}\'}}', [], marks=needs_package),
    ],
)
def test_band_and_singer_of_a_draft_can_be_chosen(options: str, codes: list[str]) -> None:
    found = [mistake.code for mistake in judged(options, engine="sketch")]
    assert found == ["reference.missing", *codes]


@needs_package
def test_a_singer_of_one_language_is_ignored_for_others_with_one_warning() -> None:
    texts = {"one": ("de", 2), "two": ("pt-BR", 1), "three": ("en-GB", 1), "four": ("eng", 1)}
    songs = "".join(
        f"  {name}: {{lyrics: la, lang: {lang}, takes: {takes}}}\n"
        for name, (lang, takes) in texts.items()
    )
    options = "defaults: {options: {sketch: {singer: hibari}}}"
    text = f"version: 1\n{options}\nsongs:\n{songs}"
    engines = Engines().lookup(None)
    found = load(Source("specs/x.yaml", text), "x", Memory(), engines=engines).diagnostics
    [warning] = [one for one in found if one.code == "engine.ignores"]
    assert warning.span.line == 2
    assert "3 renders" in warning.message
