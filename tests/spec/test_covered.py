"""--set of a variable that a song has its own value for: what has no effect is told."""

from __future__ import annotations

import pytest

from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {{river: {{file: river.mp3, purpose: song}}}}
vars: {{a: of the spec, b: of the spec}}
songs:
  one:
    reference: river
    {origin}
    lyrics: "la {{{{ a }}}}"
"""
FILES = Memory(**{"specs/x.csv": "n,a\n1,first\n2,second\n", "specs/y.csv": "b\n1\n"})


@pytest.mark.parametrize(
    ("origin", "place", "detail"),
    [
        ("matrix: {a: [1, 2]}", "specs/x.yaml:7:14", "the matrix of `one` sets `a`"),
        ("matrix: {include: [{a: 1}]}", "specs/x.yaml:7:25", "the matrix of `one` sets `a`"),
        ("rows: x.csv", "specs/x.csv:1:1", "the rows of `one` set `a`"),
        ("matrix: {b: [1], include: [{b: 1, a: 2}]}", "specs/x.yaml:7:39", "the matrix of"),
        ("matrix: {b: [1, 2], include: [{b: 1, a: 2}]}", "", ""),
        ("vars: {a: of the song}", "", ""),
        ("rows: y.csv", "", ""),
        ("takes: 2", "", ""),
    ],
)
def test_a_variable_that_changes_nothing_is_told_and_no_other(
    origin: str, place: str, detail: str
) -> None:
    source = Source("specs/x.yaml", SPEC.format(origin=origin))
    before, after = (load(source, "x", FILES, given) for given in ({}, {"a": "set"}))
    assert before.spec is not None
    assert after.spec is not None
    lyrics = [[one.lyrics for one in spec.renders] for spec in (before.spec, after.spec)]
    assert before.diagnostics == ()
    assert bool(after.diagnostics) == (lyrics[0] == lyrics[1])
    for told in after.diagnostics:
        assert (told.code, str(told.span)) == ("vars.covered", place)
        assert told.detail.startswith(detail)
        assert told.fix.startswith("leave out --set a, or ")
