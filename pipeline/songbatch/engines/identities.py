"""Identities of the engines: their names, and what decides how each sounds."""

from __future__ import annotations

from typing import Final

from songbatch.model import EngineIdentity

SKETCH: Final = EngineIdentity("sketch", "sketch", sound="9")
"""`sound` goes up whenever equal requests begin to sound different."""

ACESTEP: Final = "acestep"
"""Its model is a choice: see `songbatch.engines.acestep.settings`."""

FAL: Final = "fal"
REPLICATE: Final = "replicate"
"""Services; their models are rows: see `songbatch.engines.job_service.table`."""

MUSIC01: Final = EngineIdentity("music-01", "music-01")
