"""Traits of ACE-Step's models: what a request takes, and what it cannot have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.model import AudioFormat, Purpose, ReferenceForm
from songbatch.traits import (
    SONG_KEYS,
    STRENGTH_ALONE,
    Grammar,
    HandedOver,
    OptionRule,
    OptionType,
    Range,
    ReferenceRule,
    RepaintRule,
    TextRule,
    Traits,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.acestep.settings import Face

SILENT_LYRICS = "[Instrumental]"
"""What is sent where nobody sings."""

UNKNOWN_LANGUAGE = "unknown"

LANGUAGES = frozenset(
    {
        "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "en",
        "es", "fa", "fi", "fr", "he", "hi", "hr", "ht", "hu", "id",
        "is", "it", "ja", "ko", "la", "lt", "ms", "ne", "nl", "no",
        "pa", "pl", "pt", "ro", "ru", "sa", "sk", "sr", "sv", "sw",
        "ta", "te", "th", "tl", "tr", "uk", "ur", "vi", "yue", "zh",
    }
)  # fmt: skip
"""The languages of lyrics that the models know."""

KNOWN_MODELS = (
    "acestep-v15-turbo",
    "acestep-v15-turbo-shift3",
    "acestep-v15-sft",
    "acestep-v15-base",
    "acestep-v15-xl-turbo",
    "acestep-v15-xl-sft",
    "acestep-v15-xl-base",
    "acestep-v1.5-xl-turbo",
)
"""Names that servers have for models of the maker; any other may be of a model of one's own."""

MOST_SECONDS = 600.0
LEAST_SECONDS = 10.0

_ANY_SECONDS = Range(1.0, 3600.0)

_SET_HERE = (
    "prompt", "caption", "lyrics", "model", "task_type",
    "audio_duration", "duration", "target_duration", "bpm", "key_scale", "keyscale", "key",
    "time_signature", "timesignature", "vocal_language", "language", "seed", "use_random_seed",
    "batch_size", "audio_format", "format", "use_format", "sample_mode", "sample_query",
    "description", "desc", "ai_token",
    "audio_cover_strength", "cover_strength", "track_name", "track_classes", "instruction",
    "repainting_start", "repainting_end", "audio_code_string", "lm_batch_chunk_size",
    "reference_audio_path", "ref_audio_path", "src_audio_path", "ctx_audio_path",
    "ref_audio", "reference_audio", "ctx_audio", "src_audio", "source_audio_path",
    "model_name", "dit_model", "audio_codes", "instruments", "lm_model_path",
    "analysis_only", "full_analysis_only", "extract_codes_only", "is_format_caption",
    "param_obj", "metas", "meta", "metadata", "user_metadata",
)  # fmt: skip
"""Fields of a request, with their aliases, that are made from the keys of a song."""

_SET_IN_CHAT = ("messages", "stream", "audio_config", "modalities", "instrumental", "n")


def is_base(model: str) -> bool:
    """Return whether a model is a base one, which alone can sing over a given backing."""
    return "base" in _words(model)


def _words(model: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", model.lower())


def camel(name: str) -> str:
    """Return a field's name in the other way that the server takes it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def traits(model: str, face: Face = "tasks", master: AudioFormat = AudioFormat.WAV) -> Traits:
    """Return what a model takes on one of the two faces of the server."""
    is_chat = face == "chat"
    fields = _SET_HERE + (_SET_IN_CHAT if is_chat else ())
    return Traits(
        grammar=Grammar.SECTIONS,
        lyrics=TextRule(4096),
        style=TextRule(512),
        takes=frozenset(SONG_KEYS),
        ignores={},
        cannot=_cannot(model, face),
        references=_references(model, face),
        needs_reference=False,
        song=Range(LEAST_SECONDS, MOST_SECONDS),
        duration=Range(LEAST_SECONDS, MOST_SECONDS),
        length_is_needed=True,
        seed=Range(0, 2**32 - 1),
        bpm=Range(30, 300),
        languages=LANGUAGES,
        options=frozenset(fields) | {camel(name) for name in fields},
        option_rules=_option_rules(model, face),
        master=master,
        master_rate=48000,
        has_jobs=not is_chat,
        silent_lyrics=SILENT_LYRICS,
        repaint=None if is_chat else REPAINT,
        known_models=KNOWN_MODELS,
    )


REPAINT = RepaintRule("repainting_start", "repainting_end", {"task_type": "repaint"})
"""Every model can; what the chat face says of the part, nobody has described."""

_SHARE = Range(0, 1)
_TEMPERATURE = Range(0, 2)
_COUNT = Range(0, 2**31 - 1)
_YES_NO = OptionRule(OptionType.YES_NO)
_NUMBER = OptionRule(OptionType.NUMBER)
_TEXT = OptionRule(OptionType.TEXT)

_MOST_STEPS_OF_TURBO = 20
_MOST_STEPS = 200

_RULES: Mapping[str, OptionRule] = {
    "inference_steps": OptionRule(OptionType.WHOLE, Range(1, _MOST_STEPS)),
    "guidance_scale": _NUMBER,
    "shift": OptionRule(OptionType.NUMBER, Range(1, 5)),
    "infer_method": OptionRule(OptionType.TEXT, values=("ode", "sde")),
    "timesteps": _TEXT,
    "use_adg": _YES_NO,
    "cfg_interval_start": OptionRule(OptionType.NUMBER, _SHARE),
    "cfg_interval_end": OptionRule(OptionType.NUMBER, _SHARE),
    "use_tiled_decode": _YES_NO,
    "cover_noise_strength": OptionRule(OptionType.NUMBER, _SHARE),
    "thinking": _YES_NO,
    "use_cot_caption": _YES_NO,
    "use_cot_language": _YES_NO,
    "constrained_decoding": OptionRule(OptionType.YES_NO, aliases=("constrained",)),
    "constrained_decoding_debug": _YES_NO,
    "allow_lm_batch": OptionRule(OptionType.YES_NO, aliases=("parallel_thinking",)),
    "lm_backend": OptionRule(OptionType.TEXT, values=("vllm", "pt", "mlx")),
    "lm_temperature": OptionRule(OptionType.NUMBER, _TEMPERATURE),
    "lm_cfg_scale": _NUMBER,
    "lm_top_k": OptionRule(OptionType.WHOLE, _COUNT),
    "lm_top_p": OptionRule(OptionType.NUMBER, _SHARE),
    "lm_repetition_penalty": _NUMBER,
    "lm_negative_prompt": _TEXT,
}
"""Fields that the server reads. It drops others, and what has another type, in silence."""

_PASSED_ON_IN_CHAT = ("thinking", "guidance_scale", "use_cot_caption", "use_cot_language")
_ONLY_IN_CHAT: Mapping[str, OptionRule] = {
    "temperature": OptionRule(OptionType.NUMBER, _TEMPERATURE),
    "top_k": OptionRule(OptionType.WHOLE, _COUNT),
    "top_p": OptionRule(OptionType.NUMBER, _SHARE),
}


def _option_rules(model: str, face: Face) -> dict[str, OptionRule]:
    if face == "chat":
        dropped = "the chat face does not pass it on"
        return {
            name: replace(rule, aliases=(), ignored="" if name in _PASSED_ON_IN_CHAT else dropped)
            for name, rule in _RULES.items()
        } | dict(_ONLY_IN_CHAT)
    rules = {
        name: replace(rule, aliases=(*({camel(name)} - {name}), *rule.aliases))
        for name, rule in _RULES.items()
    }
    if "turbo" in _words(model):
        steps = rules["inference_steps"]
        rules["inference_steps"] = replace(steps, range=Range(1, _MOST_STEPS_OF_TURBO))
    return rules


def _cannot(model: str, face: Face) -> dict[str, str]:
    reasons = {
        "voice+instrumental": "a voice and an instrumental of different files cannot be followed "
        "together",
        "voice+follow=song": "only a reference whose purpose is song has a tune to keep",
        "instrumental+follow=song": "only a reference whose purpose is song has a tune to keep",
        STRENGTH_ALONE: "how closely is a question of `follow: song` only",
    }
    if why := instrumental_problem(model, face):
        reasons["instrumental"] = why
    else:
        reasons["instrumental+vocals=none"] = "what it makes of an instrumental is the singing"
    return reasons


def instrumental_problem(model: str, face: Face) -> str:
    """Return why a model cannot sing over a given instrumental; "" if it can."""
    if face == "chat":
        return (
            "singing over a given instrumental needs the task routes of a server of one's own "
            "(`face: tasks`): the chat face does not say which track to make"
        )
    if not is_base(model):
        return (
            "singing over a given instrumental needs a base model, such as acestep-v15-base or "
            "acestep-v15-xl-base"
        )
    return ""


EXACT = ReferenceForm(format=AudioFormat.WAV, sample_rate=48000, seconds=30.0)
"""Of any other length, the server hears three pieces of its own random choice."""
SMALL = ReferenceForm(
    format=AudioFormat.MP3, sample_rate=44100, channels=1, bitrate=64000, most_seconds=90.0
)
"""What the hosted service takes, as its users report."""


def _references(model: str, face: Face) -> dict[Purpose, ReferenceRule]:
    form = SMALL if face == "chat" else EXACT
    rules = {
        Purpose.SONG: ReferenceRule(
            HandedOver.BYTES,
            "a reference for timbre and style, or the tune to keep",
            _ANY_SECONDS,
            form=form,
        ),
        Purpose.VOICE: ReferenceRule(
            HandedOver.BYTES,
            "a reference for timbre and style as a whole: its backing is heard along",
            _ANY_SECONDS,
            form=form,
            is_blurred=True,
        ),
    }
    if not instrumental_problem(model, face):
        rules[Purpose.INSTRUMENTAL] = ReferenceRule(
            HandedOver.BYTES, "the backing that is sung over", _ANY_SECONDS
        )
    return rules
