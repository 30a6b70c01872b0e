"""The spec room: documents → unresolved renders and diagnostics, both with their places.

Pure: it opens no file (`songbatch.sources.Files` does) and knows nothing of engines, caches,
earlier runs or audio.
"""

from songbatch.spec.loading import LoadResult, load

__all__ = ["LoadResult", "load"]
