"""One song on several processors: this one, with less and less of it in use."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from songbatch.extras import VOICE
from support.processors import OF_NETWORK, PROCESSORS, digests_of, save_reference

COMMITTED = json.loads((Path(__file__).parent / "processors.json").read_text("utf-8"))
"""The digests that every x86-64 processor must arrive at. They change with the sound's version."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "campfire.npy"
    save_reference(path)
    return path


@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_processor_makes_the_same_song(reference: Path, processor: str) -> None:
    made = digests_of([sys.executable], reference, PROCESSORS[processor])
    lacking = {OF_NETWORK} if VOICE.folder() is None else set()
    assert made == {name: digest for name, digest in COMMITTED.items() if name not in lacking}
