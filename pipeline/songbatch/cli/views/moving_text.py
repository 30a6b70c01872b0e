"""Moves between engines for people, and several engines side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from songbatch.cli.pasting import pasteable
from songbatch.cli.views.tables import table
from songbatch.diagnostics import printable
from songbatch.formatting import count, duration, enumerated, money, size
from songbatch.plan import Action
from songbatch.shell import shell_word
from songbatch.traits import NO_PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.cli.views.results import ComparisonResult, Move, Prospect
    from songbatch.diagnostics import Diagnostic
    from songbatch.plan.moving import Stays
    from songbatch.run.engine_plans import EnginePlan

MOST_FOLDERS = 3
NOTHING = "–"
LOSSLESS = "nothing that the songs say is lost"
_WAITING = (Action.RENDER, Action.SHARE, Action.HOLD, Action.COLLECT, Action.JOIN)
"""What is done to a render whose song is not there."""


HEADS = ("to render", "there", "cost", "time", "to upload")
_OPTIONAL = {
    Action.SHARE: "shared",
    Action.HOLD: "held",
    Action.COLLECT: "to collect",
    Action.FETCH: "to download",
    Action.CONVERT: "to convert",
}
OPTIONAL_HEADS = (*_OPTIONAL.values(), "errors")
"""Columns that are left out if they are empty."""


def comparison_text(result: ComparisonResult) -> str:
    """Return a table of the engines, then what is lost and what stays with each."""
    return "\n".join(_comparison(result))


def _comparison(result: ComparisonResult) -> Iterator[str]:
    heads, *rows = compared(result)
    yield from table(heads, rows)
    for prospect in result.prospects:
        yield ""
        yield click.style(printable(prospect.move.to.name), bold=True)
        yield from (f"  {line}" for line in prospect_lines(prospect))


def compared(result: ComparisonResult) -> list[tuple[str, ...]]:
    """Return the heads and a row for each engine."""
    optional = [_optional(prospect) for prospect in result.prospects]
    kept = [place for place in range(len(OPTIONAL_HEADS)) if any(each[place] for each in optional)]
    rows: list[tuple[str, ...]] = [("engine", *HEADS, *(OPTIONAL_HEADS[place] for place in kept))]
    for prospect, numbers in zip(result.prospects, optional, strict=True):
        further = (f"{numbers[place]:,}" for place in kept)
        name = printable(prospect.move.to.name)
        rows.append((name, *_facts(prospect.engine_plan, result.jobs), *further))
    return rows


def _facts(plan: EnginePlan | None, jobs: int | None) -> tuple[str, ...]:
    if plan is None:
        return (NOTHING,) * len(HEADS)
    seconds = plan.plan.seconds(jobs or plan.engine.expected_jobs)
    return (
        f"{plan.plan.counts[Action.RENDER]:,}",
        f"{there(plan):,}",
        cost(plan),
        duration(seconds) if seconds else NOTHING,
        _uploads(plan),
    )


def _optional(prospect: Prospect) -> tuple[int, ...]:
    plan = prospect.engine_plan
    counts = [plan.plan.counts[action] if plan is not None else 0 for action in _OPTIONAL]
    return (*counts, len(prospect.errors))


def cost(engine_plan: EnginePlan) -> str:
    """Return what a plan costs, as far as that is known."""
    plan = engine_plan.plan
    return f"{'at most ' if plan.is_most else ''}{money(plan.cost_usd)}"


def there(engine_plan: EnginePlan) -> int:
    """Return how many renders have their song already."""
    return sum(step.action not in _WAITING for step in engine_plan.plan.renders)


def sent_along(engine_plan: EnginePlan) -> int:
    """Return how many references go along with requests, each counted once."""
    sent = (s.files for s in engine_plan.plan.renders if s.action is Action.RENDER)
    return len({reference.source for files in sent for reference in files})


def _uploads(engine_plan: EnginePlan) -> str:
    uploads, along = engine_plan.plan.counts[Action.UPLOAD], sent_along(engine_plan)
    return f"{along:,} with requests" if along and not uploads else f"{uploads:,}"


Quote = Callable[[str], str]
"""Makes text that is not ours harmless where it is shown."""


def prospect_lines(prospect: Prospect, quote: Quote = printable) -> Iterator[str]:
    """Yield what there is to say of an engine below the table."""
    move = prospect.move
    yield from _error_lines(prospect, quote)
    yield from loss_lines(move, quote)
    if not move.losses and not prospect.errors:
        yield LOSSLESS
    if prospect.warnings:
        shown = quote(pasteable(f"songbatch check --engine {shell_word(move.to.name)}"))
        yield f"{count(prospect.warnings, 'further warning')}: {shown}"
    yield from stay_lines(move, quote)


def _error_lines(prospect: Prospect, quote: Quote) -> Iterator[str]:
    by_code: dict[str, list[Diagnostic]] = {}
    for one in prospect.errors:
        by_code.setdefault(one.code, []).append(one)
    for first, *others in by_code.values():
        where = f", {len(others):,} more" if others else ""
        yield f"cannot: {quote(str(first.span))}: {quote(first.message)}{where}"
    if prospect.left_out:
        yield f"its row leaves out {count(prospect.left_out, 'render')} of specs with errors"


def move_lines(move: Move) -> Iterator[str]:
    """Yield a paragraph about a move, for behind a plan."""
    yield click.style(printable(f"moving from {move.was} to {move.to.name}"), bold=True)
    yield from (f"  {line}" for line in moved_lines(move, printable))


def moved_lines(move: Move, quote: Quote) -> Iterator[str]:
    """Yield what a move loses, and what stays."""
    if not move.losses:
        yield LOSSLESS
    yield from loss_lines(move, quote)
    yield from stay_lines(move, quote)


def loss_lines(move: Move, quote: Quote) -> Iterator[str]:
    """Yield what songs say that the engine does not heed."""
    losses = move.losses
    for one in losses.ignored:
        yield f"ignores `{one.key}` of {count(one.renders, 'render')}: {printable(one.reason)}"
    for each in losses.unplaced:
        noun = "reference" if len(each.names) == 1 else "references"
        names = enumerated([quote(name) for name in each.names])
        why = "" if each.reason == NO_PLACE else f": {printable(each.reason)}"
        renders = count(each.renders, "render")
        yield f"has no place for the {each.purpose} {noun} {names} of {renders}{why}"
    for long in losses.overlong:
        limit = "it takes" if long.is_refused else "are safe"
        yield (
            f"lyrics of {count(long.renders, 'render')} have more than the {long.most:,} "
            f"characters that {limit}; the first is {quote(long.first)}"
        )


def stay_lines(move: Move, quote: Quote) -> Iterator[str]:
    """Yield what earlier engines made, which stays."""
    for one in move.stays:
        engine = quote(one.engine)
        stay = "stays" if one.songs == 1 else "stay"
        yield f"{count(one.songs, 'song')} of {engine} {stay} {_where(one, quote)}"
        if verdicts := _verdicts(one):
            yield (
                f"{enumerated(verdicts)} stay with {engine}: they are of that audio, and songs of "
                f"{quote(move.to.name)} begin without"
            )


def _where(one: Stays, quote: Quote) -> str:
    if not one.here:
        return "recorded; no file is on this disk"
    folders = [quote(f"{folder}/") for folder in one.folders[:MOST_FOLDERS]]
    if len(one.folders) > MOST_FOLDERS:
        folders.append(count(len(one.folders) - MOST_FOLDERS, "more folder"))
    missing = f"; {one.songs - one.here:,} of them not" if one.here < one.songs else ""
    return f"on this disk: {enumerated(folders)}, {size(one.bytes)}{missing}"


def _verdicts(one: Stays) -> list[str]:
    counted = ((one.picks, "pick"), (one.ratings, "rating"), (one.notes, "note"))
    return [count(number, noun) for number, noun in counted if number]
