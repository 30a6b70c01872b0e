"""The singer: notes with syllables → sound, by a source and a filter.

`phones` holds what each speech sound is, `articulation` lays them along the notes as tracks of
parameters, `singer` turns the tracks into sound.
"""
