"""Numbers as people write them."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for it would slow the start
if TYPE_CHECKING:
    from collections.abc import Sequence


NOTHING_SELECTED = "no render is selected"


def nothing_to_do(up_to_date: int) -> str:
    """Return the message of a run whose renders are all there."""
    return f"Nothing to do: {f'{up_to_date:,} up to date' if up_to_date else NOTHING_SELECTED}."


def plain_value(value: object) -> str:
    """Return a value as a spec has it: true, 90 and not 90.0."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def yaml_text(value: object) -> str:
    """Return a value as YAML writes it: true, and 90.0 as it is."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def enumerated(words: Sequence[str]) -> str:
    """Return `lyrics`, `lyrics and take`, `lyrics, take and style`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def count(number: int, noun: str) -> str:
    """Return `1 song`, `2 songs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def money(usd: float) -> str:
    """Return US dollars, to the cent, or finer if a cent is too coarse."""
    if 0 < usd < 0.0001:
        return f"${usd:.6f}" if usd >= 0.000001 else "less than $0.000001"
    if usd and usd < 0.1:
        return f"${usd:.4g}"
    return f"${usd:,.2f}"


def duration(seconds: float) -> str:
    """Return a duration: `0.4 s`, `38 s`, `12 min`, `3 h 20 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def clock(seconds: float | None) -> str:
    """Return how long audio lasts, `3:07`; "" if that is not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def moment(milliseconds: int) -> str:
    """Return a place in a recording as specs write it: `0:42`, `0:42.1`, `1:02:03.5`."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    whole = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") if rest else whole


def size(number: int) -> str:
    """Return a size in bytes, decimal: `812 B`, `4.2 kB`, `1.3 GB`."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
