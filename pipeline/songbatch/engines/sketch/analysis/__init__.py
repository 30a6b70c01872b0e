"""Listening to a reference: what it is, in a few numbers that a song can be made from.

`rhythm` finds the pulse and the drum pattern, `harmony` tuning, key and chords, `metre` which pulse
is the beat and where bars begin (a `grid`), `colour` loudness, brightness and energy, `voice` pitch
(`lead` in front of a band) and, at its `harmonics`, `timbre` and `vowels`. `portrait` puts them
together; `names` and `picture` show them.
"""
