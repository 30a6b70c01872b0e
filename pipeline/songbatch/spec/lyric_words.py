"""Words of songs that stand in text files of their own, which are no templates."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from songbatch.diagnostics import did_you_mean
from songbatch.documents.schema_messages import quoted
from songbatch.documents.unmerged import unmerged
from songbatch.files.encodings import WINDOWS, decoded, encoding_of
from songbatch.lyrics import TemplateText, file_as_template
from songbatch.shell import shell_path
from songbatch.sources import Source, Span, Unreadable
from songbatch.spec.lyric_files import TEMPLATES
from songbatch.spec.paths import BadPath, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.sources import Files

_DOCUMENTS = {
    b"{\\rtf": "RTF",
    b"PK\x03\x04": "a document of a word processor",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "a document of a word processor",
}
"""How files begin that hold text, and are none."""


class LyricWords:
    """The files of plain lyrics of one spec, each read once."""

    def __init__(self, files: Files, collector: DiagnosticCollector) -> None:
        self._files = files
        self._collector = collector
        self._texts: dict[str, TemplateText] = {}
        """By path."""

    def text(self, written: str, node: Scalar, render: RenderName) -> TemplateText | None:
        """Return the text of a file as a render names it, or None if it cannot be had.

        `node` is the value of the spec that names it.
        """
        folder = posixpath.dirname(node.span.path)
        code = "lyrics.path"
        try:
            if not written.strip():
                raise BadPath("the name is empty", "write the name of a text file")
            path = inside(folder, written.strip())
            code = "lyrics.unreadable"
            if path not in self._texts:
                self._texts[path] = self._read(path)
        except (BadPath, Unreadable) as error:
            reason = error.reason
            is_missing = isinstance(error, Unreadable) and error.is_missing
            fix = (is_missing and self._near(written.strip(), folder)) or error.fix
            shown = quoted(written) if code == "lyrics.path" else path
            self._collector.report_of_render(
                code, node.span, f"{shown}: {reason}", fix, render=render
            )
            return None
        text = self._texts[path]
        return None if self._is_torn(text) else text

    def _read(self, path: str) -> TemplateText:
        data = self._files.read_data(path)
        for start, kind in _DOCUMENTS.items():
            if data.startswith(start):
                raise Unreadable(f"it is {kind}", "save the words as plain text in UTF-8")
        text, assumed = decoded(path, data)
        source = Source(path, text.replace("\r\n", "\n").replace("\r", "\n"))
        if assumed:
            encoding = encoding_of(data) or WINDOWS
            command = f"iconv -f {encoding} -t UTF-8 {shell_path(path)}"
            fix = f"convert it: {command} > utf8.tmp && mv utf8.tmp {shell_path(path)}"
            self._collector.report("lyrics.form", Span(source), f"read {assumed[0]}", fix)
        return file_as_template(source, is_plain=True)

    def _is_torn(self, text: TemplateText) -> bool:
        torn = unmerged(text.locate(1).source)
        if torn is not None:
            self._collector.report(torn.code, torn.span, torn.detail, torn.fix)
        return torn is not None

    def _near(self, written: str, folder: str) -> str:
        """Return what to write for a file that is not there, "" if nothing is near."""
        for path in self._from_above(written):
            return (
                f'did you mean "{posixpath.relpath(path, folder)}"? Paths are relative to the spec'
            )
        beside = posixpath.dirname(written)
        names = self._files.names(posixpath.normpath(posixpath.join(folder, beside)))
        known = {
            posixpath.join(beside, name).casefold(): posixpath.join(beside, name) for name in names
        }
        same = known.get(written.casefold())
        return did_you_mean(same or written, known.values())

    def _from_above(self, written: str) -> Iterator[str]:
        """Yield the files that a name means from the project's top, or below the templates."""
        for start in (".", TEMPLATES):
            path = posixpath.normpath(posixpath.join(start, written))
            name = posixpath.basename(path)
            if not path.startswith("..") and name in self._files.names(posixpath.dirname(path)):
                yield path
