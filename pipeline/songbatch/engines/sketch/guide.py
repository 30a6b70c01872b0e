"""Guide to the embedded engine: what `songbatch engines` shows people."""

from __future__ import annotations

GUIDE = """\
Nothing to set up: it drafts songs on this machine, without a network.
`songbatch init` makes a project that it can render; `songbatch analyze` shows
what it hears in a recording."""
