"""Audio bytes: probing, decoding, measuring, converting, tags and covers.

`probe` finds format and duration, `decode` gives samples, `measure`, `loudness` and `waveform`
measure them, `delivery` judges received audio, `tags` and `sized` write and remove what outputs
add. `convert` makes deliveries of masters and `prepare` references for engines, by `stereo`,
`resample` and `encode`. It takes bytes and returns measurements or bytes; it opens no files. Only
`decode` loads a foreign decoder, only `encode` an encoder.
"""
