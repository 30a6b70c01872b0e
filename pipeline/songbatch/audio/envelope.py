"""Tags around the frames of an MP3 file: ID3v2 before, ID3v1, APE and Lyrics3 after.

Sources: the ID3v2.4 structure document at id3.org, the APEv2 and Lyrics3 v2 descriptions.
Sizes are taken from the tags but never believed beyond the file.
"""

from __future__ import annotations

_MAX_TAGS = 100
_LYRICS3_V1_LIMIT = 5100


def id3v2_size(data: bytes | memoryview, position: int = 0) -> int:
    """Return the length in bytes of the ID3v2 tag at `position`, or 0 if there is none.

    The length may be more than what the file still holds.
    """
    head = bytes(data[position : position + 10])
    if len(head) < 10 or head[:3] != b"ID3" or 0xFF in head[3:5] or max(head[6:]) > 0x7F:
        return 0
    footer = 10 if head[5] & 0x10 else 0
    return 10 + unsynchsafe(head[6:]) + footer


def unsynchsafe(digits: bytes) -> int:
    """Return the number that four bytes of seven bits each spell."""
    return digits[0] << 21 | digits[1] << 14 | digits[2] << 7 | digits[3]


def frames_start(data: bytes | memoryview) -> int:
    """Return where the leading ID3v2 tags end; beyond `len(data)` if the last one is cut."""
    position = 0
    for _ in range(_MAX_TAGS):
        size = id3v2_size(data, position)
        if size == 0:
            break
        position += size
    return position


def frames_end(data: bytes, start: int) -> int:
    """Return where the trailing tags begin; not before `start`."""
    end = len(data)
    for _ in range(_MAX_TAGS):
        size = _tail_size(data, end)
        if size == 0 or size > end - start:
            break
        end -= size
    return end


def _tail_size(data: bytes, end: int) -> int:
    """Return the length of the tag that ends at `end`, or 0."""
    if end >= 128 and data[end - 128 : end - 125] == b"TAG":
        return 128
    if data[end - 32 : end - 24] == b"APETAGEX":
        has_header = data[end - 9] & 0x80
        size = int.from_bytes(data[end - 20 : end - 16], "little")
        return max(size, 32) + (32 if has_header else 0)
    if data[end - 10 : end - 7] == b"3DI":
        return 20 + unsynchsafe(data[end - 4 : end])
    return _lyrics3_size(data, end)


def _lyrics3_size(data: bytes, end: int) -> int:
    if data[end - 9 : end] == b"LYRICS200":
        digits = data[end - 15 : end - 9]
        return int(digits) + 15 if len(digits) == 6 and digits.isdigit() else 0
    if data[end - 9 : end] == b"LYRICSEND":
        begin = data.rfind(b"LYRICSBEGIN", max(0, end - _LYRICS3_V1_LIMIT), end)
        return end - begin if begin >= 0 else 0
    return 0
