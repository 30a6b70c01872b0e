"""Phonetics: lyrics → lines → syllables of phones, ready to be sung.

Phones are ARPABET without stress digits. `language` detects the language; `pronounce` looks words
up in the CMU Pronouncing Dictionary and spells out the rest by `letters`, or by the `spelling`
rules of other languages; `lyrics` reads lines and divides words into syllables. It opens no file
but its dictionary.
"""
