"""Titles are made of what the author wrote, names of files of what every system takes."""

from __future__ import annotations

import csv
import io
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics import slug
from songbatch.model import UnresolvedRender
from songbatch.sources import Source
from songbatch.spec import load
from songbatch.spec.titles import LONGEST_DETAIL, details_of, usual_title
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs:
  late-birthday: {reference: river, lyrics: la, takes: %d, rows: x.csv%s}
"""
LATIN = [
    chr(point)
    for point in range(sys.maxunicode)
    if chr(point).isalpha() and unicodedata.name(chr(point), "").startswith("LATIN ")
]
NAMES = st.text(
    alphabet=st.characters(categories=["L", "N", "P", "Zs"], exclude_characters='"'), max_size=30
)


def renders(*names: str, takes: int = 1, matrix: str = "") -> list[UnresolvedRender]:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(
        [["name", "other"], *([name, "Elsewhere"] for name in names)]
    )
    files = Memory(**{"specs/x.csv": table.getvalue()})
    result = load(Source("specs/x.yaml", SPEC % (takes, matrix)), "x", files)
    assert result.spec is not None, result.diagnostics
    return list(result.spec.renders)


def titles(*names: str, matrix: str = "") -> list[str]:
    return [render.tags["title"] for render in renders(*names, matrix=matrix)]


@pytest.mark.parametrize(
    ("name", "title", "output"),
    [
        ("Björn", "Late birthday (Björn)", "late-birthday-bjorn"),
        ("O'Brien", "Late birthday (O'Brien)", "late-birthday-o-brien"),
        ("Mei-Lin", "Late birthday (Mei-Lin)", "late-birthday-mei-lin"),
        ("Søren", "Late birthday (Søren)", "late-birthday-soren"),
        ("Łukasz  Żak", "Late birthday (Łukasz Żak)", "late-birthday-lukasz-zak"),
        ("Þóra & Ægir", "Late birthday (Þóra & Ægir)", "late-birthday-thora-aegir"),
        ("美玲", "Late birthday (美玲)", "late-birthday-美玲"),
        ("", "Late birthday", "late-birthday-variant"),
    ],
)
def test_a_title_has_the_value(name: str, title: str, output: str) -> None:
    first, second = renders(name, takes=2)
    take = f"{title.removesuffix(')')}, take 2)" if "(" in title else f"{title} (take 2)"
    assert [first.tags["title"], second.tags["title"]] == [title, take]
    assert [first.output, second.output] == [output, f"{output}-2"]


@given(NAMES)
def test_whatever_the_value_is_the_title_has_it(name: str) -> None:
    shown = " ".join(name.split())
    assert titles(name)[0] == (f"Late birthday ({shown})" if shown else "Late birthday")


def test_values_of_a_matrix_come_first() -> None:
    matrix = ", matrix: {mood: [very_happy, Sad!], tempo: [1.10], loud: [true]}"
    first, second = titles("Ann", matrix=matrix)
    assert first == "Late birthday (very_happy, 1.10, true, Ann)"
    assert second == "Late birthday (Sad!, 1.10, true, Ann)"


def test_equal_titles_are_numbered() -> None:
    assert titles("Ann", "Ann", "ann", "Änn") == [
        "Late birthday (Ann)",
        "Late birthday (Ann 2)",
        "Late birthday (ann)",
        "Late birthday (Änn)",
    ]


def test_a_long_value_is_cut() -> None:
    (first,) = titles("la " * 99)
    assert len(first) == len("Late birthday ()") + LONGEST_DETAIL
    assert first.endswith("…)")


@given(st.text(alphabet=st.sampled_from(LATIN), max_size=20))
def test_no_latin_letter_is_left_as_it_is(text: str) -> None:
    folded = slug(text)
    left = {c for c in folded if not c.isascii()}
    # A few hundred phonetic letters have no form in ASCII; the library knows which.
    assert all(not unicodedata.name(c).startswith("LATIN SMALL LETTER") for c in left), left


@given(st.text(max_size=30))
def test_a_slug_is_stable(text: str) -> None:
    assert slug(slug(text)) == slug(text)


@given(NAMES, st.booleans())
def test_a_record_gives_the_same_title(name: str, has_matrix: bool) -> None:
    matrix = ", matrix: {mood: [happy, Very sad]}" if has_matrix else ""
    for render in renders(name, matrix=matrix):
        made = usual_title(render.song, details_of(render.variant, render.label))
        if slug(name) and len(render.label) < 50:
            assert made == render.tags["title"]
