"""Parts of songs of the sketch engine: how much sounds before a part's first bar and after its last.

Parts overlap by that when they are joined: upbeats before, strings and the room's answer after.
"""

from __future__ import annotations

LEAD_SECONDS, TAIL_SECONDS = 1.0, 2.0
