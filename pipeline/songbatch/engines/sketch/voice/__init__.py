"""The singer: notes with syllables → sound, by a source and a filter.

`phones` describes each consonant, `vowels` each vowel, `timing` when each is made, `formants` how
the mouth moves between them, `articulation` everything else it does; `tracks` is what they fill in,
`tract` the filter; `singer` turns tracks into sound. It opens no file.
"""
