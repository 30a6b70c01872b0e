"""Pictures as tests read them: what stands where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from support.kit import Project

NAMESPACE = "{http://www.w3.org/2000/svg}"
TIMED = re.compile(r"(.*), ([\d.]+)(?: to ([\d.]+))? s")


class Shape(NamedTuple):
    """A text or rectangle of a picture; `start` and `end` are the seconds that its tip tells."""

    text: str
    kind: str
    x: float
    y: float
    across: float
    start: float
    end: float


class Picture:
    """A picture, parsed as XML."""

    def __init__(self, data: bytes) -> None:
        self.root = ET.fromstring(data)
        self.elements = {node.tag.removeprefix(NAMESPACE) for node in self.root.iter()}
        self.texts = ["".join(node.itertext()) for node in self.root.iter(f"{NAMESPACE}text")]
        self.description = self.root.findtext(f"{NAMESPACE}desc", "")

    def boxes(self, kind: str) -> list[Shape]:
        """Return the rectangles of a kind that say what they are, by time."""
        found = (shape for shape in self._timed("rect") if shape.kind == kind)
        return sorted(found, key=lambda shape: (shape.start, shape.x))

    def words(self) -> list[Shape]:
        """Return the words of the song, by time."""
        return sorted(self._timed("text"), key=lambda shape: shape.start)

    def _timed(self, tag: str) -> Iterator[Shape]:
        for node in self.root.iter(f"{NAMESPACE}{tag}"):
            tip = node.findtext(f"{NAMESPACE}title", "")
            if match := TIMED.fullmatch(tip):
                yield Shape(
                    text=match[1],
                    kind=node.get("class", ""),
                    x=float(node.get("x", "nan")),
                    y=float(node.get("y", "nan")),
                    across=float(node.get("width", "0")),
                    start=float(match[2]),
                    end=float(match[3] or match[2]),
                )


def drawn(project: Project, song: str, target: str = "drawn.svg") -> Picture:
    """Draw a song by the real command."""
    result = project.run("analyze", song, "--picture", target)
    assert result.status == 0, result
    return Picture((project.root / Path(target)).read_bytes())
