"""Roles of references: which one sings and which one accompanies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.model import Purpose, Reference
    from songbatch.sources import Span


class Roles:
    """Resolves the names of references in one spec, and remembers which were used."""

    def __init__(
        self,
        references: Mapping[str, Reference],
        listed: frozenset[str],
        collector: DiagnosticCollector,
    ) -> None:
        self._references = references
        self._listed = listed
        self._collector = collector
        self.used: set[str] = set()

    def resolve(
        self, names: Mapping[str, tuple[str, Scalar]], render: RenderName
    ) -> tuple[str | None, str | None] | None:
        """Return the names for voice and instrumental, or None if one of them is wrong.

        `names` has what the song writes under reference, voice and instrumental.
        """
        chosen = {key: self._find(*written, render) for key, written in names.items()}
        if None in chosen.values():
            return None
        known = {key: reference for key, reference in chosen.items() if reference is not None}
        wrong = [key for key, one in known.items() if not _fits(key, one)]
        for key in wrong:
            self._say_purpose(key, known[key], names[key][1].span, render)
        if wrong:
            return None
        whole = known.get("reference")
        voice = known.get("voice") or (whole if whole and whole.purpose.gives_voice else None)
        instrumental = known.get("instrumental") or (
            whole if whole and whole.purpose.gives_instrumental else None
        )
        return voice.name if voice else None, instrumental.name if instrumental else None

    def purpose_of(self, name: str | None) -> Purpose | None:
        """Return what the reference of this name is for."""
        reference = self._references.get(name) if name is not None else None
        return reference.purpose if reference is not None else None

    def _find(self, name: str, node: Scalar, render: RenderName) -> Reference | None:
        self.used.add(name)
        if name not in self._listed:
            fix = did_you_mean(name, self._listed) or _listing(self._listed)
            self._collector.report_of_render(
                "reference.unknown", node.span, f'"{name}"', fix, render=render
            )
        return self._references.get(name)

    def _say_purpose(self, role: str, reference: Reference, span: Span, render: RenderName) -> None:
        detail = (
            f'"{reference.name}" is a reference for {_a(reference.purpose)}, not for {_a(role)}'
        )
        fitting = [name for name, one in self._references.items() if _fits(role, one)]
        fix = f"name a reference of purpose song or {role}"
        if fitting:
            fix += f", such as {min(fitting)}"
        self._collector.report_of_render("reference.purpose", span, detail, fix, render=render)


def _fits(role: str, reference: Reference) -> bool:
    if role == "voice":
        return reference.purpose.gives_voice
    return role == "reference" or reference.purpose.gives_instrumental


def _a(noun: str) -> str:
    return f"an {noun}" if noun == "instrumental" else f"a {noun}"


def _listing(names: frozenset[str]) -> str:
    if not names:
        return "list it under references"
    return f"list it under references, or name one of {', '.join(sorted(names))}"
