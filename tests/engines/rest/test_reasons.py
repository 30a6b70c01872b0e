"""Reasons of refusals: told in whatever form a service writes them, cleaned and bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.rest.quotes import LONGEST_QUOTE, quoted
from songbatch.engines.rest.reasons import reason_in, reason_in_body
from songbatch.engines.rest.redaction import Redactor

KEY = "sk-a1b2c3d4e5f6g7h8"
WHY = "at most 400 characters"

SHAPES: list[tuple[object, str]] = [
    # FastAPI and Pydantic; `input` may be a whole lyric
    ({"detail": [{"loc": ["body", "lyrics"], "msg": WHY, "input": "la"}]}, f"lyrics: {WHY}"),
    ({"detail": [{"loc": ["body", "songs", 0, "bpm"], "msg": "a"}]}, "songs.0.bpm: a"),
    (
        {"detail": [{"loc": ["body", "a"], "msg": "x"}, {"loc": ["query", "b"], "msg": "y"}]},
        "a: x; b: y",
    ),
    ([{"loc": ["body", "lyrics"], "msg": WHY}], f"lyrics: {WHY}"),
    ({"detail": "Invalid API key"}, "Invalid API key"),
    ({"detail": {"error": {"message": WHY}}}, WHY),
    # OpenAI and its kin, Google, MiniMax, ACE-Step
    ({"error": {"message": WHY, "type": "invalid_request_error", "code": None}}, WHY),
    ({"error": {"message": WHY, "param": "lyrics"}}, f"lyrics: {WHY}"),
    ({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": WHY}}, WHY),
    ({"base_resp": {"status_code": 2013, "status_msg": WHY}}, WHY),
    ({"code": 500, "data": None, "error": "boom"}, "boom"),
    ({"code": 500, "data": {"error": "boom"}}, "boom"),
    # Nest, Rails, Laravel, Django, Spring, JSON:API, RFC 7807, OAuth, GraphQL, AJV
    ({"statusCode": 400, "message": ["a", "b"], "error": "Bad Request"}, "a; b; Bad Request"),
    ({"message": "Invalid.", "errors": {"lyrics": [WHY]}}, f"Invalid; lyrics: {WHY}"),
    ({"errors": {"lyrics": ["too long", "odd"]}}, "lyrics: too long; odd"),
    ({"lyrics": [WHY]}, f"lyrics: {WHY}"),
    ({"timestamp": "t", "status": 404, "error": "Not Found", "path": "/v2/x"}, "Not Found"),
    ({"errors": [{"title": "Bad", "source": {"pointer": "/data/attributes/bpm"}}]}, "bpm: Bad"),
    ({"type": "about:blank", "title": "Unprocessable", "status": 422, "detail": WHY}, WHY),
    ({"title": "Unprocessable", "status": 422}, "Unprocessable"),
    ({"error": "invalid_request", "error_description": WHY}, f"{WHY}; invalid_request"),
    ({"errors": [{"message": WHY, "path": ["song", "lyrics"]}]}, f"song.lyrics: {WHY}"),
    ({"errors": [{"instancePath": "/lyrics", "message": WHY}]}, f"lyrics: {WHY}"),
    ({"error": WHY, "message": WHY.upper()}, WHY.upper()),
    ({"ErrorMessage": WHY}, WHY),
    ({"error": json.dumps({"message": WHY})}, WHY),
    ({"error": f"<html><body><h1>{WHY}</h1></body></html>"}, WHY),
    ({"error_code": "LYRICS_TOO_LONG"}, "LYRICS_TOO_LONG"),
    ([WHY], WHY),
    (WHY, WHY),
    # Nothing is told
    ({}, ""),
    ([], ""),
    (None, ""),
    (422, ""),
    ({"error": None, "message": "", "detail": []}, ""),
    ({"error": True, "code": 13}, ""),
]


@pytest.mark.parametrize(("value", "reason"), SHAPES, ids=lambda value: str(value)[:60])
def test_a_reason_is_told_in_whatever_shape(value: object, reason: str) -> None:
    assert reason_in(value) == reason
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"):
        assert reason_in_body(json.dumps(value).encode(encoding)) == reason or not reason


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"lyrics: too long\n", "text/plain", "lyrics: too long"),
        (b"", "", ""),
        (
            b"<!DOCTYPE html><html><head><title>413</title><style>b{}</style></head>"
            b"<body><h1>413</h1><p>The body is &lt;too&gt;\n large</p><script>x()</script>",
            "text/html",
            "413 The body is <too> large",
        ),
        (b"<?xml version='1.0'?><Error><Code>Denied</Code><Message>No</Message>", "", "Denied No"),
        (b"<e><![CDATA[too long]]></e>", "text/xml", "too long"),
        ("<p>für dich".encode("cp1252"), "text/html", "für dich"),
        ("Clé refusée".encode("latin-1"), "text/plain; charset=ISO-8859-1", "Clé refusée"),
        ("長すぎる".encode("shift_jis"), "text/plain; charset=Shift_JIS", "長すぎる"),
        ("長すぎる".encode("gb18030"), 'text/plain; charset="gb18030"', "長すぎる"),
        ('{"detail": "zu größ"}'.encode("latin-1"), "application/json", "zu größ"),
        ("ungültig".encode(), "text/plain; charset=nonsense", "ungültig"),
        (b'event: error\ndata: {"error": {"message": "busy"}}\n\n', "text/event-stream", "busy"),
        (b'{"message": "a"}\n{"message": "b"}\n', "application/x-ndjson", "a"),
        (b'{"message": "cut', "application/json", '{"message": "cut'),
        (bytes(range(256)) * 4, "application/octet-stream", ""),
    ],
)
def test_a_reason_is_told_in_whatever_body(body: bytes, content_type: str, reason: str) -> None:
    assert reason_in_body(body, content_type) == reason


WORDS = st.text("abcdefgh XYZ", min_size=3, max_size=30).map(str.strip).filter(bool)
CONTAINERS = st.sampled_from(["error", "errors", "detail", "details", "Errors", "base_resp"])
SENTENCES = st.sampled_from(["message", "msg", "reason", "error_message", "statusMsg", "detail"])


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda key, value: {key: value}, CONTAINERS, inner),
        inner.map(lambda value: [value]),
        inner.map(json.dumps),
        inner.map(lambda value: {"status": 422, "request_id": "a-1", "data": value}),
    )


@given(
    WORDS.flatmap(
        lambda why: st.tuples(
            st.just(why),
            st.recursive(
                SENTENCES.map(lambda key: {key: why, "status_code": 1}), around, max_leaves=1
            ),
        )
    )
)
def test_a_reason_is_found_however_deep_it_stands(case: tuple[str, object]) -> None:
    why, value = case
    assert why.casefold() in reason_in_body(json.dumps(value).encode()).casefold()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["error", "detail", "loc", "data", "x"]), inner, max_size=4
        )
    ),
)


@given(JSON, st.binary(max_size=200), st.text(max_size=40))
def test_anything_at_all_becomes_one_short_line(
    value: object, body: bytes, content_type: str
) -> None:
    for reason in (
        reason_in(value),
        reason_in_body(body, content_type),
        reason_in_body(json.dumps(value).encode() + body, content_type),
    ):
        shown = quoted(reason, Redactor(KEY))
        assert len(shown) <= LONGEST_QUOTE
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)


def test_depth_and_length_are_bounded() -> None:
    deep: object = "why"
    for _ in range(100_000):
        deep = [deep]
    assert reason_in(deep) == ""
    assert len(reason_in_body(b'{"error": "' + b"a" * 10**7)) < 2**17
    assert reason_in_body(b"[" * 10**6) != ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"the key {KEY} is unknown", "the key [key] is unknown"),
        (f"<b>{KEY[:6]}</b>{KEY[6:]}", "[key]"),
        ("Authorization: Bearer eyJhbGciOi.eyJzdWIi.abc", "Authorization: Bearer [key]"),
        ("another sk-proj-0123456789abcdef", "another [key]"),
        ("http://user:hunter2hunter2@proxy:3128 refuses", "http://user:[key]@proxy:3128 refuses"),
        ("http://proxy:31280000/a refuses", "http://proxy:31280000/a refuses"),
        ("\x1b[31mred\x07", "[31mred"),
    ],
)
def test_keys_and_controls_are_not_told(text: str, shown: str) -> None:
    found = quoted(text, Redactor(KEY))
    assert KEY not in found.replace(" ", "")
    if not text.startswith("<"):
        assert found == shown
