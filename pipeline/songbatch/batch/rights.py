"""Rights to references, where a project demands that they are said. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.documents.codes import make_diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.model import Reference
    from songbatch.sources import Span

_HOLDER, _CONSENT = 'holder: "NAME"', 'consent: "HOW AND WHEN THEY AGREED"'
_IN_BRACES = re.compile(r"\s*:\s*(?:[&!][^\s{]*\s+)*\{")
"""What stands behind the name of a reference that is written as { … }."""


def missing_rights(references: Iterable[Reference]) -> Iterator[Diagnostic]:
    """Yield an error for each reference that does not say whose it is and why it may be used."""
    for reference in references:
        rights = reference.rights
        if rights is None:
            line = f"rights: {{{_HOLDER}, {_CONSENT}}}"
            yield _missing(reference, "it has no rights", _fix(reference.span, line))
        elif not rights.are_cleared:
            lacking = [] if rights.holder else [_HOLDER]
            lacking += [] if rights.licence or rights.consent else [_CONSENT]
            keys = ["holder"] if not rights.holder else []
            keys += ["licence or consent"] if not (rights.licence or rights.consent) else []
            fix = f"write into its rights: {', '.join(lacking)}"
            yield _missing(reference, f"its rights lack {' and '.join(keys)}", fix)


def _missing(reference: Reference, detail: str, fix: str) -> Diagnostic:
    return make_diagnostic("reference.rights", reference.span, f"{reference.name}: {detail}", fix)


def _fix(name: Span, line: str) -> str:
    text = name.source.line(name.end_line)[name.end_column - 1 :]
    if _IN_BRACES.match(text):
        return f"write before its closing brace: , {line}"
    return f"write below it, beside its purpose: {line}"
