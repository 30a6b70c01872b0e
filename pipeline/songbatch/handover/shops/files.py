"""Files of shops: those that come along, and those of a project."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import has_errors
from songbatch.documents.schema import judge_by
from songbatch.documents.yaml_nodes import plain
from songbatch.documents.yaml_reader import read
from songbatch.handover.shops.shop import Shop
from songbatch.sources import Source

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic

SHIPPED = ("bandcamp", "distrokid", "youtube")
FOLDER = "shops"
"""Where a project has its own, beside specs/: shops/NAME.yaml, which win over those of a name."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


def own_path(name: str) -> str | None:
    """Return where a project's own file of a shop lies; None if no shop can have that name."""
    return f"{FOLDER}/{name}.yaml" if NAME.fullmatch(name) else None


def shipped(name: str) -> Source | None:
    """Return the file of a shop that comes along, or None."""
    if name not in SHIPPED:
        return None
    return Source(f"{name}.yaml", _text(f"{name}.yaml"))


def load_shop(source: Source) -> tuple[Shop | None, list[Diagnostic]]:
    """Return what a shop asks for, None if its file has errors, and what is wrong with it."""
    document, diagnostics = read(source)
    if document is None:
        return None, diagnostics
    document, more = judge_by(document, shop_schema(), "the shop")
    diagnostics += more
    if has_errors(diagnostics):
        return None, diagnostics
    return msgspec.convert(plain(document), Shop, strict=False), diagnostics


def shop_schema() -> str:
    """Return the JSON Schema of such files."""
    return _text("shop.schema.json")


@cache
def _text(name: str) -> str:
    return resources.files("songbatch.handover.shops").joinpath(name).read_text("utf-8")
