"""Which engine renders a song, and what it is judged by."""

from __future__ import annotations

import pytest

from songbatch.engines.catalog import Engines
from songbatch.incremental.compiled import Circumstances, load_compiled
from songbatch.sources import Source
from songbatch.spec import LoadResult, load
from tests.spec.examples import Memory, printed

ROWS = Memory(**{"specs/r.csv": "name,engine\nAnn,acestep/one\nBen, \n"})


def read(text: str, wanted: str | None = None) -> LoadResult:
    source = Source("specs/x.yaml", f"version: 1\n{text}")
    return load(source, "x", ROWS, engines=Engines().lookup(wanted))


def named(text: str) -> dict[str, str | None]:
    """Return the engine of each render."""
    result = read(text)
    assert result.spec is not None, printed(result.diagnostics)
    return {render.id: render.engine for render in result.spec.renders}


REFERENCE = "references: {a: {file: a.mp3, purpose: song}}\n"
SONG = "lyrics: La la, style: soul, reference: a"


@pytest.mark.parametrize(
    ("spec", "defaults", "song", "expected"),
    [
        ("", "", "", None),
        ("acestep/top", "", "", "acestep/top"),
        ("acestep/top", "acestep/usual", "", "acestep/usual"),
        ("acestep/top", "acestep/usual", "acestep/own", "acestep/own"),
        ("", "", "acestep/own", "acestep/own"),
    ],
)
def test_the_nearest_name_wins(spec: str, defaults: str, song: str, expected: str | None) -> None:
    top = f"engine: {spec}\n" if spec else ""
    usual = f"defaults: {{engine: {defaults}}}\n" if defaults else ""
    own = f", engine: {song}" if song else ""
    text = f"{top}{REFERENCE}{usual}songs:\n  one: {{{SONG}{own}}}\n"
    assert named(text) == {"x/one/1": expected}


def test_a_matrix_and_rows_win_over_the_song() -> None:
    text = f"{REFERENCE}defaults: {{engine: acestep/usual}}\nsongs:\n"
    matrix = (
        "matrix: {engine: [acestep/one, acestep], n: [1, 2], exclude: [{engine: acestep, n: 1}]}"
    )
    assert named(f"{text}  one: {{{SONG}, {matrix}}}\n  two: {{{SONG}, rows: r.csv}}\n") == {
        "x/one/acestep-one-1/1": "acestep/one",
        "x/one/acestep-one-2/1": "acestep/one",
        "x/one/acestep-2/1": "acestep",
        "x/two/ann/1": "acestep/one",
        "x/two/ben/1": "acestep/usual",
    }


def test_what_include_adds_may_name_one() -> None:
    matrix = "matrix: {n: [1], include: [{n: 2, engine: acestep}]}"
    text = f"{REFERENCE}songs:\n  one: {{{SONG}, {matrix}}}\n"
    assert named(text) == {"x/one/1/1": None, "x/one/2-acestep/1": "acestep"}


COMPARED = f"""\
{REFERENCE}songs:
  one: {{{SONG}, bpm: 90, matrix: {{engine: [acestep, music-01, sketch], n: [1, 2], \
exclude: [{{engine: sketch}}]}}}}
  two: {{{SONG}, engine: music-01}}
"""


def test_each_engine_judges_what_it_renders_and_counts_it() -> None:
    told = [(one.code, one.detail) for one in read(COMPARED).diagnostics]
    reason = "it follows the reference, and has no such setting"
    assert told == [
        ("engine.ignores", f"music-01 ignores `style`: {reason} (3 renders)"),
        ("engine.ignores", f"music-01 ignores `bpm`: {reason} (2 renders)"),
    ]


def test_the_option_judges_all_of_them() -> None:
    result = read(COMPARED.replace("music-01", "nobody"), "acestep")
    assert printed(result.diagnostics) == ""


def test_words_are_judged_by_the_engine_of_the_variant() -> None:
    text = "songs:\n  one: {style: soul, vocals: none, matrix: {engine: [acestep, sketch]}}\n"
    codes = [(one.code, one.detail) for one in read(text).diagnostics if one.severity == "error"]
    assert codes == [("reference.missing", "`one`")]
    assert named(text.replace(", sketch", "")) == {"x/one/acestep/1": "acestep"}


def test_names_of_outputs_differ_also_if_engines_do() -> None:
    text = (
        f"{REFERENCE}songs:\n  one: {{{SONG}, output: x, matrix: {{engine: [acestep, sketch]}}}}\n"
    )
    wrong = [one for one in read(text).diagnostics if one.severity == "error"]
    assert [one.code for one in wrong] == ["output.collision"]
    assert wrong[0].fix == "add {{ engine | slug }} to the output"


def test_a_compiled_song_keeps_its_engine() -> None:
    first = f"  one: {{{SONG}, engine: acestep/first}}\n"
    second = f"  two: {{{SONG}, engine: acestep/second}}\n"
    head = f"version: 1\n{REFERENCE}songs:\n"
    about = Circumstances("x", {}, "tool", "", Engines().lookup(None))
    _, kept = load_compiled(Source("specs/x.yaml", head + first), ROWS, about, None)
    assert kept is not None
    result, _ = load_compiled(Source("specs/x.yaml", head + first + second), ROWS, about, kept)
    assert result.spec is not None
    assert [one.engine for one in result.spec.renders] == ["acestep/first", "acestep/second"]
