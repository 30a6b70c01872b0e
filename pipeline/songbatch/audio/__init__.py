"""Audio bytes: probing, decoding, measuring, converting, tags and covers.

- `probe`: format and duration by content, and what is missing (`lacks`); `wav`, `riff`, `mp3`,
  `mpeg`, `xing` and `envelope` do the work, `foreign` names other formats, `errors` has the one
  error.
- `recordings`: recordings of every kind, and the WAV or MP3 that is made of them; `library` reads
  most by libsndfile, `ffmpeg` the rest where it is installed, `cutting` takes parts.
- `playable`: what probing passes, as any decoder takes it. Whoever decodes goes through it.
- `exact`: arithmetic with one result on every processor.
- `decode`: samples, piece by piece, of WAV and MP3; only it loads their foreign decoder.
- `listening`: is there anything to hear in a reference? `contents`: anything to follow?
- `measure`, `loudness`, `levels`, `waveform`: what is measured of samples.
- `delivery`: received audio against what was asked for.
- `convert`: deliveries of masters; `joining`: songs of parts; `prepare`: references for engines;
  `stereo`, `rates`, `resample` and `encode` do the work. Only the last of these loads a foreign
  encoder.
- `credentials`: Content Credentials that audio came with.
- `tags`, `id3`, `id3_frames`, `sized`, `cover`, `cover_colours`: what outputs add to audio,
  written and removed.

It takes bytes and returns measurements or bytes; it opens no files.
"""
