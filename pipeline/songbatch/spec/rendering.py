"""Rendering of the texts of a variant: what its templates give for its variables, take by take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.collector import RenderName
from songbatch.model import render_id
from songbatch.spec.texts import changes_with_take

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import TemplateText
    from songbatch.model import Value
    from songbatch.spec.doubts import Doubts
    from songbatch.spec.engine_judges import Judges
    from songbatch.spec.song_plan import SongPlan
    from songbatch.spec.texts import Texts
    from songbatch.spec.variants import Variant


class Built(msgspec.Struct, frozen=True):
    """The variables every render of a spec starts from, and what --set puts over a song's own.

    `vars` are those that the spec gives to all songs, with their places.
    """

    spec: str
    title: str
    overrides: Mapping[str, str]
    vars: Mapping[str, Scalar]


class Rendering:
    """Renders the texts of one variant; what does not change with the take, once."""

    def __init__(
        self,
        plan: SongPlan,
        variant: Variant,
        judges: Judges,
        built: Built,
        texts: Texts,
        doubts: Doubts,
    ) -> None:
        self.take = 1
        self.judges = judges
        self._doubts = doubts
        self._plan = plan
        self._variant = variant
        self._spec = built.spec
        self._texts = texts
        self._constant: dict[TemplateText, str] = {}
        self._variables: dict[str, Value] = {
            **plan.song.variables,
            **built.overrides,
            **variant.variables,
            "spec": built.spec,
            "title": built.title,
            "song": plan.song.name,
        }

    @property
    def name(self) -> RenderName:
        """The render of the current take, for messages."""
        song = self._plan.song.name
        render = render_id(self._spec, song, self._variant.label, self.take)
        return RenderName(render, song, self._variant.where)

    @property
    def variables(self) -> dict[str, Value]:
        """The variables of the current take."""
        return {**self._variables, "take": self.take}

    def text(self, text: TemplateText) -> str:
        """Return a text for the current take. Raises TemplateError."""
        if text not in self._constant:
            variables = self.variables
            rendered = self._texts.render(text, variables)
            if self._texts.doubts:
                doubts = {
                    asked: value
                    for asked, value in self._texts.doubts.items()
                    if variables.get(asked[0]) == value
                }
                self._doubts.judge(doubts, self._plan, self._variant, self.name)
            if changes_with_take(text):
                return rendered
            self._constant[text] = rendered
        return self._constant[text]
