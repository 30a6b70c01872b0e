"""Misspelt names of models, and those of models that nobody but their owner knows."""

from __future__ import annotations

import pytest

from songbatch.engines.catalog import Engines
from songbatch.spec.model_names import meant_model


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("acestep-v15-trubo", "acestep-v15-turbo"),
        ("ACEstep-v15-Base", "acestep-v15-base"),
        ("acestep_v15_xl_base", "acestep-v15-xl-base"),
        ("acstep-v15-turbo-shift3", "acestep-v15-turbo-shift3"),
        ("acestep-v15-turbo", ""),
        ("acestep-v16-turbo", ""),
        ("acestep-v15-turbo-shift1", ""),
        ("acestep-v15-turbo-jazz", ""),
        ("my-own", ""),
    ],
)
def test_a_slip_is_told_from_a_name_of_its_own(name: str, meant: str) -> None:
    assert meant_model(Engines().lookup(None).for_spec(f"acestep/{name}")) == meant


def test_models_of_engines_that_list_none_are_not_doubted() -> None:
    assert meant_model(Engines().lookup(None).for_spec("sketch")) == ""
