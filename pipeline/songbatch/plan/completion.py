"""Completion of a request: what an engine wants that a song does not say, by fixed rules. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from songbatch.formatting import count
from songbatch.lyrics import usual_seconds
from songbatch.plan.steps import Action
from songbatch.prices import Amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.base import Generation
    from songbatch.model import ReferenceForm, RenderInputs
    from songbatch.plan.steps import Plan
    from songbatch.traits import Traits


def seconds_asked(inputs: RenderInputs, traits: Traits) -> float | None:
    """Return how long a song is asked to last; None if that is left to the engine."""
    if inputs.duration is not None or not traits.length_is_needed:
        return inputs.duration
    seconds, bounds = float(usual_seconds(inputs.lyrics)), traits.duration
    return seconds if bounds is None else min(max(seconds, bounds.least), bounds.most)


def seed_asked(inputs: RenderInputs, traits: Traits) -> int | None:
    """Return the seed that is asked for; None on an engine without."""
    if "seed" not in traits.takes:
        return None
    return inputs.take if inputs.seed is None else inputs.seed


def completed_request(
    request: Generation, inputs: RenderInputs, traits: Traits, **sent: Any
) -> Generation:
    """Return a request with what the engine wants beside; `sent` is what it follows."""
    seconds, seed = seconds_asked(inputs, traits), seed_asked(inputs, traits)
    return replace(request, duration=seconds, seed=seed, **sent)


def amount_of(inputs: RenderInputs, traits: Traits) -> Amount:
    """Return how much a song is, as far as its price goes by that."""
    seconds = seconds_asked(inputs, traits)
    texts = (inputs.lyrics, inputs.style)
    return Amount(
        traits.song.most if seconds is None else seconds,
        sum(len(text) for text in texts if text),
        {**(inputs.options or {}), "lyrics": bool(inputs.lyrics)},
        is_most=seconds is None or traits.duration_is_cap,
    )


def completed(inputs: RenderInputs, traits: Traits) -> dict[str, str]:
    """Return what a render's request has beside its inputs, by key of a song, with the reason."""
    found = {}
    if inputs.duration is None and (seconds := seconds_asked(inputs, traits)) is not None:
        found["duration"] = f"{seconds:.0f}, by the words"
    if inputs.seed is None and (seed := seed_asked(inputs, traits)) is not None:
        found["seed"] = f"{seed}, the number of the take"
    return found


def request_notes(plan: Plan, traits: Traits) -> Iterator[str]:
    """Yield what a plan's requests have that the specs do not say."""
    asked = [step for step in plan.renders if step.action is Action.RENDER]
    lengths = [
        seconds
        for step in asked
        if step.render.inputs.duration is None
        and (seconds := seconds_asked(step.render.inputs, traits)) is not None
    ]
    if lengths:
        shortest, longest = min(lengths), max(lengths)
        span = f"{shortest:.0f} s" if shortest == longest else f"{shortest:.0f} to {longest:.0f} s"
        yield (
            f"{count(len(lengths), 'song')} without a `duration`: {span} asked for, by the words"
        )
    followed = (step for step in asked if step.render.inputs.follow != "song")
    forms = {
        form
        for step in followed
        for reference in step.files
        if (form := traits.references[reference.purpose].form) is not None
    }
    for form in forms:
        yield f"references are sent as {_described(form)}"
    stored = [step for step in plan.uploads if step.action is Action.UPLOAD]
    if any(traits.references[step.purpose].is_public for step in stored):
        yield (
            "references are uploaded to the service's storage: whoever has the address of one "
            "can hear it"
        )


def _described(form: ReferenceForm) -> str:
    length = ""
    if form.seconds is not None:
        length = f", exactly {form.seconds:g} s: longer ones are cut off, shorter ones repeated"
    elif form.most_seconds is not None:
        length = f", at most {form.most_seconds:g} s"
    channels = "mono" if form.channels == 1 else "stereo"
    return f"{form.format.upper()} at {form.sample_rate / 1000:g} kHz, {channels}{length}"
