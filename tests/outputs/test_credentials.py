"""A Content Credential that a service sends: it stays in the tag, is told, and can be had back."""

from __future__ import annotations

import mutagen.id3
import pytest

from songbatch.audio.id3 import write
from songbatch.audio.id3_frames import TagFrame
from support.contract.audio import tone
from support.contract.server import ContractServer
from support.kit import Project
from tests.audio.pictures import png
from tests.run.specs import SONG

STORE = b"\0\0\0\x2djumb" + bytes(range(256))
FIRST = "outputs/demo/music-01/first.mp3"
