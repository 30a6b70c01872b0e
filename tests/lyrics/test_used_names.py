"""Names that templates use: none of them is missed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, meta

from songbatch.lyrics.used_names import used_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("la la", set()),
        ("{{ name }} and { other }", {"name"}),
        ("{{name|slug}}, {{ song.title | default('x y') }}", {"name", "song"}),
        ('"{{ \\"a\\" ~ b }}"', {"b"}),
        ("{% if a is defined and not b %}{{ c[d] }}{% endif %}", {"a", "b", "c", "d"}),
        ("{%- for one in many -%}{{ one }}{%- endfor %}", {"one", "many"}),
        ("{% include 'x.j2' %}{# hidden #}", set()),
        ("{{\n  far\n}}", {"far"}),
    ],
)
def test_names_in_code_are_found(text: str, names: set[str]) -> None:
    assert used_names(text) == names


NAMES = st.sampled_from(["name", "take2", "_x", "age"])
PARTS = st.builds(
    lambda form, one, other: form.replace("A", one).replace("B", other),
    st.sampled_from(
        [
            "{{ A }}", "{{A|upper}}", "{{ A ~ 'B' ~ B }}", '{{ "it\'s" ~ A }}', "{{ A.B }}",
            "{% if A is not none %}x{% endif %}", "{% for i in A %}{{ i }}{{ B }}{% endfor %}",
            "{{ {'A': B}['A'] }}", "{{ 'x' if A else B }}", "{% set q = A %}{{ q }}", "A { B }",
            "{{ [A, 1, B[0:2]] | join(', ') }}",
        ]
    ),
    NAMES,
    NAMES,
)  # fmt: skip


@given(st.lists(PARTS, max_size=4).map("\n".join))
def test_whatever_jinja_finds_is_found(text: str) -> None:
    assert meta.find_undeclared_variables(Environment().parse(text)) <= used_names(text)
