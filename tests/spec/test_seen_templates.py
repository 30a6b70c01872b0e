"""Lyrics with statements of the template language, in every form that YAML has.

A line of nothing but a statement is sung by nobody. Every other line is sung, or a warning says
where it goes.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.test_seen_lines import HEAD, LOST, STYLES, loaded, sung

WORDS = st.sampled_from(["la", "lo {{ name }}", "{{ name }}", "", "{# lo #}", "la {# lo #}"])
STATEMENTS = ["{% if yes %}", "{%- if yes %}", "{% if yes -%}", "{% if name == 'Ann' %}",
              "{% for n in [1, 2] %}"]  # fmt: skip
ENDS = {"if": ["{% endif %}", "{%- endif -%}"], "for": ["{% endfor %}", "{%- endfor %}"]}
SPEC = HEAD + "    vars: {yes: 'yes', name: Ann}\n"


@st.composite
def blocks(draw: st.DrawFn) -> list[str]:
    """Lines, some of them between two statements, on lines of their own or beside words."""
    lines = draw(st.lists(WORDS, max_size=3))
    for _ in range(draw(st.integers(1, 2))):
        opening = draw(st.sampled_from(STATEMENTS))
        kind = "for" if "for" in opening else "if"
        inside = draw(st.lists(WORDS, min_size=1, max_size=3))
        closing = draw(st.sampled_from(ENDS[kind]))
        indent = draw(st.sampled_from(["", "  "]))
        lines += [opening, *(indent + line if line else line for line in inside), closing]
        lines += draw(st.lists(WORDS, max_size=2))
    return lines


def visible(lines: list[str]) -> int:
    """Return how many lines have words that somebody sees in the file, loops run once."""
    bare = (re.sub(r"\{[%#].*?[%#]\}", "", line) for line in lines)
    return sum(1 for line in bare if line.strip())


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=300)
@given(lines=blocks())
def test_lines_between_statements_are_sung_or_told(style: object, lines: list[str]) -> None:
    assert callable(style)
    result = loaded(SPEC + style(lines))
    if result.spec is None:
        return
    told = {one.code for one in result.diagnostics} & LOST
    assert told or sum(1 for line in sung(result) if line.strip()) >= visible(lines)


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        ("la\n{%- if yes %}\nlo\n{% endif %}\n", 2, "without -"),
        ("{% if yes %}\nla\n{%- endif %}\nlo\n", 3, "without -"),
        ("{% if yes %}\nla\n{% endif %}\nla {# lo #}\nlo\n", 5, "+#}"),
    ],
)
def test_the_place_is_where_the_template_takes_a_line_end_away(
    text: str, line: int, fix: str
) -> None:
    song = "    template: one.txt\n    vars: {yes: 'yes'}\n"
    (found,) = loaded(HEAD + song, **{"templates/one.txt": text}).diagnostics
    assert (found.code, found.span.line) == ("lyrics.joined", line)
    assert fix in found.fix


@pytest.mark.parametrize(
    "text",
    ["la\n{%- if yes %}, lo{% endif %}\n", "{%- if yes -%}\nla\n{% endif %}lo\n",
     "{% set a = 1 -%}\n\nla\n", "la\n\n{%- if yes %}\n\nlo\n{% endif %}"],
)  # fmt: skip
def test_what_a_dash_is_for_raises_no_alarm(text: str) -> None:
    song = "    template: one.txt\n    vars: {yes: 'yes'}\n"
    assert loaded(HEAD + song, **{"templates/one.txt": text}).diagnostics == ()
