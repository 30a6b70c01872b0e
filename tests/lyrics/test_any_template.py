"""Random templates from the parts of the language: text within bounds, or an error."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.lyrics import TemplateError, file_as_template
from songbatch.lyrics.bounds import MAX_OUTPUT
from songbatch.lyrics.templates import Templates
from songbatch.sources import Source

OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "~", "==", "<", "in", "and"])
METHODS = st.sampled_from(["split", "join", "count", "get", "center"])
FILTERS = st.sampled_from([
    "batch(2)", "dictsort", "first", "float", "groupby(0)", "indent", "int", "items", "join",
    "length", "list", "map('upper')", "replace('a', 'aa')", "reverse", "slug", "sort", "string",
    "sum", "title", "unique", "upper", "wordwrap(3)",
])  # fmt: skip
NAMES = st.sampled_from(["a", "s", "n", "n.a", "loop", "m", "x"])
VALUES = st.recursive(
    NAMES
    | st.sampled_from(["'la' * 99", "range(9)", "0", "-1", "1.5", "none", "'%9d'", "[]", "{}"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds(
            "{} | {}".format,
            inner,
            FILTERS,
        ),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[:{}]".format, inner, inner),
        st.builds("{}({})".format, inner, inner),
        st.builds("{}.{}({})".format, inner, METHODS, inner),
    ),
    max_leaves=6,
)
BODIES = st.recursive(
    st.sampled_from(["la\n", "", "{# #}"]) | st.builds("{{{{ {} }}}}".format, VALUES),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{{% for a in {} %}}{}{{% endfor %}}".format, VALUES, inner),
        st.builds("{{% for a in {} recursive %}}{}{{{{ loop(a) }}}}{{% endfor %}}".format, VALUES, inner),  # noqa: E501
        st.builds("{{% if {} %}}{}{{% endif %}}".format, VALUES, inner),
        st.builds("{{% set n.a = {} %}}{}".format, VALUES, inner),
        st.builds("{{% set s = {} %}}{}".format, VALUES, inner),
        st.builds("{{% set s %}}{}{{% endset %}}".format, inner),
        st.builds("{{% macro m(x) %}}{}{{% endmacro %}}{{{{ m({}) }}}}".format, inner, VALUES),
        st.builds("{{% include {} %}}{}".format, VALUES, inner),
    ),
    max_leaves=5,
)  # fmt: skip


FILES = {"words": "{{ x }}"}
START = "{% set n = namespace(a='b') %}{% set s = ['ab', 'c'] %}"


@settings(max_examples=200)
@given(BODIES)
def test_any_template_is_text_or_a_fault(body: str) -> None:
    templates = Templates(lambda name: Source(name, FILES[name]))
    with contextlib.suppress(TemplateError):
        made = templates.render(
            file_as_template(Source("a.j2", START + body)), {"a": "words", "x": 7}
        )
        assert len(made) <= MAX_OUTPUT
