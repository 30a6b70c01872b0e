"""Analysis of a reference: the features that a song can be made from.

`rhythm` finds the pulse and the drum pattern, `harmony` tuning, key and chords, `metre` the beat
among the pulses and the beginning of bars (a `grid`), `tonal_balance` loudness, centroid and
energy, `voice` pitch (`lead_vocal` in front of a band) and, at its `harmonics`, `timbre` and
`vowels`. `features` puts them together; `names` and `plot` show them. It takes bytes and returns
numbers; it opens no file.
"""
