"""Names of other file formats, for messages about bytes that are neither WAV nor MP3."""

from __future__ import annotations

_MAGIC = (
    (0, b"OggS", "an Ogg file"),
    (0, b"fLaC", "a FLAC file"),
    (4, b"ftyp", "an MP4 or M4A file"),
    (0, b"FORM", "an AIFF file"),
    (0, b"ADIF", "an AAC file"),
    (0, bytes.fromhex("3026b2758e66cf11"), "a WMA or WMV file"),
    (0, bytes.fromhex("726966662e91cf11"), "a Wave64 file"),
    (0, b"MThd", "a MIDI file: notes, not sound"),
    (0, b".snd", "a Sun audio file"),
    (0, b"caff", "a Core Audio file"),
    (0, b"wvpk", "a WavPack file"),
    (0, b"MAC ", "a Monkey's Audio file"),
    (0, b"#!AMR", "an AMR file"),
    (0, bytes.fromhex("1a45dfa3"), "a Matroska or WebM file"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a program"),
)
_SOUNDS = (
    "Ogg", "FLAC", "MP4 or M4A", "AIFF", "AAC", "WMA or WMV", "Wave64", "Sun audio", "Core Audio",
    "WavPack", "Monkey's Audio", "AMR", "Matroska or WebM",
)  # fmt: skip
_TEXT_LOOK = 4096


def is_sound(name: str) -> bool:
    """Return whether a format, named as `name_by_magic` does, holds sound that can be converted."""
    return any(name in (f"a {kind} file", f"an {kind} file") for kind in _SOUNDS)


def name_by_magic(data: bytes) -> str:
    """Return the format that the first bytes (some dozens) show for certain: `a FLAC file`."""
    for offset, magic, name in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return name
    if data[:4] == b"RIFF":
        return "a WebP picture" if data[8:12] == b"WEBP" else "a RIFF file, but not WAV"
    # ADTS: a sync word of twelve bits, then layer bits that no MPEG audio has.
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        return "an AAC file"
    return ""


def name_text(data: bytes) -> str:
    """Return what kind of text the bytes are, or "" if they are not text."""
    head = data[:_TEXT_LOOK]
    text = head.decode("utf-8", errors="ignore").lstrip("\ufeff \t\r\n")
    if len(text.encode("utf-8")) < len(head.strip()) - 6 or not _is_readable(text):
        return ""
    if text[:15].lower().startswith(("<!doctype html", "<html")):
        return "a web page"
    if text.startswith("version https://git-lfs"):
        return "a Git LFS pointer (`git lfs pull` fetches the audio)"
    return "a JSON text" if text[:1] in ("{", "[") else "a text"


def _is_readable(text: str) -> bool:
    return bool(text) and all(c.isprintable() or c in "\t\r\n\f" for c in text)
