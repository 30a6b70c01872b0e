"""The spec room: documents → unresolved renders and diagnostics, both with their places.

Pure: it opens no file (`songbatch.sources.Files` does) and knows nothing of engines, caches or
earlier runs; of audio only the languages of tags.
"""

from songbatch.spec.loading import LoadResult, load

__all__ = ["LoadResult", "load"]
