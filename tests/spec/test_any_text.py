"""Whatever is written, the answer is diagnostics: inside the file, the same each time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.diagnostics import has_errors
from songbatch.sources import Source
from songbatch.spec import LoadResult, load
from tests.spec.examples import Memory, folders, printed

SPECS = [
    path.read_text("utf-8")
    for folder in folders("invalid")
    if (path := folder / "specs/x.yaml").exists()
]
PIECES = sorted({line for text in SPECS for line in text.splitlines(keepends=True)})


def loaded(text: str, **files: str) -> LoadResult:
    return load(Source("specs/x.yaml", text), "x", Memory(**files))


def check(result: LoadResult) -> None:
    assert (result.spec is None) == has_errors(result.diagnostics)
    for one in result.diagnostics:
        span, lines = one.span, one.span.source.text.count("\n") + 1
        assert one.summary
        assert one.fix
        assert 0 <= span.line <= span.end_line <= lines
        if span.line:
            assert 1 <= span.column <= len(span.source.line(span.line)) + 1
            assert (span.end_line, span.end_column) > (span.line, span.column)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(loaded(text))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_lines_of_specs(lines: list[str]) -> None:
    check(loaded("".join(lines)))


@settings(max_examples=300)
@given(st.sampled_from(SPECS), st.data())
def test_any_change_of_a_spec(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    new = data.draw(st.text(alphabet="{}[]|>&*!%#:-'\",\n\t ~a1é\u200b", max_size=6))
    result = loaded(text[:start] + new + text[end:])
    check(result)
    again = loaded(text[:start] + new + text[end:])
    assert printed(again.diagnostics) == printed(result.diagnostics)


SONG = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs:
  one: {reference: river, template: a.j2, rows: x.csv}
"""


@settings(max_examples=200)
@given(st.text(alphabet="{}%#|~()[].'\"ab1 \n*+-", max_size=60))
def test_any_template(text: str) -> None:
    files = {"templates/a.j2": text, "specs/x.csv": "a,b\n1,2\n"}
    check(load(Source("specs/x.yaml", SONG), "x", Memory(**files)))


@given(st.text(max_size=80))
def test_any_rows(text: str) -> None:
    files = {"templates/a.j2": "la", "specs/x.csv": text}
    check(load(Source("specs/x.yaml", SONG), "x", Memory(**files)))
