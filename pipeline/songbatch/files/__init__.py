"""Files: reached by handles, so that nothing in a project leads out of it; and those a user names.

The only room that opens files by path. Knows nothing of songs.
"""
