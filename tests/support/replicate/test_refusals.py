"""What the simulated service refuses, and the models with their schemas."""

from __future__ import annotations

from typing import Any

import pytest

from support.contract.audio import tone
from support.replicate.catalog import ACE_STEP, ACE_STEP_1_5, MODELS, MUSIC_01
from support.replicate.models import Model
from support.replicate.server import ReplicateServer
from tests.support.replicate.asking import ACE, KEY, PINNED, SEEDED, SONG, Asker

COVER = "minimax/music-cover"
URL = "https://example.com/night.mp3"
HEART = "f654464a8b2e4824c74cb296b1cb47037037b02adbc6d8f8145fdc3a47ba6790"
INVALID_VERSION = "Invalid version or not permitted"


@pytest.mark.parametrize(
    ("version", "given", "field", "kind"),
    [
        (PINNED, {"duration": "30"}, "input.duration", "invalid_type"),
        (PINNED, {"duration": None}, "input.duration", "invalid_type"),
        (PINNED, {"duration": True}, "input.duration", "invalid_type"),
        (PINNED, {"duration": 601}, "input.duration", "number_lte"),
        (PINNED, {"duration": -2}, "input.duration", "number_gte"),
        (PINNED, {"bpm": 92.5}, "input.bpm", "invalid_type"),
        (PINNED, {"bpm": 29}, "input.bpm", "number_gte"),
        (PINNED, {"inference_steps": 0}, "input.inference_steps", "number_gte"),
        (PINNED, {"guidance_scale": 15.5}, "input.guidance_scale", "number_lte"),
        (PINNED, {"thinking": "yes"}, "input.thinking", "invalid_type"),
        (PINNED, {"time_signature": "5"}, "input.time_signature", "enum"),
        (PINNED, {"time_signature": 4}, "input.time_signature", "invalid_type"),
        (PINNED, {"audio_format": "midi"}, "input.audio_format", "enum"),
        (PINNED, {"lyrics": 4097 * "a"}, "input.lyrics", "string_lte"),
        (PINNED, {"prompt": 513 * "a"}, "input.prompt", "string_lte"),
        (PINNED, {"prompt": ["folk"]}, "input.prompt", "invalid_type"),
        (PINNED, {"seed": -2}, "input.seed", "number_gte"),
        (ACE_STEP.version, {"lyrics": "a"}, "input", "required"),
        (ACE_STEP.version, {"tags": "folk", "duration": 0}, "input.duration", "number_gte"),
        (ACE_STEP.version, {"tags": "folk", "duration": 241}, "input.duration", "number_lte"),
        (HEART, {"max_audio_length_ms": 9999}, "input.max_audio_length_ms", "number_gte"),
        (COVER, {"prompt": "folk"}, "input", "required"),
        (COVER, {"audio_url": "night.mp3"}, "input.audio_url", "format"),
        (COVER, {"audio_url": "data:audio/mpeg;base64,%%"}, "input.audio_url", "format"),
        (COVER, {"audio_url": URL, "bitrate": 128001}, "input.bitrate", "enum"),
        ("minimax/music-01", {"lyrics": 401 * "a"}, "input.lyrics", "string_lte"),
        ("minimax/music-2.6", {"lyrics": 3501 * "a"}, "input.lyrics", "string_lte"),
        ("minimax/music-2.6", {"is_instrumental": 1}, "input.is_instrumental", "invalid_type"),
    ],
)  # fmt: skip
def test_an_input_that_a_model_does_not_take_is_refused(
    asker: Asker, version: str, given: dict[str, Any], field: str, kind: str
) -> None:
    answer = asker.create(given, version)
    said = answer.json()
    assert answer.status_code == said["status"] == 422, said
    assert said["title"] == "Input validation failed"
    (entry,) = said["invalid_fields"]
    assert (entry["field"], entry["type"]) == (field, kind)
    assert said["detail"] == f"- {field}: {entry['description']}\n"
    assert asker.server.charged == 0


@pytest.mark.parametrize(
    ("version", "given"),
    [
        (PINNED, {}),
        (PINNED, {"duration": -1, "seed": -1, "bpm": 92.0, "time_signature": "auto"}),
        (PINNED, {"duration": 12.5}),
        (ACE_STEP.version, {"tags": "folk", "duration": -1}),
        (HEART, {"tags": "folk,warm", "max_audio_length_ms": 10000}),
        (COVER, {"audio_url": URL}),
        ("minimax/music-01", {"voice_id": "v", "lyrics": 400 * "a", "sample_rate": 32000}),
        ("minimax/music-2.6", {"lyrics": "##\nOver the harbour\n##"}),
    ],
)
def test_other_inputs_are_taken(asker: Asker, version: str, given: dict[str, Any]) -> None:
    assert asker.made(given, version)["status"] == "succeeded"


def test_all_mistakes_are_told_at_once(asker: Asker) -> None:
    fields = asker.create({"duration": "a", "bpm": 1}).json()["invalid_fields"]
    assert [entry["field"] for entry in fields] == ["input.duration", "input.bpm"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"version": PINNED, "input": {}, "inptu": 1}, "Additional property inptu"),
        ({"version": PINNED}, "input is required"),
        ({"input": {}}, "version is required"),
        ({"version": PINNED, "input": []}, "input: Invalid type"),
        ([], "Expected: object"),
    ],
)
def test_a_body_has_the_known_fields_and_no_others(asker: Asker, body: Any, words: str) -> None:
    answer = asker.ask("POST", "/predictions", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_body_is_json(asker: Asker) -> None:
    assert asker.ask("POST", "/predictions", data=b"{").status_code == 400


@pytest.mark.parametrize(
    "version",
    [64 * "0", "abc", f"{ACE}:{64 * '0'}", f"lucataco/ace-step:{PINNED}", ACE],
)
def test_a_version_that_does_not_exist_is_refused(asker: Asker, version: str) -> None:
    answer = asker.create(SEEDED, version)
    assert (answer.status_code, answer.json()["title"]) == (422, INVALID_VERSION)


def test_a_version_may_have_its_name_in_front(asker: Asker) -> None:
    assert asker.made(SEEDED, f"{ACE}:{PINNED}")["version"] == PINNED


def test_only_official_models_have_a_path_of_their_own(asker: Asker) -> None:
    answer = asker.ask("POST", f"/models/{ACE}/predictions", json={"input": SEEDED})
    assert answer.status_code == answer.json()["status"] == 404
    path = "/models/minimax/music-2.6/predictions"
    assert asker.ask("POST", path, json={"input": {}}).status_code == 201
    body = {"version": PINNED, "input": {}}
    assert asker.ask("POST", path, json=body).status_code == 422


def test_a_key_is_asked_for(asker: Asker, server: ReplicateServer) -> None:
    for key in ("", "r8_other"):
        answer = asker.ask("GET", "/account", key=key)
        assert answer.status_code == answer.json()["status"] == 401
    assert server.refused_keys == 2
    assert not server.requests
    assert asker.ask("GET", "/account", key="", headers={"Authorization": f"Token {KEY}"}).ok
    server.key = ""
    assert asker.ask("GET", "/account", key="").ok


def test_what_does_not_exist_is_not_found(asker: Asker) -> None:
    for method, path in [
        ("GET", "/predictions/none"), ("POST", "/predictions/none/cancel"),
        ("GET", "/models/no/one"), ("GET", "/files/none"), ("DELETE", "/files/none"),
        ("GET", f"/models/{ACE}/versions/{64 * '0'}"), ("GET", "/trainings"), ("PUT", "/files"),
    ]:  # fmt: skip
        answer = asker.ask(method, path)
        assert answer.status_code == answer.json()["status"] == 404, path


def test_credit_can_run_out(asker: Asker, server: ReplicateServer) -> None:
    server.credit = 0.2
    given = {"audio_url": URL}
    assert [asker.made(given, COVER)["status"] for _ in range(2)] == ["succeeded"] * 2
    answer = asker.create(given, COVER)
    assert (answer.status_code, answer.json()["title"]) == (402, "Insufficient credit")
    assert server.books.usd == 0.3


@pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
def test_a_model_tells_its_schema(asker: Asker, model: Model) -> None:
    latest = asker.ask("GET", f"/models/{model.name}").json()["latest_version"]
    assert latest["id"] == model.version
    assert len(latest["id"]) == 64
    schemas = latest["openapi_schema"]["components"]["schemas"]
    properties = schemas["Input"]["properties"]
    assert sorted(properties, key=lambda name: properties[name]["x-order"]) == [
        field.name for field in model.fields
    ]
    assert schemas["Output"] == {"type": "string", "title": "Output", "format": "uri"}
    for name, entry in properties.items():
        if "allOf" in entry:
            assert entry["allOf"] == [{"$ref": f"#/components/schemas/{name}"}]
            assert entry["default"] in schemas[name]["enum"]


def test_a_schema_has_limits_and_defaults(asker: Asker) -> None:
    latest = asker.ask("GET", f"/models/{ACE}").json()["latest_version"]
    properties = latest["openapi_schema"]["components"]["schemas"]["Input"]["properties"]
    assert properties["duration"] == {
        "title": "Duration", "type": "number", "minimum": -1, "maximum": 600, "default": 30,
        "x-order": 2,
    }  # fmt: skip
    assert properties["lyrics"]["maxLength"] == 4096
    assert properties["lyrics"]["default"] == "[Instrumental]"


def test_an_official_model_can_vanish(asker: Asker, server: ReplicateServer) -> None:
    name = MUSIC_01.name
    server.withdraw(name)
    assert asker.ask("GET", f"/models/{name}").status_code == 404
    answer = asker.ask("POST", f"/models/{name}/predictions", json={"input": {}})
    assert answer.status_code == 404
    assert asker.create({}, name).status_code == 404
    assert asker.create({}, MUSIC_01.version).json()["title"] == INVALID_VERSION


def test_a_newer_version_can_need_other_fields(asker: Asker, server: ReplicateServer) -> None:
    changed = ACE_STEP_1_5.renaming("lyrics", "song_text")
    server.publish(changed)
    latest = asker.ask("GET", f"/models/{ACE}").json()["latest_version"]
    assert latest["id"] == changed.version != PINNED
    schema = latest["openapi_schema"]["components"]["schemas"]["Input"]
    assert schema["required"] == ["song_text"]
    assert "lyrics" not in schema["properties"]
    assert (
        asker.create(SONG, changed.version).json()["detail"] == "- input: song_text is required\n"
    )
    assert asker.made(SONG, PINNED)["status"] == "succeeded", "what is pinned stays"


def test_a_newer_version_can_have_another_output(asker: Asker, server: ReplicateServer) -> None:
    server.publish(MUSIC_01.giving("object"))
    found = asker.made({}, "minimax/music-01")
    assert found["output"] == {"audio": {"url": f"{server.url}{server.predictions[0].path}"}}
    latest = asker.ask("GET", "/models/minimax/music-01").json()["latest_version"]
    assert latest["openapi_schema"]["components"]["schemas"]["Output"]["type"] == "object"
    server.form = "list"
    assert isinstance(asker.made({}, "minimax/music-01")["output"], list)


def test_a_reference_has_limits_where_its_bytes_are_known(
    asker: Asker, server: ReplicateServer
) -> None:
    ends = []
    for content in (tone("mp3", 4.0, 220.0), tone("wav", 20.0, 220.0), b"no audio"):
        url = asker.upload(content).json()["urls"]["get"]
        found = asker.made({"audio_url": url}, COVER)
        ends.append((found["status"], found["error"]))
    assert [status for status, _ in ends] == ["failed", "succeeded", "failed"]
    assert "4.0 s is not within" in ends[0][1]
    assert "could not be decoded" in ends[2][1]
    assert server.predictions[1].seconds == pytest.approx(20.0, abs=0.1)
    assert server.charged == 1
