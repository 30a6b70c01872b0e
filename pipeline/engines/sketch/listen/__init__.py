"""Listening to a reference: what it is, in a few numbers that a song can be made from.

`rhythm` finds tempo, beats and the drum pattern, `harmony` tuning, key and chords, `colour`
loudness, brightness and energy, `voice` pitch and timbre. `portrait` puts them together.
"""
