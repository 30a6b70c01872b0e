"""The filters templates may use: a closed list, the ones that can make a lot bounded.

Left out are those with chance (`random`), those for HTML, and those that reach into objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import pass_environment, pass_eval_context
from jinja2.filters import FILTERS, do_batch, do_indent, do_round, do_wordwrap

from pipeline.lyrics import bounds
from pipeline.lyrics.slugs import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jinja2 import Environment
    from jinja2.nodes import EvalContext

_PLAIN = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int",
    "items", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "select", "selectattr", "sort", "string", "title", "trim", "truncate", "unique",
    "upper", "wordcount",
)  # fmt: skip
MAX_PRECISION = 15


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
    bounds.fits(len(value))
    return do_wordwrap(environment, value, width)


def _batch(value: Iterable[Any], linecount: int, fill_with: object = None) -> list[list[Any]]:
    bounds.fits(linecount, "list")
    return [list(part) for part in do_batch(list(value), linecount, fill_with)]


def concatenated(first: object, *others: object) -> str:
    """Return the texts of the operator `~` as one."""
    parts = [str(part) for part in (first, *others)]
    bounds.joining(parts, "")
    return "".join(parts)


CONCATENATED = "~"
"""The name of the filter that stands in for the operator; no template can write it."""


def filters() -> dict[str, Callable[..., Any]]:
    """Return the filters by name."""
    return {
        **{name: FILTERS[name] for name in _PLAIN},
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
        CONCATENATED: concatenated,
    }
