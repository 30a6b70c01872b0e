"""Misspelt names of models: a server that is asked for one may take another in silence."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.traits import SpecEngine

_ALIKE = 0.9
"""Share of letters that a slip has in common with what is meant. Models of one's own differ more:
their names have whole words that others lack."""


def meant_model(engine: SpecEngine) -> str:
    """Return the known model that an engine's model may be a misspelling of; "" for none.

    A name with other digits is that of another version.
    """
    known, model = engine.traits.known_models, engine.model.rpartition("/")[2]
    if not known or model in known:
        return ""
    plain = {_plain(name): name for name in known if _digits(name) == _digits(model)}
    near = difflib.get_close_matches(_plain(model), plain, n=1, cutoff=_ALIKE)
    return plain[near[0]] if near else ""


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-")


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))
