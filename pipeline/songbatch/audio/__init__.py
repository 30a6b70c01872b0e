"""Audio bytes: probing, decoding, measuring, converting, tags and covers.

- `probe`: format and duration by content; `wav`, `mp3`, `mpeg`, `xing` and `envelope` do the work,
  `foreign` names other formats, `errors` has the one error.
- `exact`: arithmetic with one result on every processor.
- `decode`: samples, piece by piece; only it loads a foreign decoder.
- `measure`, `loudness`, `waveform`: what is measured of samples.
- `delivery`: received audio against what was asked for.
- `convert`: deliveries of masters; `prepare`: references for engines; `stereo`, `resample` and
  `encode` do the work. Only the last of these loads a foreign encoder.
- `tags`, `id3`, `languages`, `sized`, `cover`: what outputs add to audio, written and removed.

It takes bytes and returns measurements or bytes; it opens no files.
"""
