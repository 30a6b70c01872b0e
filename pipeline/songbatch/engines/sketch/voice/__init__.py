"""The singer: notes with syllables → sound, by a source and a filter.

`phones` holds what each speech sound is; `timing` says when each is made, `formants` how the mouth
moves between them, `articulation` what else it does; `tracks` is what they fill in; `singer` turns
tracks into sound.
"""
