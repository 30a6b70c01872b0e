"""A refused request tells which key of the song it is about, and the line that mends the row."""

from __future__ import annotations

from typing import Any

import pytest

from songbatch.documents.project import load_project
from songbatch.engines.job_service.corrections import (
    Correction,
    correction_of,
    correction_of_hand,
    refused_fields,
)
from songbatch.engines.job_service.table import table_of
from songbatch.sources import Source
from tests.engines.job_service.samples import hand, named, row


def of_fal(*items: tuple[str, str, str], **context: Any) -> dict[str, Any]:
    """Return a refusal as fal writes it: place, message, type."""
    return {
        "detail": [
            {"loc": ["body", *place.split(".")], "msg": message, "type": kind, "ctx": context}
            for place, message, kind in items
        ]
    }


def corrected(body: Any, model: str, service: str = "fal") -> Correction:
    found = correction_of(body, row(model, service), named(model, service))
    assert found is not None
    return found


def test_both_services_name_fields() -> None:
    by_fal = of_fal(("lyrics", "too long", "string_too_long"))
    by_replicate = {
        "title": "Input validation failed",
        "detail": "- input.duration: Must be less than or equal to 600",
        "status": 422,
        "invalid_fields": [
            {"type": "invalid", "field": "input.duration", "description": "at most 600"}
        ],
    }
    assert [field.path for field in refused_fields(by_fal)] == ["lyrics"]
    assert [field.path for field in refused_fields(by_replicate)] == ["duration"]
    text_alone = {"detail": "- input.seed: Must be an integer\n- input: lyrics is required\n"}
    assert [field.path for field in refused_fields(text_alone)] == ["seed", "lyrics"]


@pytest.mark.parametrize("body", [None, [], "no", {}, {"detail": "no"}, {"detail": [{"loc": []}]}])
def test_what_names_no_field_is_left_alone(body: Any) -> None:
    assert correction_of(body, row("music-3"), named("music-3")) is None


def test_a_field_that_nobody_had_tried() -> None:
    body = of_fal(("reference_id", "Extra inputs are not permitted", "extra_forbidden"))
    assert corrected(body, "mureka-9") == Correction(
        "`reference_id` says the song's `reference`: extra_forbidden: Extra inputs are not "
        "permitted (the name is the maker's own; fal lists no field for a reference)",
        "if the field has another name by now, write into songbatch.yaml `engines: {fal: {models: "
        "{mureka-9: {sends: {reference: {purposes: [song], field: NAME}}}}}}`, with it in place "
        "of NAME",
    )


def test_a_field_that_was_renamed() -> None:
    body = of_fal(
        ("caption", "Field required", "missing"),
        ("prompt", "Extra inputs are not permitted", "extra_forbidden"),
    )
    assert corrected(body, "music-3") == Correction(
        "the service wants `caption`, where the row fal/music-3 sends the song's `style` as "
        "`prompt`: missing: Field required",
        "write into songbatch.yaml "
        "`engines: {fal: {models: {music-3: {sends: {style: {field: caption}}}}}}`",
    )


def test_a_renamed_field_alone_goes_by_its_usual_name() -> None:
    body = {"invalid_fields": [{"type": "required", "field": "tags", "description": "required"}]}
    fix = corrected(body, "ace-step-1.5", "replicate").fix
    assert fix == (
        "write into songbatch.yaml "
        "`engines: {replicate: {models: {ace-step-1.5: {sends: {style: {field: tags}}}}}}`"
    )


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            of_fal(("lyrics", "too long", "string_too_long"), max_length=3500),
            "{music-3: {sends: {lyrics: {max: 3500}}}}",
        ),
        (
            of_fal(("duration", "Input should be less than or equal to 240", "less_than_equal")),
            "{music-3: {sends: {duration: {to: 240}}}}",
        ),
        (
            of_fal(("duration", "too short", "greater_than_equal"), ge=5),
            "{music-3: {sends: {duration: {from: 5}}}}",
        ),
    ],
)
def test_a_bound_goes_into_the_row(body: Any, line: str) -> None:
    assert f"`engines: {{fal: {{models: {line}}}}}`" in corrected(body, "music-3").fix


def test_a_constant_can_be_left_out() -> None:
    body = of_fal(("enable_safety_checker", "Extra inputs are not permitted", "extra_forbidden"))
    assert corrected(body, "mureka-9").fix == (
        "write into songbatch.yaml `engines: {fal: {models: {mureka-9: {sends: "
        "{constants: {enable_safety_checker: null}}}}}}` to send it no more, or another value in "
        "place of null"
    )


def test_a_field_that_only_options_can_have_sent() -> None:
    found = corrected(of_fal(("guidance", "not a number", "float_parsing")), "music-3")
    assert "does not send" in found.text
    assert "the song's options" in found.fix


def test_a_field_that_no_key_says_becomes_a_constant() -> None:
    found = corrected(of_fal(("quality", "Field required", "missing")), "music-3")
    assert "{sends: {constants: {quality: VALUE}}}" in found.fix


def test_a_hand() -> None:
    body = of_fal(
        ("url", "Field required", "missing"),
        ("audio_url", "Extra inputs are not permitted", "extra_forbidden"),
    )
    found = correction_of_hand(body, hand("mureka:voice"), named("mureka-9"))
    assert found == Correction(
        "`audio_url` is what hands over the address of a reference, mureka:voice: "
        "extra_forbidden: Extra inputs are not permitted",
        'write into songbatch.yaml `engines: {fal: {hands: {"mureka:voice": {field: url}}}}`',
    )


@pytest.mark.parametrize(
    ("model", "service", "body"),
    [
        ("mureka-9", "fal", of_fal(("caption", "Field required", "missing"))),
        ("music-3", "fal", of_fal(("duration", "x", "less_than_equal"), le=60)),
        ("mureka-9", "fal", of_fal(("enable_safety_checker", "x", "extra_forbidden"))),
        ("mureka-9.5", "fal", of_fal(("vocal_id", "x", "extra_forbidden"))),
        ("heartmula", "replicate", of_fal(("style", "Field required", "missing"))),
    ],
)
def test_every_line_is_one_that_a_project_may_have(model: str, service: str, body: Any) -> None:
    line = corrected(body, model, service).fix.split("`")[-2]
    project, wrong = load_project(Source("songbatch.yaml", f"version: 1\n{line}\n"))
    assert wrong == []
    changed = table_of(service, project.engines[service]).models[model]
    assert changed != row(model, service)


def test_a_service_cannot_write_to_the_terminal() -> None:
    found = corrected(of_fal(("lyrics", "no\x1b[31m", "\x9bvalue")), "music-3")
    assert "\x1b" not in found.text
    assert "\x9b" not in found.text
