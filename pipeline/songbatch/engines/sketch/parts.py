"""Parts of the sketch engine's songs: how much sounds before a first bar and after a last one.

Parts overlap by that when they are joined: upbeats before, strings and the room's answer after.
"""

from __future__ import annotations

LEAD_SECONDS, TAIL_SECONDS = 1.0, 2.0
