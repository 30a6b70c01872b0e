"""The spec room: documents → drafts and diagnostics, both with their places.

Pure: it opens no file (`songbatch.sources.Files` does) and knows nothing of audio, engines, caches
or earlier runs.
"""

from songbatch.spec.loading import LoadResult, load

__all__ = ["LoadResult", "load"]
