"""Traits of a model by its row: what a request takes, ignores, needs and cannot have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.prepare import PREPARE_VERSION
from songbatch.engines.job_service.reference_forms import form_of
from songbatch.engines.job_service.rows import BY_FIELD, UNBOUNDED_CHARACTERS
from songbatch.engines.job_service.style_text import in_style
from songbatch.engines.job_service.table import CHOICE, LINK
from songbatch.model import Purpose
from songbatch.traits import (
    SONG_KEYS,
    STYLE_BESIDE_REFERENCE,
    Grammar,
    HandedOver,
    OptionRule,
    OptionType,
    Range,
    ReferenceRule,
    TextRule,
    Traits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.job_service.rows import (
        Hand,
        ModelRow,
        NumberField,
        OptionField,
        ReferenceField,
        TextField,
    )

MOST_REFERENCE_SECONDS = 3600.0
"""Of files of which the beginning is sent."""
MOST_STYLE = 2000
"""Characters that a song's style may have."""

_DURATION = Range(5, 600)
_BPM = Range(30, 300)
_SEED = Range(0, 2**31 - 1)

_TYPES = {
    "whole": OptionType.WHOLE,
    "number": OptionType.NUMBER,
    "yes-no": OptionType.YES_NO,
    "text": OptionType.TEXT,
}

_NO_SETTING = "it has no such setting"
_NO_REFERENCE = "it takes no reference"
_REASONS: Mapping[str, str] = {
    "style": "it has no text for genre, mood and voice",
    "duration": "it decides itself how long a song is",
    "seed": "takes vary, and not by a seed",
}


def traits(model: ModelRow, hands: Mapping[str, Hand], *, is_public: bool) -> Traits:
    """Return what a model takes. `is_public`: whoever has an uploaded file's address can hear it.

    Raises ValueError for a row that names a hand that is not there.
    """
    sends = model.sends
    takes = frozenset(_taken(model))
    duration = None if sends.duration is None else _range(sends.duration, _DURATION)
    least, most = model.gives.seconds
    if duration is not None:
        least, most = min(least, duration.least), max(most, duration.most)
    return Traits(
        grammar=sends.lyrics.grammar if sends.lyrics else Grammar.SECTIONS,
        lyrics=_lyrics(sends.lyrics),
        style=None if sends.style is None else _text(sends.style, MOST_STYLE),
        takes=takes,
        ignores=dict(_ignored(model, takes)),
        cannot=dict(_cannot(model)),
        references={
            purpose: _rule(field, hands, is_public=is_public)
            for field in sends.reference
            for purpose in field.purposes
        },
        needs_reference=any(field.needed for field in sends.reference),
        song=Range(least, most),
        duration=duration,
        duration_is_cap=sends.duration is not None and sends.duration.cap,
        # What a service chooses itself costs nobody knows what, and differs from run to run.
        length_is_needed=sends.duration is not None,
        seed=None if sends.seed is None else _range(sends.seed, _SEED),
        bpm=None if sends.bpm is None else _range(sends.bpm, _BPM),
        languages=frozenset() if sends.lang is None else frozenset(sends.lang.values),
        options=frozenset(_set_here(model)),
        option_rules={name: _option(rule) for name, rule in model.options.items()},
        master=model.gives.form,
        master_rate=model.gives.rate,
        has_jobs=True,
        finds_lost=True,
        in_style=tuple(in_style(model)),
        silent_lyrics=None if sends.lyrics is None else sends.lyrics.silent,
    )


def _taken(model: ModelRow) -> Iterator[str]:
    """Yield the keys of a song that reach the service."""
    sends = model.sends
    yield from (key for key in BY_FIELD if key != "lyrics" and getattr(sends, key) is not None)
    yield "options"
    if has_silence(model):
        yield "vocals"
    if sends.reference:
        yield "follow"


def has_silence(model: ModelRow) -> bool:
    """Return whether a request can say that nobody sings."""
    lyrics = model.sends.lyrics
    return lyrics is None or lyrics.silent is not None or model.sends.no_vocals is not None


def _ignored(model: ModelRow, takes: frozenset[str]) -> Iterator[tuple[str, str]]:
    for key in SONG_KEYS:
        if key in takes or key in {"vocals", "lang"}:
            continue
        reason = _REASONS.get(key, _NO_SETTING)
        if key in {"follow", "strength"} and not model.sends.reference:
            reason = _NO_REFERENCE
        yield key, reason
    if any(field.excludes_style for field in model.sends.reference):
        yield (
            STYLE_BESIDE_REFERENCE,
            "it goes by the reference alone where there is one, as far as anybody knows",
        )


def _cannot(model: ModelRow) -> Iterator[tuple[str, str]]:
    fields = model.sends.reference
    by_purpose = {purpose: field for field in fields for purpose in field.purposes}
    # Over an instrumental alone, a model of the hosted contract does not sing.
    has_grammar_of_old = model.sends.lyrics and model.sends.lyrics.grammar is Grammar.HASHES
    if not has_silence(model) and not (has_grammar_of_old and Purpose.INSTRUMENTAL in by_purpose):
        yield "vocals=none", "it always sings"
    if by_purpose:
        taken = " or ".join(by_purpose)
        for purpose in Purpose:
            if purpose not in by_purpose:
                yield purpose, f"it takes references of purpose {taken} only"
        if not any(field.keeps_tune for field in fields):
            yield "follow=song", "it follows how a reference sounds, and keeps no tune"
        elif all(field.keeps_tune for field in fields):
            yield "follow=style", "it keeps the tune of the reference: a cover version"
    for voice in by_purpose.keys() - {Purpose.INSTRUMENTAL}:
        for instrumental in by_purpose.keys() - {Purpose.VOICE}:
            if by_purpose[voice].field == by_purpose[instrumental].field:
                yield f"{voice}+{instrumental}", "a request has one place for both"


def _rule(field: ReferenceField, hands: Mapping[str, Hand], *, is_public: bool) -> ReferenceRule:
    form = form_of(field)
    least, most = field.seconds
    made = "" if form is None else f"@{form.format}{form.most_seconds or ''}v{PREPARE_VERSION}"
    hand = None if field.handed == LINK else hands[field.handed]
    return ReferenceRule(
        HandedOver.LINK if hand is None else HandedOver.MADE,
        field.meaning,
        Range(least, MOST_REFERENCE_SECONDS if field.cut else most),
        form=form,
        stored_as=f"{field.handed}{made}",
        usd=0.0 if hand is None else hand.usd,
        is_public=is_public,
    )


def _lyrics(field: TextField | None) -> TextRule:
    # Without a place for lyrics, a song that has some is refused: they would not be sung.
    return TextRule(0) if field is None else _text(field, UNBOUNDED_CHARACTERS)


def _text(field: TextField, most: int) -> TextRule:
    return TextRule(min(field.max, most), is_needed=field.needed)


def _range(field: NumberField, usual: Range) -> Range:
    least = usual.least if field.least is None else field.least
    return Range(least, usual.most if field.most is None else field.most)


def _option(field: OptionField) -> OptionRule:
    bounds = None
    if field.least is not None or field.most is not None:
        least = float("-inf") if field.least is None else field.least
        bounds = Range(least, float("inf") if field.most is None else field.most)
    return OptionRule(_TYPES[field.type], bounds, field.values)


def set_by_keys(model: ModelRow) -> dict[str, str]:
    """Return the fields of a request that are made of a song, each with the song's key."""
    sends = model.sends
    found = {
        field.field: key
        for key in BY_FIELD
        if (field := getattr(sends, key)) is not None and field.field
    }
    if sends.no_vocals is not None:
        found[sends.no_vocals.field] = "vocals"
    return found | {field.field: "reference" for field in sends.reference}


def _set_here(model: ModelRow) -> Iterator[str]:
    """Yield the fields that `options` must not hold, those around nested ones among them."""
    own = [*set_by_keys(model), model.sends.marker]
    if CHOICE in model.sends.constants:
        own.append(CHOICE)
    for field in filter(None, own):
        names = field.split(".")
        yield from (".".join(names[:count]) for count in range(1, len(names) + 1))
