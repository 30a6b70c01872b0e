"""Conformance of an engine with the seam: what `songbatch.engines.base` promises, tried out.

- `bench`: an engine under test, opened as a run opens it, and the songs that were asked of it.
- `samples`: requests and a reference that any engine with these traits must take.
- `checks`: the single promises; `job_checks`: those of engines with jobs.
- `suite`: all of them, one after the other.

`songbatch conformance NAME` runs it for an engine's author, and the tests for every engine of the
catalog. It asks for real songs; where those cost something, `suite.songs_asked` tells how many.
"""
