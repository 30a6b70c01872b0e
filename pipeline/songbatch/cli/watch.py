"""`songbatch render --watch`: renders what is saved, and says so in a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from songbatch.cli.boundary import tell
from songbatch.cli.rendering import render_once
from songbatch.cli.views.alike import some
from songbatch.cli.views.choice import make_view
from songbatch.cli.views.watch_view import WatchView
from songbatch.diagnostics import InvalidSpecs, Severity, SongbatchError, printable
from songbatch.exit_codes import EXIT_DONE, EXIT_INTERRUPTED
from songbatch.formatting import count, duration
from songbatch.incremental.watching import inputs, next_change
from songbatch.run.session import Session
from songbatch.run.stopping import leaving

if TYPE_CHECKING:
    from songbatch.cli.rendering import Rendered, RenderRequest
    from songbatch.cli.views.run_view import View
    from songbatch.incremental.file_digests import FileStat

ALWAYS = ("specs", "templates", "songbatch.yaml")
"""What is watched even if the specs were too broken to name anything."""


def watch_project(session: Session, request: RenderRequest, *, as_json: bool) -> int:
    """Render, then again for every save; return the exit code.

    Ended while it waits, that is 0; while it renders, 130, with what was in flight kept.
    """
    watch = _Watch(session, request, as_json=as_json)
    try:
        with leaving():
            return watch.run()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED if watch.is_rendering else EXIT_DONE


class _Watch:
    def __init__(self, session: Session, request: RenderRequest, *, as_json: bool) -> None:
        self._session = session
        self._request = request
        self._as_json = as_json
        self._seen: dict[str, FileStat] = {}
        self.is_rendering = False

    def run(self) -> int:
        saved: list[str] = []
        while True:
            code = self._round(saved)
            if code == EXIT_INTERRUPTED:
                return code
            if not saved and not self._as_json:
                click.echo(f"Watching {count(len(self._seen), 'file')}; Ctrl-C ends it.")
            saved = next_change(self._session.workspace.tree, self._seen)
            self._session = Session.open(self._session.workspace.root)

    def _round(self, saved: list[str]) -> int:
        """Render once; whatever is wrong is said, and waited for."""
        began = time.monotonic()
        view: View = make_view(as_json=self._as_json)
        if saved and not self._as_json:
            view = WatchView(some([path for path in saved if path != "specs"] or saved))
        code = EXIT_DONE
        try:
            rendered = self._render(view)
            code = rendered.exit_code
            self._request = replace(self._request, settings=rendered.left)
            if view.outlet.broken:
                view.outlet.say_why()
        except InvalidSpecs as error:
            wrong = sum(each.severity is Severity.ERROR for each in error.diagnostics)
            self._say(f"{count(wrong, 'error')}; nothing is rendered until it is mended", saved)
        except SongbatchError as error:
            tell(error)
        self._observe()
        if isinstance(view, WatchView):
            view.say(duration(time.monotonic() - began))
        return code

    def _render(self, view: View) -> Rendered:
        self.is_rendering = True
        try:
            with view:
                rendered = render_once(self._session, self._request, view)
        except SongbatchError:
            self.is_rendering = False
            raise
        self.is_rendering = False
        return rendered

    def _say(self, text: str, saved: list[str]) -> None:
        if not self._as_json:
            click.echo(printable(f"{some(saved)}: {text}" if saved else text), err=True)

    def _observe(self) -> None:
        """Note what the user's files were when this round looked at them.

        Of those that an earlier round looked at, too: a spec that is broken names none.
        """
        workspace = self._session.workspace
        for path in ALWAYS:
            workspace.observed.observe(path)
        self._seen |= inputs(workspace.observed.stats)
