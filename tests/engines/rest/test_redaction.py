"""The key out of texts: whatever the key, the encoding and what stands around it."""

from __future__ import annotations

import base64
import html
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.rest.redaction import LONGEST_TEXT, REDACTED, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60)
USUAL_KEYS = st.text("abcXYZ0189-._~+/=:", min_size=12, max_size=60)
"""In a mixture of ways, what looks like an escape in a key itself cannot be told from one."""

AROUND = st.binary(max_size=7)
CODES: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base32": base64.b32encode,
    "hex": lambda data: data.hex().upper().encode(),
}


@pytest.mark.parametrize("code", CODES)
@given(KEYS, AROUND, AROUND, st.integers(0, 2))
def test_encoded_with_something_around_it(
    code: str, key: str, before: bytes, after: bytes, layers: int
) -> None:
    text = CODES[code](before + key.encode() + after).decode()
    for _ in range(layers):
        text = quote(text, safe="")
    left = Redactor(key).without_key(f"see {text} there")
    assert REDACTED in left
    assert left.startswith("see ")
    assert left.endswith(" there")
    assert len(left) <= len("see [key] there") + 10 * (len(before) + len(after) + 6)


@pytest.mark.parametrize("outer", CODES)
@pytest.mark.parametrize("inner", CODES)
@given(KEYS, AROUND)
def test_encoded_twice(inner: str, outer: str, key: str, before: bytes) -> None:
    text = CODES[outer](CODES[inner](before + key.encode())).decode()
    assert REDACTED in Redactor(key).without_key(f"see {text} there")


@pytest.mark.parametrize("between", [":", "-", ", ", " | ", "', '"])
@given(KEYS)
def test_encoded_with_marks_between_the_digits(between: str, key: str) -> None:
    text = between.join(f"{byte:02x}" for byte in key.encode())
    assert Redactor(key).without_key(f"see {text} there") == f"see {REDACTED} there"


@given(USUAL_KEYS, st.data())
def test_every_character_written_in_a_way_of_its_own(key: str, draw: st.DataObject) -> None:
    ways = (
        lambda c: c, lambda c: f"%{ord(c):02x}", lambda c: f"%25{ord(c):02X}",
        lambda c: f"\\u{ord(c):04x}", lambda c: f"\\x{ord(c):02X}", lambda c: f"&#{ord(c)};",
        lambda c: f"&#x{ord(c):x};", lambda c: f"&amp;#{ord(c)};", html.escape,
    )  # fmt: skip
    text = "".join(draw.draw(st.sampled_from(ways))(c) for c in key)
    assert Redactor(key).without_key(f"a {text} b") == f"a {REDACTED} b"


@given(KEYS, st.text(max_size=60))
def test_a_text_without_it_stays_as_it_is(key: str, text: str) -> None:
    redactor = Redactor(key)
    assert redactor.is_in(text) == (redactor.without_key(text) != text)
    assert redactor.without_key(text.replace(key[:8], "")) == text.replace(key[:8], "")


@given(KEYS, st.integers(0, 200))
def test_it_is_looked_for_before_a_long_text_is_cut(key: str, back: int) -> None:
    text = "." * (LONGEST_TEXT - back) + key * 10
    left = Redactor(key).without_key(text)
    assert key[:6] not in left
    assert len(left) < LONGEST_TEXT


@pytest.mark.parametrize("unit", ["%25", "\\", "&amp;", "%41", "sk-0123456789", "&#x", "\\u00"])
def test_long_texts_take_little_time(unit: str) -> None:
    start = time.process_time()
    Redactor("sk-01234567890").without_key(unit * 100_000)
    assert time.process_time() - start < 5
