"""Engines and their traits in words and as plain data, for the views of `engines`."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.cli.pasting import pasteable
from songbatch.formatting import count, money
from songbatch.model import Purpose
from songbatch.prices import Per
from songbatch.traits import SONG_KEYS, Grammar, HandedOver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.entry import Access, EngineEntry
    from songbatch.prices import Rates
    from songbatch.traits import Range, ReferenceRule, Traits


class KeyUse(StrEnum):
    """What an engine does with a key of a song."""

    TAKES = "takes"
    IGNORES = "ignores"
    CANNOT = "cannot"


class KeyWords(msgspec.Struct, frozen=True):
    """What an engine does with a key: for one that is taken, `text` are its limits, else why."""

    key: str
    use: KeyUse
    text: str


GRAMMARS = {
    Grammar.HASHES: "## at both ends asks for accompaniment, [Section] lines are left out",
    Grammar.BOTH: "## at both ends asks for accompaniment, [Section] lines are understood",
    Grammar.SECTIONS: "[Section] lines are understood, ## is left out",
    Grammar.SECTIONS_ALONE: "[Section] lines are understood, ## is left out, and what is not sung "
    "has a section of its own",
}
HANDED_OVER = {
    HandedOver.IDS: "uploaded once, and named in requests",
    HandedOver.BYTES: "sent along with every request",
    HandedOver.LINK: "uploaded, and named by its address in requests",
    HandedOver.MADE: "uploaded, and made an id once, which requests name",
}
_NO_SUCH_KEY = "it has no such setting"
_UNTAKEN = {
    "lang": (KeyUse.IGNORES, "it makes no difference to the song; tags have it"),
    "vocals": (KeyUse.CANNOT, "it sings, unless an instrumental alone is referenced"),
}


def key_words(traits: Traits) -> Iterator[KeyWords]:
    """Yield what the engine does with each key of a song, in the order of the docs."""
    for key in SONG_KEYS:
        if key in traits.takes:
            yield KeyWords(key, KeyUse.TAKES, "; ".join(_limits(key, traits)))
        elif key in traits.ignores:
            yield KeyWords(key, KeyUse.IGNORES, traits.ignores[key])
        elif why := traits.cannot.get(f"{key}=none"):
            yield KeyWords(key, KeyUse.CANNOT, why)
        else:
            yield KeyWords(key, *_UNTAKEN.get(key, (KeyUse.CANNOT, _NO_SUCH_KEY)))


def _limits(key: str, traits: Traits) -> Iterator[str]:
    match key:
        case "style" if traits.style is not None:
            yield f"at most {traits.style.most:,} characters"
            yield from ["needed"] if traits.style.is_needed else []
        case "duration":
            yield from _duration(traits)
        case "seed":
            yield "left out, it is the number of the take"
        case "bpm" if traits.bpm is not None:
            yield between(traits.bpm)
        case "options" if traits.option_rules:
            yield ", ".join(name for name, rule in traits.option_rules.items() if not rule.ignored)
        case "options" if traits.options:
            yield "every field but those that other keys decide"
        case "lang" if traits.languages:
            yield count(len(traits.languages), "language")


def _duration(traits: Traits) -> Iterator[str]:
    if traits.duration is not None:
        yield f"{between(traits.duration)} s"
    if traits.duration_is_bounded:
        yield "what is more or less comes as near as that"
    if traits.duration_is_cap:
        yield "an upper bound"
    if traits.length_is_needed:
        yield "left out, it is estimated from the lyrics"


def impossible(traits: Traits) -> Iterator[tuple[str, str]]:
    """Yield combinations that an engine cannot have, as a spec says them, each with the reason."""
    for case, reason in traits.cannot.items():
        if case not in set(Purpose) and case != "vocals=none":
            yield _case(case), reason


def _case(case: str) -> str:
    first, _, second = case.partition("+")
    if first == second:
        return f"a voice of one {first} with an instrumental of another"
    return case.replace("=", ": ").replace("+", " with ")


def reference_words(purpose: Purpose, traits: Traits) -> str:
    """Return how a reference of this purpose is used, or why there can be none."""
    rule = traits.references.get(purpose)
    if rule is None:
        return f"cannot: {traits.why_no_place(purpose)}"
    return "; ".join(
        [f"used as {rule.meaning}", *_form(rule, can_be_whole=_can_be_whole(purpose, traits))]
    )


def _can_be_whole(purpose: Purpose, traits: Traits) -> bool:
    can_follow = "follow" in traits.takes and "follow=song" not in traits.cannot
    return purpose is Purpose.SONG and can_follow


def _form(rule: ReferenceRule, *, can_be_whole: bool) -> Iterator[str]:
    if not math.isinf(rule.seconds.most):
        advised = f", better {rule.advised_seconds:g} or more" if rule.advised_seconds else ""
        yield f"{between(rule.seconds)} s{advised}"
    if rule.usd:
        yield f"{money(rule.usd)} for each, once"
    form = rule.form
    if form is None:
        return
    if can_be_whole:
        yield "sent whole with `follow: song`"
    otherwise = "otherwise " if can_be_whole else ""
    made = f"{otherwise}made {form.format.upper()} at {form.sample_rate / 1000:g} kHz"
    if form.seconds is not None:
        yield f"{made} of exactly {form.seconds:g} s"
    elif form.most_seconds is not None:
        yield f"{made} of at most {form.most_seconds:g} s"
    else:
        yield made


def between(bounds: Range) -> str:
    """Return bounds as people write them."""
    least, most = (f"{bound:,.0f}" for bound in (bounds.least, bounds.most))
    return f"{least} to {most}"


_PER = {Per.SECOND: "/min", Per.MINUTE: "/begun min", Per.TOKEN: "/token"}


def price(entry: EngineEntry, per_song: str = "") -> str:
    """Return what a song of an engine, or a minute of one, costs."""
    return rates_words(entry.tariff().rates, per_song)


def rates_words(rates: Rates, per_song: str = "") -> str:
    """Return what a song, or a minute of one, costs where no option changes that.

    `per_song` stands behind the price of a whole song.
    """
    rate = next((one for one in rates if not one.when), rates[0] if rates else None)
    if rate is None or rate.usd == 0:
        return "free"
    usd = rate.usd * 60 if rate.per is Per.SECOND else rate.usd
    return f"{exact_money(usd)}{_PER.get(rate.per, per_song)}"


def exact_money(usd: float) -> str:
    """Return US dollars with every digit of a price: to the cent, or as fine as it is."""
    return f"${usd:.2f}" if abs(usd - round(usd, 2)) < 1e-9 else f"${usd:.6g}"


def is_by_song(entry: EngineEntry) -> bool:
    """Return whether all songs of an engine cost the same."""
    rates = entry.tariff().rates
    return len(rates) <= 1 and all(rate.per is Per.SONG for rate in rates)


def reference_need(traits: Traits) -> str:
    """Return whether a song needs a reference, in one word."""
    if not traits.references:
        return "none"
    return "needed" if traits.needs_reference else "optional"


def works_by(traits: Traits) -> str:
    """Return the shape of a request, in one word."""
    return "jobs" if traits.has_jobs else "calls"


def set_up_words(access: Access) -> Iterator[tuple[str, str]]:
    """Yield whether an engine or a service can be used, and what to do if not, with labels."""
    yield "set up", f"no: {access.problem}" if access.problem else "yes"
    if access.problem and access.fix:
        yield "fix", access.fix


def plain_access(access: Access, *, needs_key: bool) -> dict[str, Any]:
    """Return as plain data how one gets at an engine or a service."""
    return {
        "is_set_up": not access.problem,
        "problem": access.problem or None,
        "fix": pasteable(access.fix) or None,
        "url": access.url or None,
        "key": {
            "variable": access.key_variable or None,
            "is_set": access.has_key,
            "is_needed": needs_key,
        },
    }


def plain_bounds(bounds: Range | None) -> dict[str, Any] | None:
    """Return bounds as plain data; null for one that is not there."""
    if bounds is None:
        return None
    least, most = (None if math.isinf(b) else b for b in (bounds.least, bounds.most))
    return {"least": least, "most": most}
