"""Bytes that songs and renders depend on: who changes them raises a number."""

from __future__ import annotations

import random

import pytest

from songbatch.audio.convert import CONVERT_VERSION, convert
from songbatch.audio.prepare import PREPARE_VERSION, prepare
from songbatch.digest import sha256
from songbatch.engines.acestep.settings import SOUND
from songbatch.engines.acestep.traits import EXACT
from songbatch.model import AudioFormat, AudioSetting
from tests.audio.making import fmt, riff

NOISE = riff((b"fmt ", fmt(1, 2, 44100)), (b"data", random.Random(7).randbytes(40000)))
CONVERTED = {2: "d483d2cae873639dbcf9d5782888daf3fde55e9f38b1e838ae16e400af663ec3"}
"""By CONVERT_VERSION: a master made WAV at 32 kHz."""
PREPARED = {(1, "1"): "a74b4fb850ce288cdc1309986c009cfcbfbeb5108717eb58fd40de0dfc16ab5c"}
"""By PREPARE_VERSION and ACE-Step's SOUND: a reference made what ACE-Step takes."""


def test_a_converted_master_has_the_bytes_of_its_version() -> None:
    found = sha256(convert(NOISE, AudioSetting(AudioFormat.WAV, 32000)))
    if CONVERTED.get(CONVERT_VERSION) != found:
        pytest.fail(
            f"a master is converted to {found}: raise CONVERT_VERSION in "
            f"songbatch/audio/convert.py above {max(CONVERTED)}, and list its digest here"
        )


def test_a_prepared_reference_has_the_bytes_of_its_version() -> None:
    found = sha256(prepare(NOISE, EXACT))
    if PREPARED.get((PREPARE_VERSION, SOUND)) != found:
        pytest.fail(
            f"a reference is prepared to {found}, so songs that follow it sound different: raise "
            "PREPARE_VERSION in songbatch/audio/prepare.py and SOUND in "
            f"songbatch/engines/acestep/settings.py above {max(PREPARED)}, and list the digest here"
        )
