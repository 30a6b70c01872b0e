"""Values of rows that are read as they stand, and hardly meant so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_WORDS = (
    "REF", "VALUE", "NAME", "NUM", "NULL", "DIV/0", "SPILL", "CALC", "FIELD", "ERROR", "BLOCKED",
    "BUSY", "CONNECT", "UNKNOWN", "EXTERNAL", "BEZUG", "WERT", "ZAHL", "VALEUR", "NOM", "NOMBRE",
    "NUL", "VALOR", "RIF", "VALORE", "NOME", "NÚM", "NUMBER", "VERW", "WAARDE", "NAAM", "GETAL",
    "DEEL/0", "ADR", "ARG", "NAZWA", "LICZBA",
)  # fmt: skip
_FORMULA = re.compile(
    r"=\"[^\"]*\"|"
    r"=[ +-]*(?:\$?[A-Za-z]{1,3}\$?[0-9]+\b|[A-Za-z][A-Za-z.]+\(|[A-Za-z0-9_]+!|'[^']+'!).*|"
    f"#[¡¿]?(?:{'|'.join(_WORDS)})[!?]|#(?:N/A|NV|N/D|N/B|GETTING_DATA)|Err:5[0-9]{{2}}|#{{4,}}"
)
"""A formula, what Excel, Sheets and LibreOffice write where one fails, in some of their languages,
and where a column is too narrow for a number."""
_MISSING = frozenset({"NaN", "nan", "NA", "<NA>", "NaT", "NULL", "\\N"})
"""What programs write for a value that is not there: pandas, R, SQL."""
_SHOWN = 20
"""Characters of a value that a message repeats."""


def doubtful(
    rows: Sequence[tuple[int, Mapping[str, str]]],
) -> Iterator[tuple[int, str, str]]:
    """Yield a line, what is doubtful there, and what to do: for each kind the first."""
    first = next(iter(rows[0][1]), "") if rows else ""
    unnamed = [line for line, values in rows if not values[first].strip()]
    if unnamed:
        detail = f"no `{first}`, which names the variant{_more(len(unnamed))}"
        fix = f"write a `{first}` that differs in every row, or put another column first"
        yield unnamed[0], detail, fix
    fix = "correct the formula or the width of the column, and save the table again"
    yield from _first(rows, _is_failed, fix)
    fix = "empty the field if a program wrote this for no value, and say in the template what then"
    yield from _first(rows, _is_missing, fix)


def _is_failed(value: str) -> bool:
    return value[:1] in {"#", "E", "="} and _FORMULA.fullmatch(value.strip()) is not None


def _is_missing(value: str) -> bool:
    return value.strip() in _MISSING


def _first(
    rows: Sequence[tuple[int, Mapping[str, str]]], is_odd: Callable[[str], bool], fix: str
) -> Iterator[tuple[int, str, str]]:
    """Yield the first value of a kind, and how many more there are."""
    found = [
        (line, name, value)
        for line, values in rows
        for name, value in values.items()
        if is_odd(value)
    ]
    if found:
        line, name, value = found[0]
        detail = f'`{name}` is "{value.strip()[:_SHOWN]}"{_more(len(found), "value")}'
        yield line, detail, fix


def _more(times: int, what: str = "row") -> str:
    return f", and {count(times - 1, f'more {what}')}" if times > 1 else ""
