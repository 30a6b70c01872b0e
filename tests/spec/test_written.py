"""Numbers print as they were written, and are recorded and named by what they are worth."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.documents.yaml_scalars import resolve
from songbatch.model import UnresolvedRender
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

SPEC = """\
version: 1
vars: {{a: 1, b: {word}}}
references: {{river: {{file: river.mp3, purpose: song}}}}
songs:
  one:
    reference: river
    matrix: {{x: [{word}], include: [{{y: {word}}}]}}
    lyrics: "{text}"
"""
NUMBERS = st.one_of(
    st.from_regex(r"[-+]?(0|[1-9][0-9]{0,4})(\.[0-9]{0,4})?([eE][-+]?[0-9])?", fullmatch=True),
    st.from_regex(r"[-+]?\.[0-9]{1,4}", fullmatch=True),
    st.from_regex(r"0x[0-9a-fA-F]{1,4}|0o[0-7]{1,4}|0[0-9]{2,3}", fullmatch=True),
)


def render(word: str, text: str) -> UnresolvedRender:
    source = Source("specs/x.yaml", SPEC.format(word=word, text=text))
    result = load(source, "x", Memory())
    assert result.spec is not None, result.diagnostics
    return result.spec.renders[0]


@given(NUMBERS)
def test_letters_of_numbers_are_printed(word: str) -> None:
    made = render(word, "{{ b }}|{{ x }}|{{ y }}|{{ x ~ '' }}|{{ x | string }}|{{ 'la' if 1 }}")
    assert made.lyrics == "|".join([word] * 5 + ["la"])
    assert render(word, "{{ b }}|{{ x }}|{{ y }}").lyrics == "|".join([word] * 3)


@given(NUMBERS)
def test_numbers_are_worth_what_they_were(word: str) -> None:
    value = resolve(word)
    made = render(word, "{{ x == b }} {{ x is number }} {{ x + 0 if x is number else 0 }}")
    number = value if isinstance(value, int | float) else 0
    assert made.lyrics == f"true {str(isinstance(value, int | float)).lower()} {number + 0}"
    assert made.variant == {"x": value, "y": value}
    # Records are read back as they are written.
    assert msgspec.json.decode(msgspec.json.encode(made.variant)) == made.variant
    assert all(type(part) in {int, float, str} for part in made.variant.values())


@pytest.mark.parametrize(("word", "label"), [("1.10", "1-1-1-1"), ("1e3", "1000-0-1000-0")])
def test_ids_go_by_the_number(word: str, label: str) -> None:
    assert render(word, "la").label == label


@pytest.mark.parametrize("word", ["1.10", "007", "1e3", "+5", "0x1F", "1.0"])
def test_rows_and_settings_keep_their_letters(word: str) -> None:
    text = SPEC.format(word=1, text="{{ z }} {{ b }} {{ a + 0 }}").replace(
        "    matrix", "    rows: x.csv\n    matrix"
    )
    files = Memory(**{"specs/x.csv": f"z\n{word}\n"})
    result = load(Source("specs/x.yaml", text), "x", files, {"b": word})
    assert result.spec is not None
    assert result.spec.renders[0].lyrics == f"{word} {word} 1"
