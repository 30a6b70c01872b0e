"""The audio room: what audio bytes are (probe), whether they decode (decode), MP3 tags (tags).

Takes bytes, gives measurements or bytes; opens no files. Only `decode` loads a third party.
"""
