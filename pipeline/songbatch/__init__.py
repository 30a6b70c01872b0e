"""songbatch: declarative batches of AI-made songs, as `make` is for programs."""

__version__ = "0.1.0"
