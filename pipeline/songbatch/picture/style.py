"""Style of pictures: sizes in units of which a picture is WIDTH wide, and colours.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; what matters is
told apart by shape and by words as well. A viewer that prefers dark pages gets a dark picture; it
has its own ground, so that it can be read on any page.
"""

from __future__ import annotations

WIDTH = 1000
LEFT, RIGHT = 58, 22
ACROSS = WIDTH - LEFT - RIGHT

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

LIGHT = {
    "ground": "#ffffff", "edge": "#d0d7de", "ink": "#1f2328", "faint": "#57606a",
    "grid": "#e3e7eb", "bar": "#c3cad1", "odd": "#e4eef6", "even": "#f6eedd", "chord": "#e6eaee",
    "peak": "#a9cde6", "song": "#0072b2", "other": "#b84f00",
}  # fmt: skip
DARK = {
    "ground": "#0f141a", "edge": "#363d46", "ink": "#e8edf2", "faint": "#9da7b1",
    "grid": "#252c34", "bar": "#414a54", "odd": "#16293a", "even": "#312814", "chord": "#262e37",
    "peak": "#2c5c80", "song": "#56b4e9", "other": "#f0a35a",
}  # fmt: skip

_RULES = """
.ground{{fill:{ground};stroke:{edge}}}
text{{fill:{ink}}}
.faint{{fill:{faint}}}
.grid{{stroke:{grid};fill:none}}
.bar{{stroke:{bar};fill:none}}
.odd{{fill:{odd}}}
.even{{fill:{even}}}
.chord{{fill:{chord}}}
.peak{{stroke:{peak};fill:none}}
.mean{{stroke:{song};fill:none}}
.sung{{fill:{song}}}
.played{{fill:{ground};stroke:{other}}}
.song{{stroke:{song};fill:none}}
.reference{{stroke:{other};fill:none}}
"""


def _rules(colours: dict[str, str]) -> str:
    return "".join(_RULES.format_map(colours).split("\n"))


STYLE = f"<style>{_rules(LIGHT)}@media (prefers-color-scheme:dark){{{_rules(DARK)}}}</style>"
