"""The band: a score's chords and the reference's drums → sound, on four buses.

`accompaniment` decides the notes of each instrument and their times, `instruments` makes their
sound. It opens no file.
"""
