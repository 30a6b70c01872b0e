"""Values of rows that are read as they stand, and hardly meant so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WORDS = (
    "REF", "VALUE", "NAME", "NUM", "NULL", "DIV/0", "SPILL", "CALC", "FIELD", "ERROR", "BLOCKED",
    "BUSY", "CONNECT", "UNKNOWN", "EXTERNAL", "BEZUG", "WERT", "ZAHL", "VALEUR", "NOM", "NOMBRE",
    "NUL", "VALOR", "RIF", "VALORE", "NOME", "NÚM", "NUMBER", "VERW", "WAARDE", "NAAM", "GETAL",
    "DEEL/0", "ADR", "ARG", "NAZWA", "LICZBA",
)  # fmt: skip
_FORMULA = re.compile(
    f"#[¡¿]?(?:{'|'.join(_WORDS)})[!?]|#(?:N/A|NV|N/D|N/B|GETTING_DATA)|Err:5[0-9]{{2}}|#{{4,}}"
)
"""What Excel, Sheets and LibreOffice write where a formula fails, in some of their languages, and
where a column is too narrow for a number."""
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
    failed = [
        (line, name, value)
        for line, values in rows
        for name, value in values.items()
        if value[:1] in {"#", "E"} and _FORMULA.fullmatch(value.strip())
    ]
    if failed:
        line, name, value = failed[0]
        detail = f'`{name}` is "{value.strip()[:_SHOWN]}"{_more(len(failed), "value")}'
        fix = "correct the formula or the width of the column, and save the table again"
        yield line, detail, fix


def _more(times: int, what: str = "row") -> str:
    return f", and {count(times - 1, f'more {what}')}" if times > 1 else ""
