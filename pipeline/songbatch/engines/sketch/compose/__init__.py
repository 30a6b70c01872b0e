"""Composing: features of a reference and lyrics → a score of chords, rhythm, words and melody.

`phrasing` distinguishes takes, `form` sets lengths, `progression` chooses chords, `text_setting`
puts syllables on beats, `melody` gives them notes, and `score` puts them together. Pure: it makes
no sound and opens no file.
"""
