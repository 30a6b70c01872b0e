"""Reference files as they go along with requests, in the form that an engine's traits ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.playable import playable
from songbatch.audio.prepare import prepare
from songbatch.audio.probe import probe
from songbatch.engines.base import ReferenceFile

if TYPE_CHECKING:
    from songbatch.model import Purpose
    from songbatch.traits import Traits


def reference_file(
    data: bytes, purpose: Purpose, traits: Traits, *, is_whole: bool = False
) -> ReferenceFile:
    """Return a reference as it goes along with a request. Raises AudioProblem.

    One that `is_whole` keeps its length: the song follows its tune.
    """
    form = None if is_whole else traits.references[purpose].form
    prepared = playable(data) if form is None else prepare(data, form)
    return ReferenceFile(prepared, probe(prepared).format, purpose)
