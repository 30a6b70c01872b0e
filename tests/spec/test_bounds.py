"""Templates that would take the machine or reach out of it, each answered at once."""

from __future__ import annotations

import pytest

from songbatch.sources import Source
from songbatch.spec import bounds, load
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs: {one: {reference: river, template: a.j2}}
"""

TOO_LARGE = [
    "{{ 'a' * 10 ** 9 }}",
    "{{ 10 ** 9 * 'a' }}",
    "{{ [1] * 20000 * 20000 }}",
    "{{ 10 ** 10000 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' | format(10 ** 9, 1) }}",
    "{{ 'a' | center(10 ** 9) }}",
    "{{ 'a'.zfill(10 ** 9) }}",
    "{{ ('a' * 9000) | replace('a', 'b' * 9000) }}",
    "{{ ('a' * 9000).replace('a', 'b' * 9000) }}",
    "{{ ('a' * 9000) | list | join('b' * 9000) }}",
    "{{ ('b' * 9000).join('a' * 9000) }}",
    "{{ ('a\n' * 900) | indent(10 ** 8) }}",
    "{{ ['a'] | batch(10 ** 9, 'x') | list }}",
    "{{ ['a'] | map('center', 10 ** 9) | list }}",
    "{{ range(10 ** 30) | length }}",
    "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
    "{% for a in range(30000) %}la{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% extends 'a.j2' %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
]
REFUSED = [
    "{{ '{:999999999}'.format(1) }}",
    "{{ '{a:999999999}'.format_map({'a': 1}) }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ '\t'.expandtabs(10 ** 9) }}",
    "{{ (1).to_bytes(10 ** 9, 'big') }}",
    "{{ [].append(1) }}",
]
FAILED = [
    "{{ cycler() }}",
    "{{ 1 / 0 }}",
    "{{ 'a' + 1 }}",
    "{{ 1() }}",
    "{{ 2.0 ** 10000 }}",
    "{{ range(1, 2, 0) }}",
    "{{ 1 | round(10 ** 6) }}",
    "{% include none %}",
    '{{ "\\ud800" }}',
]


@pytest.mark.parametrize(
    ("code", "text"),
    [("template.too-large", text) for text in TOO_LARGE]
    + [("template.refused", text) for text in REFUSED]
    + [("template.failed", text) for text in FAILED]
    + [("template.undefined", text) for text in ("{{ lipsum() }}", "{{ {}.a }}")]
    + [("template.syntax", text) for text in ("{{ 1 | random }}", "{{ 1 is foo }}")],
)
def test_the_template_is_answered(code: str, text: str) -> None:
    files = Memory(**{"templates/a.j2": text})
    result = load(Source("specs/x.yaml", SPEC), "x", files)
    assert [one.code for one in result.diagnostics] == [code]
    assert result.diagnostics[0].span.path == "templates/a.j2"


def codes(songs: str, **files: str) -> list[str]:
    head = "version: 1\nreferences: {river: {file: river.mp3, purpose: song}}\n"
    result = load(Source("x.yaml", head + songs), "x", Memory(**files))
    return [one.code for one in result.diagnostics]


def test_too_many_columns_and_rows() -> None:
    songs = "songs: {one: {reference: river, lyrics: la, rows: r}}\n"
    wide = ",".join(f"c{n}" for n in range(bounds.MAX_COLUMNS + 1))
    assert codes(songs, r=f"{wide}\n") == ["rows.header"]
    long = "name\n" + "x\n" * (bounds.MAX_RENDERS + 1)
    assert codes(songs, r=long) == ["matrix.too-large"]


def test_a_name_without_end_is_refused_shortly() -> None:
    name = "e" + "\u0301" * 200_000
    source = Source(
        "x.yaml",
        "version: 1\nreferences: {river: {file: river.mp3, purpose: song}}\n"
        f"songs: {{one: {{reference: river, lyrics: la, output: {name}}}}}\n",
    )
    (found,) = load(source, "x", Memory()).diagnostics
    assert found.code == "output.name"
    assert len(found.message) < 600
