"""Services with many models for people: the table of these, and what is known of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.pasting import pasteable
from songbatch.cli.views.engine_words import exact_money, rates_words, set_up_words
from songbatch.cli.views.tables import paragraph, row, table
from songbatch.diagnostics import printable
from songbatch.engines.job_service.rows import UNBOUNDED_CHARACTERS
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.job_service.entry import ServiceListing
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.prices import Rate

HEADS = ("model", "price", "reference", "lyrics", "seed", "form", "known")


def service_text(each: ServiceListing) -> Iterator[str]:
    """Yield the table of a service's models, and how to get at them."""
    models = each.table.models.values()
    yield from table(HEADS, [_cells(each.name, model) for model in models])
    yield ""
    for model in models:
        if model.doubtful:
            yield from paragraph(f"{each.name}/{model.name} may be gone: {model.doubtful}")
    if any(model.unsure for model in models):
        yield from paragraph(
            f"unsure: how much of a row nobody has tried; `songbatch engines {each.name}/MODEL` "
            "shows all about one"
        )
    yield ""
    yield from row("address", each.access.url)
    state = "set" if each.access.has_key else "not set"
    yield from row("key", f"{each.access.key_variable}, {state}")
    for label, text in set_up_words(each.access):
        yield from row(label, text)
    yield from guide_text(each.guide)


def guide_text(guide: str) -> Iterator[str]:
    """Yield how an engine or a service is set up."""
    yield ""
    yield click.style("Setting it up", bold=True)
    yield from (f"  {printable(pasteable(line))}".rstrip() for line in guide.split("\n"))


def _cells(section: str, model: ModelRow) -> tuple[str, ...]:
    lyrics = model.sends.lyrics
    return (
        printable(f"{section}/{model.name}"),
        rates_words(model.price, "/song"),
        reference_word(model),
        "none" if lyrics is None else characters(lyrics.max),
        "no" if model.sends.seed is None else "yes",
        model.gives.form.value,
        known_word(model),
    )


def characters(most: int) -> str:
    """Return how many characters a text may have."""
    return "any" if most >= UNBOUNDED_CHARACTERS else f"{most:,}"


def reference_word(model: ModelRow) -> str:
    """Return whether a model takes references, in one word."""
    fields = model.sends.reference
    if not fields:
        return "none"
    return "needed" if any(field.needed for field in fields) else "optional"


def known_word(model: ModelRow) -> str:
    """Return how sure a row is."""
    if model.doubtful:
        return "may be gone"
    return f"{len(model.unsure)} unsure" if model.unsure else "sure"


def row_text(model: ModelRow) -> Iterator[str]:
    """Yield what a row has beside what traits say: fields, prices, doubts and traps."""
    if model.doubtful:
        yield ""
        yield from paragraph(f"May be gone: {model.doubtful}")
    yield ""
    yield click.style("Prices", bold=True)
    for rate in model.price:
        yield from paragraph(rate_words(rate), "  ")
    if model.metered is not None:
        yield from paragraph(
            f"billed by {model.metered.by}: {exact_money(model.metered.usd)} for one", "  "
        )
    yield ""
    yield click.style("Fields of a request", bold=True)
    for key, field in fields_of(model):
        yield from row(key, field)
    if model.unsure:
        yield ""
        heading = f"Nobody has tried ({count(len(model.unsure), 'thing')})"
        yield click.style(heading, bold=True)
        for path, why in model.unsure.items():
            yield from paragraph(f"{path}: {why}", "  ")
    if model.traps:
        yield ""
        yield click.style("Traps", bold=True)
        for trap in model.traps:
            yield from paragraph(trap, "  ")


def rate_words(rate: Rate) -> str:
    """Return what a rate is of."""
    said = (f"{name}: {str(value).lower()}" for name, value in rate.when.items())
    when = f" with {', '.join(said)}" if rate.when else ""
    return f"{exact_money(rate.usd)} for each {rate.per}{when}"


def fields_of(model: ModelRow) -> Iterator[tuple[str, str]]:
    """Yield the fields of a request by the keys of a song that they say."""
    sends = model.sends
    for key in ("lyrics", "style", "duration", "seed", "bpm", "scale", "meter", "lang", "strength"):
        field = getattr(sends, key)
        if field is not None:
            yield key, field.field or "in the text of the style"
    for reference in sends.reference:
        yield "reference", f"{reference.field}, of purpose {', '.join(reference.purposes)}"
    if sends.no_vocals is not None:
        yield "vocals", f"{sends.no_vocals.field}: {_value(sends.no_vocals.value)}"
    for name, value in sends.constants.items():
        yield "always", f"{name}: {_value(value)}"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
