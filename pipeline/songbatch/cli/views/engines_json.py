"""Engines for programs: one JSON object with everything their traits say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.cli.views.engine_words import (
    impossible,
    is_by_song,
    key_words,
    plain_access,
    plain_bounds,
    works_by,
)
from songbatch.cli.views.service_json import row_json, service_json
from songbatch.diagnostics import printable_json
from songbatch.engines.catalog import DEFAULT_ENGINE
from songbatch.model import Purpose
from songbatch.prices import Amount

if TYPE_CHECKING:
    from songbatch.cli.views.results import EngineListing, EnginesResult
    from songbatch.traits import Traits

FORMAT = 1


def engines_json(result: EnginesResult) -> str:
    """Return the engines, or the one that was named, and names of others that are installed."""
    return printable_json(
        {
            "engines": FORMAT,
            "listed": [_engine(each) for each in result.listed],
            "services": [service_json(each) for each in result.services],
            "installed": list(result.installed),
        }
    )


def _engine(each: EngineListing) -> dict[str, Any]:
    entry, traits = each.entry, each.entry.traits
    tariff = entry.tariff()
    return {
        "name": entry.name,
        "model": entry.identity.model,
        "kind": entry.identity.kind or entry.name.partition("/")[0],
        "is_default": entry.name == DEFAULT_ENGINE,
        **plain_access(each.access, needs_key=entry.needs_key),
        "usd_per_song": tariff.price(Amount()).planned if is_by_song(entry) else None,
        "rates": [
            {"usd": rate.usd, "per": rate.per.value, "when": dict(rate.when)}
            for rate in tariff.rates
        ],
        "usd_from": tariff.source.value,
        "seconds_per_song": entry.seconds_per_render,
        "jobs": entry.jobs,
        "works_by": works_by(traits),
        "source_type": entry.source_type,
        "lyrics": {
            "is_needed": traits.lyrics.is_needed,
            "max_characters": traits.lyrics.most,
            "advised_characters": traits.lyrics.advised,
            "grammar": traits.grammar.value,
        },
        "keys": {
            words.key: {"use": words.use.value, "text": words.text, **_bounds(words.key, traits)}
            for words in key_words(traits)
        },
        "cannot": [{"case": case, "reason": reason} for case, reason in impossible(traits)],
        "song_seconds": plain_bounds(traits.song),
        "needs_reference": traits.needs_reference,
        "references": {purpose.value: _reference(purpose, traits) for purpose in Purpose},
        "delivers": (
            {"format": traits.master.value, "sample_rate": traits.master_rate}
            if traits.master
            else None
        ),
        "row": None if each.row is None else row_json(each.row),
        "guide": entry.guide,
    }


def _bounds(key: str, traits: Traits) -> dict[str, Any]:
    """Return the limits of a key that is taken: of its number, or of the characters of its text."""
    if key not in traits.takes:
        return {}
    if key == "style":
        return {"max_characters": traits.style.most} if traits.style else {}
    if key == "lang":
        return {"languages": sorted(traits.languages)}
    bounds = (
        plain_bounds(getattr(traits, key, None)) if key in {"duration", "seed", "bpm"} else None
    )
    return bounds or {}


def _reference(purpose: Purpose, traits: Traits) -> dict[str, Any]:
    rule = traits.references.get(purpose)
    if rule is None:
        return {"use": "cannot", "text": traits.why_no_place(purpose)}
    form = rule.form
    return {
        "use": "takes",
        "text": rule.meaning,
        "handed_over": rule.handed_over.value,
        "seconds": plain_bounds(rule.seconds),
        "advised_seconds": rule.advised_seconds,
        "is_blurred": rule.is_blurred,
        "is_public": rule.is_public,
        "usd": rule.usd,
        "made": (
            {
                "format": form.format.value,
                "sample_rate": form.sample_rate,
                "channels": form.channels,
                "seconds": form.seconds,
                "most_seconds": form.most_seconds,
            }
            if form
            else None
        ),
    }
