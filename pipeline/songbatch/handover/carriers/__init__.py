"""Formats that carry what is said of a track; frames and samples are never touched.

- `errors`: what cannot be written into.
- `frames`: ID3v2 frames of a track, for MP3 and WAV; `mp3` puts them in front.
- `wav`: chunks of broadcasters, of INFO, of ID3 and of XMP.
- `vorbis`: comments and pictures, for `flac` and `opus`.
- `mp4`: the atoms of iTunes, and XMP.
"""
