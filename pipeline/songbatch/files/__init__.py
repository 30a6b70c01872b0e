"""Files: reached by handles, so that nothing in a project leads out of it; and those a user names.

The only room that may open any file by its path: every other room gets its files from here, and the
few calls that do not are listed, with reasons, in `tests/test_architecture.py`. Knows nothing of
songs and opens no connection.
"""
