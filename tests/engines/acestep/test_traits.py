"""What the models take, as data."""

from __future__ import annotations

import pytest

from songbatch.engines.acestep.requests_made import request_of
from songbatch.engines.acestep.settings import Face
from songbatch.engines.acestep.traits import is_base, traits
from songbatch.model import AudioFormat, Purpose
from songbatch.traits import SONG_KEYS, Grammar, HandedOver
from tests.engines.acestep.samples import asking, file


@pytest.mark.parametrize("face", ["tasks", "chat"])
def test_every_key_of_a_song_is_taken(face: Face) -> None:
    found = traits("acestep-v15-turbo", face)
    assert found.takes == frozenset(SONG_KEYS)
    assert found.grammar is Grammar.SECTIONS
    assert not found.needs_reference
    assert not found.lyrics.is_needed
    assert found.has_jobs is (face == "tasks")
    assert found.master is AudioFormat.WAV
    assert found.seed is not None
    assert found.seed.has(2**32 - 1)


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("acestep-v15-base", True),
        ("acestep-v15-xl-base", True),
        ("acemusic/acestep-v15-base", True),
        ("acestep-v15-turbo", False),
        ("acestep-v15-sft", False),
        ("database/acestep-v15-turbo", False),
    ],
)
def test_only_base_models_take_an_instrumental(model: str, base: bool) -> None:
    assert is_base(model) is base
    found = traits(model)
    assert (Purpose.INSTRUMENTAL in found.references) is base
    assert ("instrumental" in found.cannot) is not base
    assert {rule.handed_over for rule in found.references.values()} == {HandedOver.BYTES}
    assert found.references[Purpose.VOICE].is_blurred


@pytest.mark.parametrize("face", ["tasks", "chat"])
def test_no_option_can_say_what_the_engine_says(face: Face) -> None:
    forbidden = traits("acestep-v15-base", face).options
    requests = [
        asking(bpm=96, scale="C major", meter="4/4", files=(file(purpose),), follow=follow)
        for purpose, follow in (
            (Purpose.SONG, "song"),
            (Purpose.SONG, None),
            (Purpose.INSTRUMENTAL, None),
        )
    ]
    set_here = {
        name
        for request in requests
        for name in request_of(request, "acestep-v15-base", AudioFormat.WAV).fields
    }
    free = {"thinking", "use_cot_caption", "use_cot_language", "infer_method"}
    assert set_here - free <= forbidden
    assert {"caption", "format", "useRandomSeed", "targetDuration", "keyscale"} <= forbidden
    assert not free & forbidden
    assert not {"inference_steps", "guidance_scale", "shift", "lm_temperature"} & forbidden
