"""Texts rendered without the template language are the same as with it, or left to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from songbatch.lyrics import TemplateError, TemplateNotFound, TemplateText, printed
from songbatch.lyrics.templates import Templates
from songbatch.sources import Source, Span

VALUES = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
PIECES = st.sampled_from([
    "{{ name }}", "{{name}}", "{{\tn2 }}", "{{ not }}", "{{ true }}", "{{ self }}", "{{ loop }}",
    "{{ name | upper }}", "{{ name }", "{ name }}", "{", "}", "{{", "}}", "{%", "%}", "{#", "#}",
    "{{- name }}", "{{ name -}}", "{% if name %}", "{% endif %}", "{{\nname }}", "{{ name}}}",
    "{{ range }}", "{{ unknown }}", "{{ é }}", " ", "\n", "\r\n", "words", "\ud800", "é",
])  # fmt: skip


def by_language(text: str, variables: dict[str, object]) -> str | None:
    def read(name: str) -> Source:
        raise TemplateNotFound(name, "")

    try:
        return Templates(read).render(
            TemplateText(text, lambda _: Span(Source("x", ""))),
            variables,  # type: ignore[arg-type]
        )
    except TemplateError:
        return None


@given(
    st.lists(PIECES, max_size=7).map("".join),
    VALUES,
    st.sampled_from(["n2", "loop", "not", "true", "range"]),
)
@example("{{{ name }}}", "x", "n2")
@example("a\n\n", "x", "n2")
@example("{{ name }}\n", "x\n", "n2")
def test_it_comes_out_the_same(text: str, value: object, other: str) -> None:
    variables = {"name": value, other: 2}
    plain = printed(text, variables)  # type: ignore[arg-type]
    if plain is not None:
        assert plain == by_language(text, variables)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ name }} and {{n}}\nla {la} }}", "Ann and 2\nla {la} }}"),
        ("{{ yes }}{{ nothing }}!\n", "true!"),
        ("{{ unknown }}", None),
        ("{{ name | upper }}", None),
        ("{% if n %}{{ name }}{% endif %}", None),
        ("{# no #}{{ name }}", None),
        ("{{{ name }}", None),
        ("{{ not }}", None),
    ],
)
def test_only_printed_variables_are_plain(text: str, wanted: str | None) -> None:
    variables: dict[str, str | int | None] = {
        "name": "Ann",
        "n": 2,
        "yes": True,
        "nothing": None,
        "not": "x",
    }
    assert printed(text, variables) == wanted
