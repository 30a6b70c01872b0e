"""The texts of a spec, inline and from files, and their rendering."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from songbatch.documents.schema_messages import quoted
from songbatch.documents.unmerged import unmerged
from songbatch.lyrics import (
    TemplateError,
    TemplateNotFound,
    TemplateText,
    file_as_template,
    is_template,
    printed,
)
from songbatch.sources import Unreadable
from songbatch.spec.lyric_files import TEMPLATES, missing_fix, paths_of
from songbatch.spec.paths import BadPath, below

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics.comparisons import Doubtful
    from songbatch.lyrics.templates import Templates
    from songbatch.model import Value
    from songbatch.sources import Files, Source


class Texts:
    """Every template of one spec, made once."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._from_files: dict[str, TemplateText] = {}
        """By path."""
        self._named: dict[str, TemplateText] = {}
        """The same, by the words of the spec, whose folder they are relative to."""
        self._templates: Templates | None = None

    def from_file(self, node: Scalar, collector: DiagnosticCollector) -> TemplateText | None:
        """Return the text of the template file a node names, or None if it cannot be had."""
        if node.text in self._named:
            return self._named[node.text]
        folder = posixpath.dirname(node.span.path)
        try:
            source = self._read_first(paths_of(node.text, folder))
        except BadPath as error:
            collector.report(
                "template.path", node.span, f"{quoted(node.text)}: {error.reason}", error.fix
            )
            return None
        except Unreadable as error:
            name, fix = quoted(node.text), error.fix
            if error.is_missing:
                name = f"{TEMPLATES}/{node.text}"
                fix = missing_fix(node.text, folder, self.files, fix)
            detail = f"{name}: {error.reason}"
            collector.report("template.missing", node.span, detail, fix)
            return None
        torn = unmerged(source)
        if torn is not None:
            collector.report(torn.code, torn.span, torn.detail, torn.fix)
            return None
        if source.path not in self._from_files:
            self._from_files[source.path] = file_as_template(source)
        self._named[node.text] = self._from_files[source.path]
        return self._named[node.text]

    def _read_first(self, paths: Sequence[str]) -> Source:
        """Return the first of these files that is there. Raises Unreadable."""
        missing: list[Unreadable] = []
        for path in paths:
            try:
                return self.files.read(path)
            except Unreadable as error:
                if not error.is_missing:
                    raise
                missing.append(error)
        raise missing[0]

    def render(self, text: TemplateText, variables: Mapping[str, Value]) -> str:
        """Return the text for these variables. Raises songbatch.lyrics.TemplateError."""
        if not is_template(text.text):
            return text.text
        plain = printed(text.text, variables)
        if plain is not None:
            return plain
        if self._templates is None:
            from songbatch.lyrics.templates import Templates  # noqa: PLC0415  (loads jinja2)

            self._templates = Templates(self._include)
        return self._templates.render(text, variables)

    @property
    def doubts(self) -> Doubtful:
        """Values that conditions of the last text took for what they hardly are."""
        return {} if self._templates is None else self._templates.doubts

    @property
    def excess(self) -> int:
        """How many steps rendering took beyond what each text is granted."""
        return 0 if self._templates is None else self._templates.excess

    def _include(self, name: str) -> Source:
        try:
            source = self.files.read(below(TEMPLATES, name))
        except (BadPath, Unreadable) as error:
            raise TemplateNotFound(f'"{name}": {error.reason}', error.fix) from error
        torn = unmerged(source)
        if torn is not None:
            raise TemplateError(torn.code, torn.span, torn.detail, torn.fix)
        return source


def changes_with_take(text: TemplateText) -> bool:
    """Return whether two takes may have different texts; in doubt, they may."""
    mentions = ("take", "include", "import", "extends")
    return is_template(text.text) and any(word in text.text for word in mentions)
