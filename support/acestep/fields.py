"""What the server takes a request for: aliases, defaults, and what it drops in silence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.acestep.hearing import Heard, hear

if TYPE_CHECKING:
    from support.acestep.submission import File

ALIASES: dict[str, tuple[str, ...]] = {
    "prompt": ("caption",),
    "lyrics": (),
    "thinking": (),
    "sample_mode": (),
    "sample_query": ("description", "desc"),
    "use_format": ("format",),
    "model": ("model_name", "dit_model", "modelName", "ditModel"),
    "key_scale": ("keyscale", "key"),
    "time_signature": ("timesignature",),
    "audio_duration": ("duration", "target_duration", "targetDuration"),
    "vocal_language": ("language",),
    "bpm": (),
    "inference_steps": (),
    "guidance_scale": (),
    "use_random_seed": (),
    "seed": (),
    "batch_size": (),
    "infer_method": (),
    "shift": (),
    "audio_format": (),
    "audio_cover_strength": (),
    "task_type": (),
    "track_name": (),
    "use_cot_caption": ("cot_caption", "cot-caption"),
    "use_cot_language": ("cot_language", "cot-language"),
}
PATHS = (
    "reference_audio_path", "ref_audio_path", "src_audio_path", "ctx_audio_path",
    "referenceAudioPath", "srcAudioPath",
)  # fmt: skip
REFERENCES = ("ref_audio", "reference_audio")
SOURCES = ("ctx_audio", "src_audio")


@dataclass(slots=True)
class Asked:
    """A request for songs as the server understood it; files it cannot hear are not there."""

    prompt: str
    lyrics: str
    model: str
    task_type: str
    duration: float | None
    bpm: int | None
    key_scale: str
    time_signature: str
    vocal_language: str
    seeds: tuple[int, ...]
    batch_size: int
    inference_steps: int
    guidance_scale: float
    infer_method: str
    shift: float
    audio_format: str
    audio_cover_strength: float
    track_name: str
    thinking: bool
    use_format: bool
    sample_mode: bool
    use_cot_caption: bool
    use_cot_language: bool
    reference: Heard | None
    source: Heard | None


def understand(fields: dict[str, Any], files: dict[str, File]) -> Asked:
    """Return what these fields and files are taken for."""
    given = _Given(fields)
    random = given.flag("use_random_seed", default=True)
    return Asked(
        prompt=given.text("prompt"),
        lyrics=given.text("lyrics"),
        model=given.text("model"),
        task_type=given.text("task_type", "text2music"),
        duration=_positive(given.real("audio_duration", None)),
        bpm=given.whole("bpm", None),
        key_scale=given.text("key_scale"),
        time_signature=given.text("time_signature"),
        vocal_language=given.text("vocal_language", "en"),
        seeds=() if random else _seeds(given.value("seed")),
        batch_size=min(max(given.whole("batch_size", None) or 2, 1), 8),
        inference_steps=given.whole("inference_steps", 8) or 8,
        guidance_scale=given.real("guidance_scale", 7.0) or 7.0,
        infer_method=given.text("infer_method", "ode"),
        shift=given.real("shift", 3.0) or 3.0,
        audio_format=given.text("audio_format", "mp3"),
        audio_cover_strength=given.real("audio_cover_strength", 1.0) or 0.0,
        track_name=given.text("track_name"),
        thinking=given.flag("thinking"),
        use_format=given.flag("use_format"),
        sample_mode=given.flag("sample_mode") or bool(given.text("sample_query").strip()),
        use_cot_caption=given.flag("use_cot_caption", default=True),
        use_cot_language=given.flag("use_cot_language", default=True),
        reference=_heard(files, REFERENCES),
        source=_heard(files, SOURCES),
    )


def forbidden_paths(fields: dict[str, Any]) -> list[str]:
    """Return the fields that name a file outside the folder for temporary files."""
    named = {name: str(fields[name]) for name in PATHS if fields.get(name)}
    return [
        name
        for name, path in named.items()
        if ".." in path.split("/") or (path.startswith("/") and not path.startswith("/tmp/"))
    ]


class _Given:
    """Fields by their names and aliases; what cannot be read is as if it were not there."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def value(self, name: str) -> Any:
        names = (name, _camel(name), *ALIASES[name])
        return next((self._fields[n] for n in names if self._fields.get(n) is not None), None)

    def text(self, name: str, default: str = "") -> str:
        value = self.value(name)
        return default if value is None else str(value)

    def whole(self, name: str, default: int | None) -> int | None:
        value = self.value(name)
        try:
            # As the real one: 96.0 is no whole number, as JSON or as text.
            return int(str(value).strip()) if value is not None else default
        except ValueError:
            return default

    def real(self, name: str, default: float | None) -> float | None:
        value = self.value(name)
        try:
            number = float(str(value).strip()) if value is not None else default
        except ValueError:
            return default
        return default if number is not None and not math.isfinite(number) else number

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.value(name)
        text = "" if value is None else str(value).strip().lower()
        return default if text == "" else text in {"1", "true", "yes", "y", "on"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


def _seeds(value: Any) -> tuple[int, ...]:
    try:
        seeds = tuple(int(piece.strip()) for piece in str(value).split(","))
    except ValueError:
        return ()
    return seeds if all(0 <= seed < 2**32 for seed in seeds) else ()


def _heard(files: dict[str, File], names: tuple[str, ...]) -> Heard | None:
    file = next((files[name] for name in names if name in files), None)
    return None if file is None else hear(file.content)
