"""The options of the sketch engine: what a song's `options: {sketch: {…}}` may say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.traits import OptionRule, OptionType

if TYPE_CHECKING:
    from collections.abc import Mapping

BAND, REUSE, PLAY = "band", "reuse", "play"
"""What the band is, the recording rearranged or instruments, and its values."""

OPTIONS: Mapping[str, OptionRule] = {BAND: OptionRule(OptionType.TEXT, values=(REUSE, PLAY))}
