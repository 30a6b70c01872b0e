"""Cover pictures: JPEG or PNG by content, whole, and of what size.

Sources: the PNG specification (signature, IHDR, IEND) and ITU-T T.81 (markers of a JPEG).
"""

from __future__ import annotations

import msgspec

from songbatch.audio.foreign import name_by_magic, name_text

MAX_BYTES = 10 * 2**20
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_STARTS_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


class NotACover(Exception):
    """Bytes that players cannot show as a picture; `str()` is the reason, `fix` what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class Size(msgspec.Struct, frozen=True):
    """Width and height in pixels."""

    width: int
    height: int


def kind_of_picture(data: bytes) -> str:
    """Return the media type that the first bytes announce, "" if it is neither of the two."""
    if data.startswith(_PNG):
        return "image/png"
    return "image/jpeg" if data.startswith(_JPEG) else ""


def measure_cover(data: bytes) -> Size:
    """Return the size of a JPEG or PNG. Raises NotACover for anything else, cut or too large."""
    kind = kind_of_picture(data)
    if not kind:
        name = name_by_magic(data[:64]) or name_text(data) or "neither JPEG nor PNG"
        raise NotACover(f"it is {name}" if data else "it is empty", "use a JPEG or PNG picture")
    if len(data) > MAX_BYTES:
        raise NotACover(
            f"it has {len(data):,} bytes, at most {MAX_BYTES:,} go into a tag",
            "save it smaller: 1000 × 1000 pixels are plenty",
        )
    size = _png_size(data) if kind == "image/png" else _jpeg_size(data)
    if size is None or not size.width or not size.height:
        raise NotACover("it is damaged, or its end is missing", "export the picture again")
    return size


def _png_size(data: bytes) -> Size | None:
    if data[12:16] != b"IHDR" or b"IEND" not in data[33:]:
        return None
    return Size(int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))


def _jpeg_size(data: bytes) -> Size | None:
    """Return the size that a JPEG's frame has; the picture's end must be behind it."""
    frame = jpeg_frame(data)
    if frame is None or data.find(b"\xff\xd9", frame) < 0:
        return None
    height, width = data[frame + 5 : frame + 7], data[frame + 7 : frame + 9]
    return Size(int.from_bytes(width, "big"), int.from_bytes(height, "big"))


def jpeg_frame(data: bytes) -> int | None:
    """Return where the segment of a JPEG stands that has its size and colours, or None."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in _STARTS_OF_FRAME:
            return position
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
