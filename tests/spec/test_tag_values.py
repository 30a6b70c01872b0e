"""Tags that players cannot read are told, with the row; others are not."""

from __future__ import annotations

import csv
import datetime
import io

import mutagen.id3
from hypothesis import given
from hypothesis import strategies as st

from songbatch.sources import Source
from songbatch.spec import load
from songbatch.spec.tag_values import is_readable
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {{river: {{file: river.mp3, purpose: song}}}}
songs:
  one: {{reference: river, lyrics: la, rows: x.csv, tags: {{{tag}: "{{{{ x }}}}"}}}}
"""
TIMES = st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(9999, 1, 1))
READ = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
UNREAD = (
    "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%y", "%Y/%m/%d", "%B %Y", "%d %b %Y", "%Y.0", "%Y-%m-%d %H:%M",
    "%Y%m%d", "%y", "%Y-%m-", "c. %Y", "%Y-13", "%Y-02-30", "%Y-%m-%dT25", "%Y ",
)  # fmt: skip
"""What spreadsheets and people make of dates."""


def told(tag: str, *values: str) -> list[str]:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([["x"], *([value] for value in values)])
    source = Source("specs/x.yaml", SPEC.format(tag=tag))
    result = load(source, "x", Memory(**{"specs/x.csv": table.getvalue()}))
    assert result.spec is not None
    assert {one.code for one in result.diagnostics} <= {"tags.unreadable", "rows.value"}
    wrong = [one for one in result.diagnostics if one.code != "rows.value"]
    assert all(one.span.line == 4 for one in wrong)
    return [one.detail for one in wrong]


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from(["{}/{}", "{:02}/{}", "{}/{:03}"]))
def test_a_track_beyond_the_last_is_told(number: int, total: int, form: str) -> None:
    text = form.format(number, total)
    assert bool(told("track", text)) == (number > total)


@given(TIMES, st.sampled_from(READ))
def test_a_date_of_the_format_is_read(when: datetime.datetime, form: str) -> None:
    text = when.strftime(form)
    assert told("year", text) == []
    assert str(mutagen.id3.ID3TimeStamp(text)).replace(" ", "T") == text


@given(TIMES, st.sampled_from(UNREAD))
def test_any_other_date_is_told(when: datetime.datetime, form: str) -> None:
    text = when.strftime(form)
    if text == text.strip():
        assert told("year", text) == [f'`year` "{text}", for specs/x.csv line 2']
    else:
        assert told("year", text) == []  # blanks around are left out of the tag


@given(st.text(max_size=12))
def test_no_other_text_is_a_year(text: str) -> None:
    if is_readable("year", text) and text:
        assert text[:4].isdecimal()
        assert text.isascii()


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_numbers_are_tracks(number: int, total: int) -> None:
    assert told("track", str(number), f"{number:02}", f"{number}/{number + total}") == []
    frame = mutagen.id3.TRCK(text=[f"{number}/{total}"])
    assert +frame == number


@given(
    st.sampled_from(["A1", "0", "3.0", "-1", "1 of 12", "3/", "/12", "3 / 12", "III", "٣", "1/2/3"])
)
def test_anything_else_is_no_track(text: str) -> None:
    assert told("track", text) == [f'`track` "{text}", for specs/x.csv line 2']


def test_words_are_genres_and_numbers_are_not() -> None:
    assert told("genre", "Folk", "80s", "(Not) Rock", "Hip-Hop", "2-Step", "2000") == []
    for text in ("17", "80", "(17)", "(17)Rock", "RX", "(CR)"):
        assert told("genre", text) == [f'`genre` "{text}", for specs/x.csv line 2']
        genres = mutagen.id3.TCON(encoding=3, text=[text]).genres
        assert genres != [text]


def test_values_of_one_form_are_told_once() -> None:
    values = ["27.11.2026", "2026", "28.11.2026", "1.1.2027", "11/27/2026", "summer 2026"]
    assert told("year", *values) == [
        '`year` "27.11.2026", for specs/x.csv line 2, and 2 more renders',
        '`year` "11/27/2026", for specs/x.csv line 6',
        '`year` "summer 2026", for specs/x.csv line 7',
    ]


@given(st.sampled_from(["title", "artist", "comment", "composer"]), st.text(min_size=1, max_size=9))
def test_words_are_never_told(tag: str, text: str) -> None:
    assert is_readable(tag, text)
