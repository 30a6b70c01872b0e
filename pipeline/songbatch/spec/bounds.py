"""How much one spec may ask for: beyond it, somebody has multiplied by accident."""

MAX_RENDERS = 200_000
MAX_COLUMNS = 1_000
"""Of a file of rows."""
