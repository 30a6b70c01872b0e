"""Composing: features of a reference and lyrics → a score of chords, rhythm, words and melody."""
