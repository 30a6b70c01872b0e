"""Contents of `outputs/`: manifests and their entries, tags, playlists, line times, selects.

Made from audio that is there and from what the ledger knows; sends nothing.
"""
