"""Templates that would run for ever, or fill the memory, out of parts that are each small."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import pytest

from songbatch.lyrics import TemplateError, file_as_template
from songbatch.lyrics.templates import Templates
from songbatch.sources import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

CPU_SECONDS = 8.0
"""Four times what the slowest takes alone on a slow machine: the tests share theirs."""
MEMORY_KB = 300_000

LONG = "{% set s = 'a' * 20000 %}"
TWICE = "{% set n = namespace(a=('a',), b=('a',)) %}{% for i in range(60) %}"
TWICE += "{% set n.a = (n.a, n.a) %}{% set n.b = (n.b, n.b) %}{% endfor %}"
"""Two values of sixty levels: equal, not the same, and with 2**60 letters in each."""
HELD = "{% set n = namespace(l=[]) %}{% set s = '\U0001f600 ' * 9999 %}"

ENDLESS = {
    "loops over texts": LONG + "{% for a in s %}{% for b in s %}{% endfor %}{% endfor %}",
    "conditions of loops": LONG + "{% for a in s %}{% for b in s if 0 %}{% endfor %}{% endfor %}",
    "a range twice": "{% set r = range(50000) %}" + "{% for a in r %}" * 2 + "{% endfor %}" * 2,
    "macro": "{% macro f(n) %}{% if n %}{{ f(n-1) ~ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "caller": (
        "{% macro f(n) %}{% if n %}{% call f(n-1) %}{% endcall %}{% call f(n-1) %}{% endcall %}"
        "{% endif %}{{ caller() if 0 }}{% endmacro %}{% call f(60) %}{% endcall %}"
    ),
    "recursion": "{% for a in [1] recursive %}{{ loop([1, 2]) if loop.depth < 60 }}{% endfor %}",
    "blocks": "{% block a %}{% endblock %}{% for i in range(99999) %}{{ self.a() }}{% endfor %}",
    "long body": "{% for i in range(99999) %}" + "{% if i %}{% endif %}" * 600 + "{% endfor %}",
    "printed": TWICE + "{{ n.a }}",
    "made text": TWICE + "{{ n.a | string | length }}",
    "compared": TWICE + "{{ n.a == n.b }}",
    "hashed": TWICE + "{{ {n.a: 1} | length }}",
    "looked up": TWICE + "{{ {}[n.a] }}",
    "got": TWICE + "{{ {}.get(n.a) }}",
    "searched": TWICE + "{{ n.a in [n.b] }}",
    "tested": TWICE + "{{ n.a is eq(n.b) }}",
    "selected": TWICE + "{{ [n.a] | select('eq', n.b) | list | length }}",
    "made unique": TWICE + "{{ [n.a] | unique | list | length }}",
    "formatted": TWICE + "{{ '%s' % [n.a] | length }}",
    "changed": TWICE + "{% for x in [n.a, n.b] %}{{ loop.changed(x) }}{% endfor %}",
    "namespaces": "{% set n = namespace() %}{% set n.a = [n, n] %}{{ n }}",
    "path": (
        "{% set n = namespace() %}{% set n.a = n %}"
        "{{ ([n] * 20000) | map(attribute='a.' * 9999 ~ 'a') | list | length }}"
    ),
    "rfind": LONG + "{% set w = 'a' * 9999 ~ 'ba' %}{% for i in range(999) %}"
    "{% set x = s.rfind(w) %}{% endfor %}",
    "wordwrap": LONG + "{% for i in range(999) %}{% set x = s | wordwrap(1) %}{% endfor %}",
    "sort": LONG + "{% for i in range(999) %}{% set x = s | sort | length %}{% endfor %}",
    "map": "{{ (['a' * 20000] * 20000) " + "| map('upper') | map('lower')" * 40 + " | length }}",
    "stars": "{% set r = range(9999) %}{% for i in 'a' * 99 %}{% set x = cycler(*r) %}{% endfor %}",
    "growing number": (
        "{% set n = namespace(a=1) %}"
        "{% for i in range(99999) %}{% set n.a = n.a + n.a %}{% endfor %}"
    ),
    "division": (
        f"{{% set x = 0x{'f' * 20000} %}}{{% for i in range(99999) %}}"
        "{% set y = x // (x - 1) %}{% endfor %}"
    ),
    "kept slices": HELD + "{% for i in range(19999) %}{% set n.l = n.l + [s[1:]] %}{% endfor %}",
    "kept words": HELD + "{% for i in range(19999) %}{% set n.l = n.l + [s.split()] %}{% endfor %}",
    "output of a macro": LONG
    + "{% macro f() %}{% for a in range(999) %}{{ s }}{% endfor %}{% endmacro %}{{ f() | length }}",
    "output of set": LONG
    + "{% set x %}{% for a in range(99999) %}{{ s }}{% endfor %}{% endset %}{{ x | length }}",
    "imported": "{% import 'long.j2' as m %}{{ m | string | length }}",
    "imports": "{% for a in range(99999) %}{% import 'b60.j2' as m with context %}{% endfor %}",
    "includes": "{% include 'b0.j2' %}",
    "many parts": "{% set a = 1 %}" * 6000,
    "many characters": "la" * 60_000 + "{{ 1 }}",
}
FILES = {
    **{f"b{n}.j2": f"{{% include 'b{n + 1}.j2' %}}" * 2 for n in range(60)},
    "b60.j2": "",
    "long.j2": LONG + "{% for a in range(99999) %}{{ s }}{% endfor %}",
}


def render(text: str, files: Mapping[str, str] = FILES) -> str:
    templates = Templates(lambda name: Source(name, files[name]))
    return templates.render(file_as_template(Source("a.j2", text)), {})


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_it_ends_and_says_why(text: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    with pytest.raises(TemplateError) as caught:
        render(text)
    assert caught.value.code == "template.too-large"
    assert caught.value.fix
    assert caught.value.span.line == 1
    assert time.process_time() - begin < CPU_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KB


def test_the_line_is_the_one_that_did_not_end() -> None:
    with pytest.raises(TemplateError, match="500,000 steps") as caught:
        render(
            "la\n{% set s = 'a' * 9999 %}\n{% for a in s %}\n"
            "{% for b in s %}\n{% endfor %}{% endfor %}"
        )
    assert (caught.value.span.path, caught.value.span.line) == ("a.j2", 4)


def test_each_rendering_has_steps_of_its_own_and_all_have_them_together() -> None:
    templates = Templates(lambda name: Source(name, FILES[name]))
    text = file_as_template(Source("a.j2", "{% for a in range(99999) %}{% endfor %}la"))
    for _ in range(45):
        assert templates.render(text, {}) == "la"
    with pytest.raises(TemplateError, match="in all texts of the spec together"):
        _ = [templates.render(text, {}) for _ in range(45)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ ['b', 'a'] | map('upper') | sort | join('-') }}", "A-B"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1"),
        (
            "{% for w in 'to be or not' | wordwrap(5) | replace('\n', '/') %}{{ w }}{% endfor %}",
            "to be/or/not",
        ),
        ("{{ ','.join(['a', 'b'] | reverse) }}", "b,a"),
        ("{{ [1, 2, 3] | select('gt', 1) | list }}", "[2, 3]"),
        ("{{ x | default('you') }} {{ y is defined }} {{ none }}|", "you false |"),
        ("{{ 'b' in 'abc' and 'd' not in ['a'] and 1 < 2 <= 2 }}", "true"),
        ("{{ {('a', 1): 'x'}[('a', 1)] }}{{ 'hello'[1:3] }}", "xel"),
        ("{% for a in [1, 2, 3] if a != 2 %}{{ loop.index }}{{ a }} {% endfor %}", "11 23 "),
        (
            "{% for a in [[1, [2]]] recursive %}{{ loop(a) if a is iterable else a }}{% endfor %}",
            "12",
        ),
        ("{% import 'm.j2' as m %}{{ m.hum(2) }}{{ m }}", "mm\n"),
        ("{% extends 'base.j2' %}{% block a %}{{ super() }}b{% endblock %}", "[ab]"),
        ("{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}x{% endcall %}", "<x>"),
        ("{% set n = namespace(a=1) %}{% set n.a = n.a + 1 %}{{ n.a }}", "2"),
        ("{% filter upper %}a{% endfilter %}{% set x %}b{% endset %}{{ x ~ 1 }}", "Ab1"),
        ("{{ 'a-b'.split('-') | groupby(0) | length }}{{ '%03d' % 7 }}", "2007"),
        ("{{ cycler('a', 'b').next() }}{{ dict(a=1).a }}{{ 7 // 2 - 1 }}", "a12"),
    ],
)
def test_what_people_write_is_rendered_as_ever(text: str, expected: str) -> None:
    files = {
        "m.j2": "{% macro hum(n) %}{{ 'm' * n }}{% endmacro %}\n",
        "base.j2": "[{% block a %}a{% endblock %}]",
    }
    assert render(text, files).strip() == expected.strip()
