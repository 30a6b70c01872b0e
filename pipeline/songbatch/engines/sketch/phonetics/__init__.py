"""Lyrics → lines → syllables of phones, ready to be sung.

Phones are ARPABET without stress digits. `pronounce` looks words up in the CMU Pronouncing
Dictionary and spells out the rest by `letters`; `syllables` cuts; `lyrics` reads the lines.
"""
