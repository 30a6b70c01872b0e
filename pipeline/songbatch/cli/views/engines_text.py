"""Engines for people: a table of them, or what one takes, costs and needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.pasting import pasteable
from songbatch.cli.views.engine_words import (
    GRAMMARS,
    HANDED_OVER,
    between,
    impossible,
    key_words,
    price,
    reference_need,
    reference_words,
    set_up_words,
    works_by,
)
from songbatch.cli.views.service_text import guide_text, row_text, service_text
from songbatch.cli.views.tables import paragraph, row, table
from songbatch.diagnostics import printable
from songbatch.formatting import count, duration
from songbatch.model import Purpose
from songbatch.prices import PriceSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.cli.views.results import EngineListing, EnginesResult
    from songbatch.engines.entry import EngineEntry
    from songbatch.engines.job_service.entry import ServiceListing
    from songbatch.traits import Traits

HEADS = ("engine", "costs", "reference", "lyrics", "seed", "by", "form", "ready", "model")


def engines_text(result: EnginesResult) -> str:
    """Return the table, or all about the one engine that was named."""
    if result.is_one and result.services:
        return "\n".join(service_text(result.services[0]))
    if result.is_one:
        return "\n".join(_all_about(result.listed[0]))
    return "\n".join(_table(result))


def _table(result: EnginesResult) -> Iterator[str]:
    rows = [_cells(each) for each in result.listed]
    yield from table(HEADS, [*rows, *(_service_cells(each) for each in result.services)])
    yield ""
    named = [(each.entry.name, each.access) for each in result.listed]
    for name, access in [*named, *((each.name, each.access) for each in result.services)]:
        if access.problem:
            yield from paragraph(f"{name}: {access.problem}")
            if access.fix:
                yield from paragraph(f"fix: {access.fix}", "  ")
    for name in result.installed:
        yield from paragraph(f"{name}: installed; `songbatch engines {name}` loads it")
    yield pasteable("songbatch engines NAME shows what one takes, and how to set it up;")
    yield pasteable("songbatch doctor looks whether it answers.")


def _service_cells(each: ServiceListing) -> tuple[str, ...]:
    models = count(len(each.table.models), "model")
    is_set_up = "no" if each.access.problem else "yes"
    return (printable(each.name), "vary", "", "", "", "jobs", "", is_set_up, models)


def _cells(each: EngineListing) -> tuple[str, ...]:
    entry = each.entry
    traits = entry.traits
    return (
        printable(entry.name),
        price(entry),
        reference_need(traits),
        f"{traits.lyrics.most:,}",
        "yes" if "seed" in traits.takes else "no",
        works_by(traits),
        traits.master.value if traits.master else "any",
        "no" if each.access.problem else "yes",
        printable(entry.identity.model),
    )


def _all_about(each: EngineListing) -> Iterator[str]:
    entry = each.entry
    traits = entry.traits
    yield click.style(printable(entry.name), bold=True)
    for label, text in _facts(each):
        yield from row(label, text)
    yield ""
    yield click.style("Keys of a song", bold=True)
    for words in key_words(traits):
        between_them = ": " if words.text else ""
        yield from row(words.key, f"{words.use}{between_them}{words.text}")
    if cases := list(impossible(traits)):
        yield ""
        yield click.style("Not together", bold=True)
        for case, reason in cases:
            yield from paragraph(f"{case}: {reason}", "  ")
    yield ""
    ways = sorted({HANDED_OVER[rule.handed_over] for rule in traits.references.values()})
    heading = "; ".join([reference_need(traits), *ways])
    yield click.style(f"References: {heading}", bold=True)
    for purpose in Purpose:
        yield from row(purpose, reference_words(purpose, traits))
    if each.row is not None:
        yield from row_text(each.row)
    if entry.guide:
        yield from guide_text(entry.guide)


def _facts(each: EngineListing) -> Iterator[tuple[str, str]]:
    entry, access = each.entry, each.access
    traits = entry.traits
    yield "model", entry.identity.model
    if each.row is not None and each.row.title:
        yield "title", each.row.title
    yield "costs", _price(entry)
    at_once = f"at most {entry.jobs} at once"
    if entry.expected_jobs < entry.jobs:
        at_once = f"{entry.expected_jobs} at once at first, at most {entry.jobs}"
    yield "time", f"about {duration(entry.seconds_per_render)} a song, {at_once}"
    what = "jobs: what a run leaves under way, the next one collects"
    yield "works by", what if traits.has_jobs else "calls: a song is the answer to its request"
    if access.url:
        yield "address", access.url
    yield "key", _key(each)
    yield from set_up_words(access)
    yield "lyrics", _lyrics(traits)
    yield "songs", f"{between(traits.song)} s"
    rate = f"{traits.master_rate / 1000:g} kHz"
    yield (
        "delivers",
        f"{traits.master.upper()} at {rate}, of which the form that the spec asks for is made here"
        if traits.master
        else "the form that the spec asks for",
    )


def _price(entry: EngineEntry) -> str:
    said = "" if entry.tariff().source is PriceSource.DEFAULT else ", as songbatch.yaml says"
    return f"{price(entry, ' a song')}{said}"


def _key(each: EngineListing) -> str:
    access = each.access
    if not access.key_variable:
        return "none"
    state = "set" if access.has_key else "not set"
    need = "" if each.entry.needs_key else "; only wanted where the server has one"
    return f"{access.key_variable}, {state}{need}"


def _lyrics(traits: Traits) -> str:
    rule = traits.lyrics
    need = "needed" if rule.is_needed else "may be left out"
    advised = f", better {rule.advised:,}" if rule.advised else ""
    return f"at most {rule.most:,} characters{advised}; {need}; {GRAMMARS[traits.grammar]}"
