"""Texts keep their letters and have the truth they say, wherever they come from."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from songbatch.documents.yaml_scalars import resolve
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {{river: {{file: river.mp3, purpose: song}}}}
songs:
  one:
    reference: river
    {origin}
    template: a.j2
"""
ORIGINS = {
    "a row": "rows: x.csv",
    "a setting": "vars: {x: something}",
    "a variable": "vars: {x: WORD}",
    "a matrix": "matrix: {x: [WORD]}",
    "an addition": "matrix: {y: [1], include: [{x: WORD}]}",
}
CONDITIONS = (
    "{% if x %}T{% else %}F{% endif %}",
    "{% if not x %}F{% else %}T{% endif %}",
    "{% if 0 %}{% elif x %}T{% else %}F{% endif %}",
    "{% if x and 1 %}T{% else %}F{% endif %}",
    "{% if 1 and x %}T{% else %}F{% endif %}",
    "{% if x or 0 %}T{% else %}F{% endif %}",
    "{% if 0 or x %}T{% else %}F{% endif %}",
    "{{ 'T' if x else 'F' }}",
    "{{ 'F' if not x else 'T' }}",
    "{{ (x and 'T') in ['T'] and 'T' or 'F' }}",
    "{{ (x or 'F') == 'F' and 'F' or 'T' }}",
    "{% set y = x %}{{ 'T' if y else 'F' }}",
    "{% set y %}{{ x }}{% endset %}{{ 'T' if y else 'F' }}",
    "{% set y = not x %}{{ 'F' if y else 'T' }}",
    "{{ 'T' if x | lower else 'F' }}",
    "{{ 'T' if x ~ '' else 'F' }}",
    "{% macro m(y) %}{{ 'T' if y else 'F' }}{% endmacro %}{{ m(x) }}",
    "{% for y in [1] if x %}T{% else %}F{% endfor %}",
    "{% for y in [x] %}{{ 'T' if y else 'F' }}{% endfor %}",
    "{{ 'T' if [x] | select | list else 'F' }}",
    "{{ 'F' if [x] | reject | list else 'T' }}",
    "{{ 'T' if [{'a': x}] | selectattr('a') | list else 'F' }}",
    "{{ 'F' if [{'a': x}] | rejectattr('a') | list else 'T' }}",
    "{% if x == true %}T{% else %}F{% endif %}",
    "{% if x == false %}F{% else %}T{% endif %}",
    "{% if true == x %}T{% else %}F{% endif %}",
    "{% if x != True %}F{% else %}T{% endif %}",
    "{{ 'T' if x != false else 'F' }}",
    "{{ 'T' if not x == false else 'F' }}",
    "{{ 'T' if x is true else 'F' }}",
    "{{ 'F' if x is false else 'T' }}",
    "{{ 'F' if x is not true else 'T' }}",
    "{{ 'T' if x is eq true else 'F' }}",
    "{{ 'F' if x is ne true else 'T' }}",
    "{{ 'T' if [x] | select('equalto', true) | list else 'F' }}",
    "{{ 'T' if [{'a': x}] | selectattr('a', '==', true) | list else 'F' }}",
    "{% set y = x == true %}{{ 'T' if y else 'F' }}",
)
FALSE = ("no", "n", "false", "off", "0", "0.0", "0,00", "-0", ".0", "0e3")


def cased(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.upper(), word.capitalize()])


FALSE_WORDS = st.sampled_from(FALSE).flatmap(cased)
OTHER_WORDS = st.sampled_from(
    [
        "yes",
        "y",
        "true",
        "on",
        "1",
        "nobody",
        "No way",
        "nono",
        "off-key",
        "00",
        "007",
        "Ñ",
        "0.01",
        "0:0",
        "x",
        "1e-9",
        "0.0.0",
        ".",
    ]
).flatmap(cased) | st.text(
    alphabet=st.characters(categories=["L", "N"], max_codepoint=0x17F), min_size=5, max_size=9
).filter(lambda word: word.casefold() not in FALSE)


NUMBERS = st.from_regex(r"[-+]?(0|[1-9][0-9]?)(\.[0-9]{0,3})?([eE][-+]?[0-9])?", fullmatch=True)


def rendered(word: str, origin: str, template: str) -> str:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([["x"], [word]])
    text = SPEC.format(origin=ORIGINS[origin].replace("WORD", json.dumps(word)))
    result = load(
        Source("specs/x.yaml", text),
        "x",
        Memory(**{"templates/a.j2": template, "specs/x.csv": table.getvalue()}),
        {"x": word} if origin == "a setting" else None,
    )
    assert result.spec is not None, result.diagnostics
    return result.spec.renders[-1].lyrics or ""


@settings(max_examples=300)
@given(FALSE_WORDS, st.sampled_from(sorted(ORIGINS)), st.sampled_from(CONDITIONS))
def test_a_word_that_says_no_is_false(word: str, origin: str, condition: str) -> None:
    assert rendered(word, origin, "[" + condition + "] {{ x }}") == f"[F] {word}"


@settings(max_examples=300)
@given(OTHER_WORDS, st.sampled_from(sorted(ORIGINS)), st.sampled_from(CONDITIONS))
def test_any_other_word_is_true(word: str, origin: str, condition: str) -> None:
    assert rendered(word, origin, "[" + condition + "] {{ x }}") == f"[T] {word}"


@pytest.mark.parametrize("word", ["no", "No", "false", "off", "0", "n"])
def test_a_plain_yaml_word_that_says_no_is_false(word: str) -> None:
    text = SPEC.format(origin=f"vars: {{x: {word}}}")
    files = Memory(**{"templates/a.j2": CONDITIONS[0]})
    result = load(Source("specs/x.yaml", text), "x", files)
    assert result.spec is not None
    assert result.spec.renders[0].lyrics == "F"


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0"])
def test_blanks_around_do_not_count(blank: str) -> None:
    for word in ("", "no", "False"):
        assert rendered(blank + word + blank, "a setting", "{{ 'T' if x else 'F' }}") == "F"
    assert rendered(blank + "yes" + blank, "a setting", "{{ 'T' if x else 'F' }}") == "T"


@pytest.mark.parametrize(
    "template",
    ["{{ x | default('friend', true) }}", "{{ x | d('friend', true) }}", "{{ x if x is defined }}"],
)
def test_whether_there_is_a_text_can_be_asked(template: str) -> None:
    assert rendered("No", "a row", template) == "No"


@given(FALSE_WORDS | OTHER_WORDS, st.sampled_from(sorted(ORIGINS)))
def test_letters_survive_every_way(word: str, origin: str) -> None:
    ways = "{{ x }}|{{ x ~ '' }}|{% set y = x %}{{ y }}|{% for y in [x] %}{{ y }}{% endfor %}"
    assert rendered(word, origin, ways).split("|") == [word] * 4


@given(NUMBERS | st.sampled_from(["0x0", "0x00", "0o0", "0x10", "-.0", "+.5"]))
def test_a_number_as_text_has_the_truth_of_the_number(word: str) -> None:
    assume(isinstance(resolve(word), int | float))
    origin = "vars: {x: something, z: " + word + "}"
    text = SPEC.format(origin=origin)
    files = Memory(**{"templates/a.j2": "{{ 'T' if x else 'F' }}{{ 'T' if z else 'F' }}"})
    result = load(Source("specs/x.yaml", text), "x", files, {"x": word})
    assert result.spec is not None
    assert result.spec.renders[0].lyrics == ("TT" if resolve(word) else "FF")


@given(FALSE_WORDS | OTHER_WORDS, st.sampled_from(sorted(ORIGINS)))
def test_texts_are_compared_with_texts_by_their_letters(word: str, origin: str) -> None:
    quoted = json.dumps(word, ensure_ascii=False)
    other = f"{word}x"
    template = (
        f"{{{{ x == {quoted} }}}}{{{{ x == '{other}' }}}}{{{{ x == x == true }}}}{{{{ x == 1 }}}}"
    )
    assert rendered(word, origin, template) == "truefalsefalsefalse"


DOUBTFUL = ["FALSCH", "Faux", "FALSO", "nein", "non", "none", "NULL", "nil", "N/A", "-", "—", "✗",
            "☐", " No. ", "no!"]  # fmt: skip


@pytest.mark.parametrize("word", DOUBTFUL)
def test_a_text_that_may_mean_no_is_true_and_told_where_it_is_asked(word: str) -> None:
    for template, is_told in [
        ("{% if x %}la{% endif %}", True),
        ("{{ 'la' if not x else 'lo' }}", True),
        ("{% for n in [1] if x %}la{% endfor %}", True),
        ("{{ x or 'la' }} la", True),
        ("{{ x }} la", False),
        ("{% if x != '' %}la{% endif %}", False),
    ]:
        assert told_truth(word, template) == ([f'`x` is "{word}"'] if is_told else [])


@pytest.mark.parametrize("word", ["no", "yes", "Nina", "Nein danke", "0", "", "wahr", "ja", "x"])
def test_other_texts_are_asked_without_a_word(word: str) -> None:
    assert not told_truth(word, "{% if x %}la{% endif %}la")


def told_truth(word: str, template: str) -> list[str]:
    spec = SPEC.format(origin=f"vars: {{x: {json.dumps(word)}}}")
    files = Memory(**{"templates/a.j2": template})
    found = load(Source("specs/x.yaml", spec), "x", files).diagnostics
    return [one.detail for one in found if one.code == "vars.truth"]
