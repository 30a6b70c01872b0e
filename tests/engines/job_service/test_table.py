"""Rows of the package and of projects: one form, one schema, keys that know what shapes them."""

from __future__ import annotations

import copy
import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from songbatch.documents.schema import schema_text
from songbatch.engines.catalog import Engines
from songbatch.engines.job_service.rows import ModelRow
from songbatch.engines.job_service.table import built_in, in_row, pinned, plain_table
from songbatch.model import EngineSettings
from songbatch.traits import UnknownEngine
from tests.engines.job_service.samples import EVERY_ROW, OWN, row, table

SCHEMA = json.loads(schema_text("project"))


def validator(definition: str) -> Any:
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]}
    )


def test_every_row_that_comes_along_is_there() -> None:
    assert EVERY_ROW == [
        ("fal", "music-3"),
        ("fal", "mureka-9"),
        ("fal", "mureka-9.5"),
        ("fal", "ace-step-1.5"),
        ("replicate", "ace-step-1.5"),
        ("replicate", "heartmula"),
        ("replicate", "music-01"),
        ("replicate", "minimax-cover"),
    ]
    doubtful = [name for service, name in EVERY_ROW if row(name, service).doubtful]
    assert doubtful == ["music-01", "minimax-cover"]
    prices = {name: hand.usd for name, hand in built_in("fal").hands.items()}
    assert prices == {"mureka:reference": 0.01, "mureka:voice": 5.0}


@pytest.mark.parametrize(("service", "name"), EVERY_ROW)
def test_a_row_that_comes_along_has_the_form_of_a_projects(service: str, name: str) -> None:
    plain = plain_table(service)["models"][name]
    assert [error.message for error in validator("model").iter_errors(plain)] == []
    made = row(name, service)
    assert made.number >= 1
    assert made.endpoint
    assert made.gives.audio
    assert made.price


@pytest.mark.parametrize("name", ["mureka:reference", "mureka:voice"])
def test_a_hand_that_comes_along_has_the_form_of_a_projects(name: str) -> None:
    assert not list(validator("hand").iter_errors(plain_table("fal")["hands"][name]))


@pytest.mark.parametrize(("service", "name"), EVERY_ROW)
def test_what_is_unsure_is_somewhere_in_its_row(service: str, name: str) -> None:
    plain = plain_table(service)["models"][name]
    # What is left to a default is unsure all the same; then its table is there.
    paths = plain.get("unsure", {})
    parts = [path if in_row(plain, path) is not None else path.rpartition(".")[0] for path in paths]
    assert None not in [in_row(plain, part) for part in parts]


def test_every_row_of_the_package_is_one_of_a_service() -> None:
    files = resources.files("songbatch.engines.job_service").iterdir()
    assert sorted(file.name for file in files if file.name.endswith(".yaml")) == [
        "fal.yaml",
        "replicate.yaml",
    ]


def sound(name: str, said: dict[str, Any], service: str = "fal") -> str:
    engines = Engines({service: EngineSettings(models={name: said})})
    return engines[f"{service}/{name}"].identity.sound


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return a project's row with another value at a path."""
    made = copy.deepcopy(OWN)
    here = made
    *way, last = path.split(".")
    for step in way:
        here = here.setdefault(step, {})
    here[last] = value
    return made


def test_a_built_in_row_has_its_number_in_the_key() -> None:
    for service, name in EVERY_ROW:
        identity = Engines()[f"{service}/{name}"].identity
        assert identity.sound == str(row(name, service).number)
        assert identity.as_json()["name"] == service


@pytest.mark.parametrize(
    "said",
    [
        {"price": {"usd": 0.5, "per": "song"}},
        {"sends": {"lyrics": {"max": 100}, "duration": {"to": 60}, "seed": {"to": 9}}},
        {"gives": {"audio": "track.url", "form": "mp3", "seconds": [1, 9]}},
        {"unsure": {"sends.style": "who knows"}, "traps": ["none"], "title": "Mine"},
        {"seconds_per_render": 5, "doubtful": "gone?", "sends": {"style": {"needed": False}}},
        {"options": {"steps": {"type": "whole"}}},
        {"sends": {"style": {"field": "caption"}, "lyrics": {"field": "words"}}},
    ],
)
def test_price_bounds_and_names_render_nothing_again(said: dict[str, Any]) -> None:
    assert sound("music-3", said) == "1"


@pytest.mark.parametrize(
    "said",
    [
        {"sends": {"constants": {"model": "new"}}},
        {"sends": {"seed": False}},
        {"sends": {"lyrics": {"silent": "[inst]"}}},
        {"sends": {"lyrics": {"grammar": "sections"}}},
        {"endpoint": "minimax/music-4"},
    ],
)
def test_what_makes_another_request_makes_another_key(said: dict[str, Any]) -> None:
    made = sound("music-3", said)
    assert len(made) == 16
    assert made != sound("music-3", {"sends": {"marker": "x"}})


OWN_SOUND = "dd8c0e811749265d"
"""What a project's row is in keys: another one would render everybody's songs again."""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("price", [{"usd": 1, "per": "song"}]),
        ("sends.lyrics.max", 10),
        ("sends.duration.to", 60),
        ("sends.duration.cap", True),
        ("sends.reference.seconds", [1, 9]),
        ("sends.lyrics.needed", False),
        ("gives.audio", "elsewhere"),
        ("sends.duration.in_style", False),
    ],
)
def test_a_projects_row_keeps_its_digest(path: str, value: Any) -> None:
    assert sound("my-model", changed(path, value)) == sound("my-model", OWN)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("endpoint", "someone/other"),
        ("sends.lyrics.field", "words"),
        ("sends.duration.unit", "s"),
        ("sends.reference.as", "mureka:reference"),
        ("sends.reference.excludes_style", True),
        ("sends.reference.formats", ["mp3"]),
        ("sends.no_vocals.value", False),
        ("sends.constants.enable_safety_checker", False),
        ("sends.constants.temperature", 0.7),
        ("sends.marker", "client_id"),
    ],
)
def test_a_projects_row_with_another_request_has_another_digest(path: str, value: Any) -> None:
    assert sound("my-model", changed(path, value)) != sound("my-model", OWN)


def test_the_digest_of_a_projects_row_is_a_promise() -> None:
    assert sound("my-model", OWN) == OWN_SOUND


def test_a_hand_shapes_the_rows_that_use_it() -> None:
    def with_hand(said: dict[str, Any]) -> str:
        settings = EngineSettings(hands={"mureka:voice": said})
        return Engines({"fal": settings})["fal/mureka-9"].identity.sound

    assert with_hand({"usd": 9, "gives": "voice.id"}) == "1"
    assert with_hand({"field": "url"}) == "1"
    assert with_hand({"constants": {"model": "new"}}) != "1"
    other = EngineSettings(hands={"mureka:voice": {"constants": {"model": "new"}}})
    assert Engines({"fal": other})["fal/music-3"].identity.sound == "1"


def test_a_row_that_comes_along_can_be_changed_in_part() -> None:
    said = {"sends": {"reference": {"purposes": ["song"], "field": "ref"}, "bpm": False}}
    made = row("mureka-9", mureka_9=said)
    fields = [(one.field, one.handed) for one in made.sends.reference]
    assert fields == [("ref", "mureka:reference"), ("vocal_id", "mureka:voice")]
    assert made.sends.bpm is None
    assert made.sends.scale is not None
    assert made.sends.constants["model"] == "mureka-9"
    assert "sends.reference.song.field" not in made.unsure
    assert "sends.reference.voice.field" in made.unsure
    assert built_in("fal").models["mureka-9"].sends.bpm is not None


def test_a_constant_can_be_taken_away() -> None:
    said = {"sends": {"constants": {"enable_safety_checker": None, "more": 2}}}
    assert row("mureka-9", mureka_9=said).sends.constants == {"model": "mureka-9", "more": 2}


def test_references_and_prices_stand_alone_or_in_a_list() -> None:
    one = row("my-model", my_model=OWN)
    listed = changed("sends.reference", [OWN["sends"]["reference"]])
    listed["price"] = [OWN["price"]]
    assert row("my-model", my_model=listed) == one
    assert row("my-model", my_model=changed("sends.reference", False)).sends.reference == ()


def test_models_of_one_endpoint_are_told_apart() -> None:
    assert [pinned(row(name, service)) for service, name in EVERY_ROW] == [
        "minimax/music-3",
        "mureka/api/generate/song#mureka-9",
        "mureka/api/generate/song#mureka-9.5",
        "fal-ai/ace-step-1.5",
        "fishaudio/ace-step-1.5:74e3a7d383b18815e277de5223f5fe9d53d38832de15aa567fe729fa129d0d85",
        "meta-innovation/heart_mula:"
        "f654464a8b2e4824c74cb296b1cb47037037b02adbc6d8f8145fdc3a47ba6790",
        "minimax/music-01",
        "minimax/music-cover",
    ]


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("fal", '"fal" has 4 models, and none is named', "write fal/music-3, fal/mureka-9,"),
        ("fal/music3", 'fal has no model "music3"', 'did you mean "music-3"?'),
        ("fal/unknown", 'fal has no model "unknown"', "it has music-3, mureka-9, mureka-9.5,"),
        ("fla", 'there is no engine "fla"', 'did you mean "fal"?'),
        ("fal/music-3/x", "not the name of an engine", "write fal"),
    ],
)
def test_a_model_that_is_not_there_is_told(name: str, message: str, fix: str) -> None:
    with pytest.raises(UnknownEngine, match=message) as caught:
        Engines()[name]
    assert caught.value.fix.startswith(fix)


def test_a_project_says_the_usual_model() -> None:
    engines = Engines({"fal": EngineSettings(model="mureka-9")})
    assert engines["fal"].name == "fal/mureka-9"
    assert "fal" in list(engines)
    assert "replicate" not in list(engines)
    assert engines.services == ["fal", "replicate"]


def test_a_section_of_another_name_is_another_account() -> None:
    engines = Engines({"team": EngineSettings(kind="fal", key_env="TEAM_KEY")})
    team, usual = engines["team/music-3"], engines["fal/music-3"]
    assert (team.name, team.identity.kind) == ("team/music-3", "fal")
    assert team.identity.as_json() == usual.identity.as_json()
    keys = {"FAL_KEY": "a" * 9, "TEAM_KEY": "b" * 9}
    assert team.account(keys) != usual.account(keys)


def test_a_price_of_a_project_does_not_lower_what_is_counted() -> None:
    said = {
        "mine": OWN | {"endpoint": "mureka/api/generate/song", "price": {"usd": 0}},
        "music-3": {"price": {"usd": 0.0001, "per": "second"}},
    }
    engines = Engines({"fal": EngineSettings(models=said)})
    mine, music = engines["fal/mine"], engines["fal/music-3"]
    assert max(rate.usd for rate in mine.tariff().own) == 0.75
    assert [rate.usd for rate in music.tariff().own] == [0.002]
    assert [rate.usd for rate in music.tariff().said or ()] == [0.0001]
    assert not mine.tariff().is_free
    assert not engines["fal/mureka-9"].tariff().said


def test_a_hand_costs_no_less_than_is_known_of_its_endpoint() -> None:
    hands = {
        "mureka:voice": {"usd": 0},
        "mine": {"endpoint": "mureka/api/voice/clone", "field": "u", "gives": "id", "usd": 1},
        "dear": {"endpoint": "someone/clone", "field": "u", "gives": "id", "usd": 7},
    }
    usd = {name: hand.usd for name, hand in table(hands=hands).hands.items()}
    assert usd == {"mureka:reference": 0.01, "mureka:voice": 5.0, "mine": 5.0, "dear": 7.0}


def test_rows_are_data() -> None:
    assert isinstance(row("music-3"), ModelRow)
