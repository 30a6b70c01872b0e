"""Colours of cover pictures, by their headers alone.

Shops refuse pictures for print (CMYK), and players show them in wrong colours. Sources: the PNG
specification (colour types of IHDR) and ITU-T T.81 (components of a JPEG's frame).
"""

from __future__ import annotations

from typing import Literal

from songbatch.audio.cover import jpeg_frame, kind_of_picture

Colours = Literal["RGB", "CMYK", "grey"]
_PNG_GREY = {0, 4}


def colours(data: bytes) -> Colours:
    """Return the kind of colours of a JPEG or PNG that `measure_cover` has passed."""
    if kind_of_picture(data) == "image/png":
        return "grey" if data[25] in _PNG_GREY else "RGB"
    frame = jpeg_frame(data)
    components = data[frame + 9] if frame is not None else 3
    return "CMYK" if components == 4 else "RGB" if components == 3 else "grey"
