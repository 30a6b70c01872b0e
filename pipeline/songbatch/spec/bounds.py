"""Bounds of one spec: beyond them, somebody has multiplied by accident."""

MAX_RENDERS = 200_000
MAX_COLUMNS = 1_000
"""Of a file of rows."""
