"""A diff as one HTML page: lyrics side by side, and players for the songs before and after.

The page has no script and loads nothing but the audio it links to, by paths relative to itself.
What songs contain is only ever text in it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import msgspec

from songbatch.cli.views.diff_messages import SHORT, chosen, costs, details, error, tally, what
from songbatch.diagnostics import printable
from songbatch.diff.compare import side_by_side
from songbatch.model import AudioFormat
from songbatch.report.html import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.diff.compare import Difference, LinePair
    from songbatch.diff.report import DiffReport
    from songbatch.outputs.audio_files import AudioFiles
    from songbatch.records import Entry
    from songbatch.report.links import Links


def diff_html(report: DiffReport, audio_files: AudioFiles, links: Links) -> str:
    """Return the page."""
    price = costs(report.totals, is_recorded=report.is_recorded)
    totals = f"{tally(report.totals, len(report.chosen))} {price}"
    players = _Players(audio_files, links)
    body = [
        f"<main>\n<h1>What changed</h1>\n<p>{_text(report.title)}</p>",
        f"<p><strong>{_text(totals)}</strong></p>",
        *_choices(report, players),
        *_sections(report, players),
        "</main>\n",
    ]
    return document(printable(report.title), "\n".join(body), style="diff.css")


def _choices(report: DiffReport, players: _Players) -> Iterator[str]:
    if report.chosen:
        yield "<h2>Chosen</h2>"
    for change in report.chosen:
        yield f'<article class="changed">\n<h3><span>chosen</span> {_text(change.song)}</h3>'
        yield f"<p>{_text(chosen(change))}</p>"
        yield '<div class="pair">'
        for name, takes in (("before", change.was), ("now", change.now)):
            for take in takes:
                if take.entry is not None:
                    yield players.player(f"{name}: {take.id}", name, take.entry)
        yield "</div>\n</article>"


def _sections(report: DiffReport, players: _Players) -> Iterator[str]:
    for comparison in report.comparisons:
        if comparison.differences:
            yield f"<h2>{_text(comparison.spec)} on {_text(comparison.engine.name)}</h2>"
            for difference in comparison.differences:
                yield from _article(difference, players)


def _article(difference: Difference, players: _Players) -> Iterator[str]:
    kind = difference.kind.value
    reasons = "; ".join(filter(None, [what(difference), error(difference)]))
    yield f'<article class="{kind}">\n<h3><span>{kind}</span> {_text(difference.id)}</h3>'
    yield f"<p>{_text(reasons)}</p>"
    yield from _facts(difference)
    if difference.lyrics is not None:
        yield from _lyrics(side_by_side(*difference.lyrics))
    yield '<div class="pair">'
    for name, entry in (("before", difference.was), ("now", difference.now)):
        if entry is not None and entry.audio_sha256 is not None:
            yield players.player(f"{name}: {difference.id}", name, entry)
    yield "</div>\n</article>"


def _facts(difference: Difference) -> Iterator[str]:
    facts = list(details(difference))
    if facts:
        yield "<table><tr><th>what</th><th>before</th><th>now</th></tr>"
        for one in facts:
            cells = (f"<td>{_text(text)}</td>" for text in (one.name, one.was, one.now))
            yield f"<tr>{''.join(cells)}</tr>"
        yield "</table>"


def _lyrics(rows: tuple[LinePair, ...]) -> Iterator[str]:
    yield '<table class="lyrics"><tr><th>lyrics before</th><th>lyrics now</th></tr>'
    for row in rows:
        if row.is_same:
            yield f"<tr><td>{_text(row.was or '')}</td><td>{_text(row.now or '')}</td></tr>"
        else:
            old = "<td></td>" if row.was is None else f"<td><del>{_text(row.was)}</del></td>"
            new = "<td></td>" if row.now is None else f"<td><ins>{_text(row.now)}</ins></td>"
            yield f"<tr>{old}{new}</tr>"
    yield "</table>"


class _Players(msgspec.Struct, frozen=True):
    audio_files: AudioFiles
    links: Links

    def player(self, label: str, name: str, entry: Entry) -> str:
        digest = (entry.audio_sha256 or "")[:SHORT]
        lasts = "" if entry.seconds is None else f", {entry.seconds:.1f} s"
        caption = f"<figcaption>{name}: audio {_text(digest)}{lasts}</figcaption>"
        return f"<figure>{caption}{self._sounding(label, entry)}</figure>"

    def _sounding(self, label: str, entry: Entry) -> str:
        file = self.audio_files.find(entry)
        if file is None:
            return "<p>This audio is neither among the outputs nor in the store any more.</p>"
        link = escape(self.links.to(file))
        if entry.audio.format is AudioFormat.PCM:
            return f'<p><a href="{link}">raw PCM</a>, which browsers do not play</p>'
        return f'<audio controls preload="none" src="{link}" aria-label="{_text(label)}"></audio>'


def _text(text: str) -> str:
    return escape(printable(text))
