"""Truth of texts in templates: `no` from a spreadsheet is false where a condition asks for it.

Rows, `--set` and YAML's `no` give texts, and to jinja2 every text that is not empty is true. So
whatever is asked for its truth passes through `asked`, put into the syntax tree, and what is
compared with `true` or `false` through `truth`. The text keeps its letters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast

from jinja2 import pass_context
from jinja2.filters import FILTERS, make_attrgetter
from jinja2.tests import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2.runtime import Context

ASKED = "~asked"
TRUTH = "~truth"
"""The filters that are put in; no template can write their names."""
FALSE_WORDS = frozenset({"", "no", "n", "false", "off"})
"""Texts that are false, in whatever case and between whatever blanks: YAML 1.1's."""
_DOUBTFUL = frozenset({
    "nein", "nee", "nej", "ei", "nope", "non", "nie", "ne", "não", "nao", "нет", "ні", "いいえ",
    "否", "无", "無", "hayır", "falsch", "faux", "falso", "falsa", "fałsz", "onwaar", "falskt",
    "ложь", "yanlış", "none", "null", "nil", "n/a", "na", "nan",
    "-", "–", "—", "--", "✗", "✘", "❌", "☐",
    "\\n", "f", "unchecked",
})  # fmt: skip
"""What people and programs write for no, and what may be a name or a word as well."""
_ZERO = re.compile(r"[-+]?(?:0(?:[.,]0*)?|[.,]0+)(?:e[-+]?[0-9]+)?|0[xo]0+")
"""Numbers that are zero, as YAML and spreadsheets write them; 00 is no number to YAML."""
_LONGEST = 64
"""Characters: longer texts are true, whatever is in them, so that none is read again and again."""


class FalseText(str):
    """A text that is false and prints as it is."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """Return False, whatever the letters."""
        return False


def asked(value: Any) -> Any:
    """Return the value as a condition shall see it."""
    if isinstance(value, str) and len(value) <= _LONGEST and _is_false(value):
        return FalseText(value)
    return value


def _is_false(text: str) -> bool:
    word = text.strip().casefold()
    return word in FALSE_WORDS or _ZERO.fullmatch(word) is not None


def may_mean_no(text: str) -> bool:
    """Return whether a text that is true may be meant as a no."""
    if len(text) > _LONGEST:
        return False
    word = _as_seen(text)
    return word in _DOUBTFUL or (
        (word.rstrip(".!") in FALSE_WORDS or _ZERO.fullmatch(word) is not None)
        and not _is_false(text)
    )


def _as_seen(text: str) -> str:
    """Return a text without what nobody sees, and its wide letters as usual ones."""
    shown = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", shown).strip().casefold()


def truth(value: Any) -> Any:
    """Return what a text says as `true` or `false`; any other value as it is."""
    return bool(asked(value)) if isinstance(value, str) else value


def _chosen(name: str) -> Callable[..., Any]:
    """Return `select` or `reject`; without a test they ask for the items themselves."""
    filtered: Callable[..., Any] = FILTERS[name]

    @pass_context
    def chosen(context: Context, value: Any, *test: Any, **named: Any) -> Any:
        return filtered(context, value if test else map(asked, value), *test, **named)

    return chosen


def _chosen_by_attribute(name: str, *, wanted: bool) -> Callable[..., Any]:
    """Return `selectattr` or `rejectattr`; without a test they ask for the attribute itself."""
    filtered: Callable[..., Any] = FILTERS[name]

    @pass_context
    def chosen(context: Context, value: Any, attribute: Any, *test: Any, **named: Any) -> Any:
        if test:
            return filtered(context, value, attribute, *test, **named)
        get = make_attrgetter(context.environment, attribute)
        return _with_truth(value, get, wanted=wanted)

    return chosen


def _with_truth(value: Any, get: Callable[[Any], Any], *, wanted: bool) -> Iterator[Any]:
    return (item for item in value if bool(asked(get(item))) is wanted)


def _with_said(name: str) -> Callable[..., Any]:
    """Return a test that takes a text for what it says where the other side is true or false."""
    test: Callable[..., Any] = cast("Any", TESTS)[name]

    @functools.wraps(test)
    def tested(value: Any, *other: Any) -> Any:
        if other and not isinstance(other[0], bool):
            return test(value, *other)
        return test(truth(value), *other)

    return tested


ASKING_TESTS = {
    name: _with_said(name) for name in ("true", "false", "==", "eq", "equalto", "!=", "ne")
}
"""The tests that compare with true or false."""
ASKING: dict[str, Callable[..., Any]] = {
    "reject": _chosen("reject"),
    "rejectattr": _chosen_by_attribute("rejectattr", wanted=False),
    "select": _chosen("select"),
    "selectattr": _chosen_by_attribute("selectattr", wanted=True),
}
"""The filters that ask values for their truth. `default('…', true)` is not among them: it asks
whether there is a text, so that a person called No keeps the name."""
