"""The options of the sketch engine: what a song's `options: {sketch: {…}}` may say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.extras import VOICE
from songbatch.traits import OptionRule, OptionType

if TYPE_CHECKING:
    from collections.abc import Mapping

BAND, REUSE, PLAY = "band", "reuse", "play"
"""What the band is, the recording rearranged or instruments, and its values."""

SINGER, HIBARI, FORMANT = "singer", "hibari", "formant"
"""Who sings, the network of hibari-tts or formants, and its values."""

NETWORK_LANGUAGE = "en"
"""The only language that the network sings."""

OPTIONS: Mapping[str, OptionRule] = {
    BAND: OptionRule(OptionType.TEXT, values=(REUSE, PLAY)),
    SINGER: OptionRule(
        OptionType.TEXT,
        values=(HIBARI, FORMANT),
        needs={HIBARI: VOICE},
        languages={HIBARI: frozenset({NETWORK_LANGUAGE})},
        trained=frozenset({HIBARI}),
    ),
}
