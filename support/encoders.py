"""Another encoder for MP3s, as on another processor: equal samples become other bytes."""

from __future__ import annotations

from pathlib import Path

_OTHER_LAME = """\
import lameenc

class Encoder:
    def __init__(self):
        self.lame = Own()

    def set_quality(self, quality):
        self.lame.set_quality(7)

    def __getattr__(self, name):
        return getattr(self.lame, name)

Own, lameenc.Encoder = lameenc.Encoder, Encoder
"""


def other_lame(folder: Path) -> dict[str, str]:
    """Return the environment of interpreters whose LAME writes other bytes, workers' among them.

    Python runs what `folder` gets before anything else; LAME has another quality there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_OTHER_LAME, "utf-8")
    return {"PYTHONPATH": str(folder)}
