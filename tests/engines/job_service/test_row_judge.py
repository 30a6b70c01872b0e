"""Mistakes in a project's rows, each with its place and what to write."""

from __future__ import annotations

import json

import pytest

from support.kit import Project
from tests.engines.job_service.samples import OWN

HEAD = "version: 1\nengines:\n  fal:\n    models:\n"
SPEC = "version: 1\nsongs: {a: {lyrics: la, style: pop, duration: 30}}\n"


def said(project: Project, row: str) -> tuple[int, str]:
    project.write("songbatch.yaml", f"{HEAD}      {row}\n").write("specs/a.yaml", SPEC)
    result = project.run("check", "--engine", "acestep")
    return result.status, result.stdout


def own(**changes: object) -> str:
    return f"mine: {json.dumps({**OWN, **changes})}"


def sends(**changes: object) -> str:
    return own(sends={**OWN["sends"], **changes})


@pytest.mark.parametrize(
    ("row", "code", "detail", "fix"),
    [
        (
            "music-3: {sends: {lyrics: {filed: words}}}",
            "schema.unknown-key",
            "`filed`",
            'did you mean "field"?',
        ),
        ("music-3: {endpiont: a/b}", "schema.unknown-key", "`endpiont`", "did you mean"),
        (
            "music-3: {sends: {lyrics: {grammar: section}}}",
            "schema.enum",
            '`grammar` is "section"',
            'did you mean "sections"?',
        ),
        (
            "music-3: {sends: {duration: {from: 100, to: 10}}}",
            "schema.range",
            "`from` is 100, and `to` 10",
            "write the smaller one as `from`",
        ),
        (
            sends(reference={"field": "u", "as": "mureka:voices"}),
            "schema.enum",
            '`as` is "mureka:voices", and fal has no such hand',
            'did you mean "mureka:voice"?',
        ),
        (
            sends(reference={"field": "u", "as": "nothing-like-it"}),
            "schema.enum",
            "fal has no such hand",
            "write url or mureka:reference or mureka:voice",
        ),
        (
            own(gives={"audio": "audio url"}),
            "schema.pattern",
            '`audio` is "audio url"',
            "write names with dots between them",
        ),
        (
            sends(lyrics={"field": "my lyrics"}),
            "schema.pattern",
            '`field` is "my lyrics"',
            "write the name of the field",
        ),
        (own(endpoint="music"), "schema.pattern", '`endpoint` is "music"', "such as minimax/"),
        (own(version="12"), "schema.pattern", '`version` is "12"', "write the 64 hexadecimal"),
        (
            "mine: {endpoint: a/b, sends: {style: {field: p}}, gives: {audio: a}}",
            "schema.missing-key",
            "`mine` has no `price`",
            "write `price: {usd: 0.002, per: second}`",
        ),
        (
            "mine: {endpoint: a/b, sends: {style: {field: p}}, price: {usd: 1}}",
            "schema.missing-key",
            "`mine` has no `gives.audio`",
            "write `gives: {audio: PATH}`",
        ),
        (
            "music3: {sends: {style: {field: p}}, gives: {audio: a}, price: {usd: 1}}",
            "schema.missing-key",
            "`music3` has no `endpoint`",
            'or did you mean "music-3"?',
        ),
        (
            "mine: {endpoint: a/b, gives: {audio: a}, price: {usd: 1}}",
            "schema.missing-key",
            "`mine` sends neither `lyrics` nor `style`",
            "write `sends: {lyrics: {field: NAME}}`",
        ),
        (sends(seed=True), "schema.type", "`seed` is true", "write `seed: {field: NAME}`, or"),
        (sends(bpm={"from": 1}), "schema.missing-key", "`bpm` has no `field`", "`in_style: true`"),
        (
            sends(style=False, bpm={"in_style": True}),
            "schema.missing-key",
            "`bpm` is to stand in the style, and the row sends none",
            "write `style: {field: NAME}`",
        ),
        (
            sends(no_vocals={"field": "x"}),
            "schema.missing-key",
            "`no_vocals` has no `value`",
            "write `value:`",
        ),
        (
            "mureka-9: {sends: {reference: {field: ref}}}",
            "schema.missing-key",
            "`mureka-9` has several references",
            "write `purposes: [song]`",
        ),
        (
            sends(reference={"field": "u", "seconds": [9]}),
            "schema.range",
            "`seconds` has 1 of 2 numbers",
            "such as `seconds: [6, 360]`",
        ),
        (own(price={"usd": -1}), "schema.range", "`usd` is -1", "from 0 to 1000"),
        (own(price={"usd": 1, "per": "hour"}), "schema.enum", '`per` is "hour"', "write song,"),
        (own(price=[]), "schema.empty", "`price`", "write"),
        (own(unsure={"sends.nothing": "x"}), "schema.pattern", "is no path of this row", "sends."),
        (own(number=3), "schema.unknown-key", "`number`", "remove it: of a row in songbatch.yaml"),
        ("mine: 3", "schema.type", "`mine` is the number 3", "write"),
        (
            own().replace("mine", "a/b", 1),
            "schema.pattern",
            'the name "a/b"',
            "use letters, digits, dots, hyphens and underscores",
        ),
        (
            sends(constants={"a" * 201: 1}),
            "schema.pattern",
            'the name "aaaa',
            "use at most 200 characters",
        ),
        (
            sends(constants={"nested": {"a": 1}}),
            "schema.type",
            "`nested` is a mapping",
            "write",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(
    project: Project, row: str, code: str, detail: str, fix: str
) -> None:
    status, text = said(project, row)
    assert status == 2, text
    first = next(line for line in text.splitlines() if f"error[{code}]" in line)
    assert first.startswith("songbatch.yaml:5:")
    assert detail in first
    assert fix in text
    assert text.count("error[") == 1, text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("other", "r8_abcdefghijklmnopqrstuvwxyz0123"),
        ("header", "0b0c9f6e-1d2c-4c5e-9d2a-5d0c8a9e7b11:0123456789abcdef0123456789abcdef"),
        ("api_key", "some-key-of-mine"),
        ("authorization", "whatever"),
    ],
)
def test_a_key_in_a_row_is_refused_and_not_repeated(
    project: Project, name: str, value: str
) -> None:
    status, text = said(project, sends(constants={name: value}))
    assert status == 2
    assert f"`{name}` may be a key" in text
    if name != "authorization":  # a word that is no key by its form or name
        assert value not in text
        assert value[-12:] not in text


@pytest.mark.parametrize(
    "row",
    [
        own(),
        own(price=[{"when": {"thinking": True}, "usd": 2, "per": "minute"}, {"usd": 1}]),
        sends(
            reference=[{"field": "a", "purposes": ["song"]}, {"field": "b", "purposes": ["voice"]}]
        ),
        "music-3: {price: {usd: 0.003}}",
        "music-3: {sends: {bpm: false, constants: {x: null}}}",
        "mureka-9: {sends: {reference: {purposes: [voice], field: singer}}}",
        "mureka-9: {sends: {reference: false}, unsure: {sends.style.max: why}}",
        own(gives={"audio": ".", "seconds": [1, 9]}, metered={"by": "predict_time", "usd": 0.1}),
    ],
)
def test_what_is_right_is_not_told(project: Project, row: str) -> None:
    assert said(project, row) == (0, "1 spec, 1 render: 0 errors, 0 warnings\n")


def test_a_hand_needs_all_of_its_parts(project: Project) -> None:
    project.write("specs/a.yaml", SPEC).write(
        "songbatch.yaml",
        "version: 1\nengines:\n  fal:\n    hands:\n      mine: {endpoint: a/b, usd: 1}\n"
        '      "mureka:voice": {gives: voice.id}\n',
    )
    text = project.run("check", "--engine", "acestep").stdout
    assert "songbatch.yaml:5:7: error[schema.missing-key]" in text
    assert "`mine` has no `field`" in text
    assert "`mine` has no `gives`" in text
    assert "mureka:voice" not in text


def test_a_section_of_a_service_needs_no_model(project: Project) -> None:
    project.write("songbatch.yaml", "version: 1\nengines: {fal: {jobs: 2}, replicate: {}}\n")
    project.write("specs/a.yaml", SPEC)
    assert project.run("check", "--engine", "fal/music-3").status == 0


def test_a_usual_model_that_is_not_there_is_told(project: Project) -> None:
    project.write("songbatch.yaml", "version: 1\nengines: {fal: {model: music3}}\n")
    project.write("specs/a.yaml", SPEC)
    text = project.run("check").stdout
    assert "songbatch.yaml:2:11: error[engine.settings]" in text
    assert 'fal has no model "music3"' in text
    assert 'did you mean "music-3"?' in text


def test_rows_are_only_of_services(project: Project) -> None:
    project.write("songbatch.yaml", "version: 1\nengines: {acestep: {models: {a: {}}}}\n")
    project.write("specs/a.yaml", SPEC)
    text = project.run("check").stdout
    assert '"acestep" takes no `models`: only services have it' in text
