"""The filters templates may use: a closed list, the ones that can make a lot bounded.

Left out are those with chance (`random`), those for HTML, and those that reach into objects.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast
from unicodedata import normalize

from jinja2 import pass_environment, pass_eval_context
from jinja2.filters import FILTERS, do_batch, do_indent, do_round, do_wordwrap
from jinja2.tests import TESTS

from songbatch.lyrics import bounds
from songbatch.lyrics.comparisons import LOOKED_AT, misses_by_form
from songbatch.lyrics.metering import COMPARED, CONCATENATED, PASSED, WEIGHED
from songbatch.lyrics.slugs import slug
from songbatch.lyrics.truth import ASKED, ASKING, ASKING_TESTS, TRUTH, asked, may_mean_no, truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment
    from jinja2.nodes import EvalContext

    from songbatch.lyrics.comparisons import Doubtful
    from songbatch.lyrics.steps import Steps

_PLAIN = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int",
    "items", "last", "length", "list", "lower", "map", "max", "min", "reverse", "sort", "string",
    "title", "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
MAX_PRECISION = 15
FREE = 64
"""Characters: a shorter text costs no more than the step that handles it."""


def _center(value: object, width: int = 80) -> str:
    bounds.padding(width)
    return str(value).center(width)


def _format(value: object, *arguments: Any, **named: Any) -> str:
    bounds.formatting(str(value))
    return str(value) % (named or arguments)


def _indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    size = width if isinstance(width, int) else len(width)
    bounds.fits(len(value) + (value.count("\n") + 1) * size)
    return do_indent(value, width, first, blank)


@pass_eval_context
def _join(
    _context: EvalContext, value: Iterable[Any], d: object = "", attribute: object = None
) -> str:
    parts = list(value)
    if attribute is not None:
        parts = [part[attribute] for part in parts]
    bounds.joining(parts, d)
    return str(d).join(str(part) for part in parts)


def _replace(value: object, old: object, new: object, count: int = -1) -> str:
    bounds.replacing(value, old, new)
    return str(value).replace(str(old), str(new), count)


def _round(value: float, precision: int = 0, method: Any = "common") -> float:
    if abs(precision) > MAX_PRECISION:
        raise ValueError(f"a precision of more than {MAX_PRECISION} digits")
    return do_round(value, precision, method)


def _sum(value: Iterable[float], start: float = 0) -> float:
    return sum((number + 0 for number in value), start + 0)


@pass_environment
def _wordwrap(environment: Environment, value: str, width: int = 79) -> str:
    return do_wordwrap(environment, value, width)


def _batch(value: Iterable[Any], linecount: int, fill_with: object = None) -> list[list[Any]]:
    bounds.fits(linecount, "list")
    return [list(part) for part in do_batch(list(value), linecount, fill_with)]


def _concatenated(first: object, *others: object) -> str:
    parts = [str(part) for part in (first, *others)]
    bounds.joining(parts, "")
    return "".join(parts)


_BY_NAME: dict[str, Callable[..., Any]] = {
    **{name: FILTERS[name] for name in _PLAIN},
    **ASKING,
    "batch": _batch,
    "center": _center,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _round,
    "slug": slug,
    "sum": _sum,
    "wordwrap": _wordwrap,
    CONCATENATED: _concatenated,
}
_TESTS = cast("dict[str, Callable[..., Any]]", TESTS)
_COMPARING = (
    "!=", "<", "<=", "==", ">", ">=", "eq", "equalto", "ge", "greaterthan", "gt", "in", "le",
    "lessthan", "lower", "lt", "ne", "upper",
)  # fmt: skip


def filters(steps: Steps, doubts: Doubtful) -> dict[str, Callable[..., Any]]:
    """Return the filters by name; what they take and give is counted.

    A variable whose text a condition takes for true, and that may mean no, is put into `doubts`, as
    is one that is unequal to a constant by its form alone.
    """

    def weighed(value: Any) -> Any:
        if type(value) is not str or len(value) > FREE:
            steps.weigh(value)
        return value

    def noted(value: Any, name: str = "") -> Any:
        if name and isinstance(value, str) and may_mean_no(value):
            doubts[name, None] = value
        return asked(value)

    def looked_at(value: Any, name: str, other: Any) -> Any:
        if misses_by_form(value, other):
            doubts[name, other] = value
        return value

    def compared(value: Any) -> Any:
        weighed(value)
        if type(value) is not str or value.isascii() or len(value) > FREE:
            return value
        return normalize("NFC", value)

    counted = {name: _counted(function, steps) for name, function in _BY_NAME.items()}
    return {
        **counted,
        PASSED: steps.spend,
        WEIGHED: weighed,
        ASKED: noted,
        TRUTH: truth,
        LOOKED_AT: looked_at,
        COMPARED: compared,
    }


def tests(steps: Steps) -> dict[str, Callable[..., Any]]:
    """Return the tests by name; those that look into values count them."""
    known = {**_TESTS, **ASKING_TESTS}
    return {**known, **{name: _counted(known[name], steps) for name in _COMPARING}}


def _counted(function: Callable[..., Any], steps: Steps) -> Callable[..., Any]:
    ours = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)
    def counted(*arguments: Any, **named: Any) -> Any:
        for value in arguments[ours:]:
            if type(value) is not str or len(value) > FREE:
                steps.weigh(value)
        if named:
            steps.weigh(named)
        return given(function(*arguments, **named), steps)

    return counted


def given(result: Any, steps: Steps) -> Any:
    """Return what a filter or a call gave, counted. Raises TooMuch for too long a text."""
    if type(result) is str and len(result) <= FREE:
        return result
    if isinstance(result, str):
        bounds.fits(len(result))
    elif isinstance(result, Iterator):
        # What is made when it is asked for would be made uncounted.
        result = list(result)
    steps.weigh(result)
    return result
