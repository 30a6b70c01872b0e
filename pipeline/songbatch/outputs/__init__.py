"""Contents of `outputs/`: manifests and their entries, tags, playlists, line times, selects.

Made from audio that is there and from what the ledger knows. It reads and writes files of the
project through the workspace and the store; it sends nothing.
"""
