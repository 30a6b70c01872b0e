"""Choice of the view that suits whoever watches a run."""

from __future__ import annotations

import os
import sys

from songbatch.cli.views.run_view import View


def make_view(*, as_json: bool) -> View:
    """Return the view that suits who watches: a program, a terminal, or a pipe."""
    if as_json:
        from songbatch.cli.views.run_json import JsonView  # noqa: PLC0415

        return JsonView()
    # There is none where somebody has closed it.
    if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from songbatch.cli.views.progress import ProgressView  # noqa: PLC0415  (loads rich)

        return ProgressView()
    return View()
