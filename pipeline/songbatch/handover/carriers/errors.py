"""Audio that a carrier does not know how to write into."""

from __future__ import annotations


class NotWritable(ValueError):
    """The bytes are not of the kind that they were said to be, or in a form that is not written."""
