"""The real HTTP layer of ACE-Step 1.5 over a stub of its model; run by the Python of its own venv.

    acestep_stub.py PORT FOLDER

FOLDER holds a copy of the package `acestep`. The stub writes WAV whatever is asked, enters what
reached it in FOLDER/made.jsonl, does not finish while FOLDER/hold exists, and fails a job for the
sake of FOLDER/fail, which it removes.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
import random
import struct
import sys
import time
import types
import wave
from pathlib import Path
from typing import Any

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
CHECKPOINTS = "acestep-v15-turbo"


class Record:
    """Whatever it is made with, as attributes; every other one is None."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


class Model:
    """A diffusion model that is always there, or a language model that never is."""

    dtype = "float32"
    llm_initialized = False

    def __init__(self, *_: Any, **__: Any) -> None:
        """Load nothing."""

    def initialize_service(self, *_: Any, **__: Any) -> tuple[str, bool]:
        return "ok", True

    def initialize(self, *_: Any, **__: Any) -> tuple[str, bool]:
        return "there is no language model", False

    def _empty_cache(self) -> None:
        """Free nothing."""


def generate_music(
    *, params: Any, config: Any, save_dir: str, progress: Any = None, **_: Any
) -> Record:
    """Make the songs of a job, in place of the model."""
    enter(params, config)
    if progress:
        progress(0.3, desc="running")
    fails = (FOLDER / "fail").exists()
    (FOLDER / "fail").unlink(missing_ok=True)
    while (FOLDER / "hold").exists():
        time.sleep(0.01)
    if fails:
        return Record(success=False, error="the stub was told to fail", extra_outputs={})
    audios = []
    for seed in seeds(config):
        name = hashlib.sha256(os.urandom(16)).hexdigest()[:16]
        path = Path(save_dir) / f"{name}.{config.audio_format}"
        write(path, params.duration, repr((params.caption, params.lyrics, seed)))
        audios.append({"path": str(path), "params": {"seed": seed}})
    extra: dict[str, Any] = {"lm_metadata": {}, "time_costs": {}}
    return Record(success=True, audios=audios, status_message="ok", extra_outputs=extra)


def seeds(config: Any) -> list[int]:
    """Return the seeds as `acestep.inference` takes them: of the config, never of the params."""
    given = config.seeds if isinstance(config.seeds, list) and not config.use_random_seed else []
    drawn = [random.randrange(2**32) for _ in range(config.batch_size)]
    return [*given, *drawn[len(given) :]][: config.batch_size]


def enter(params: Any, config: Any) -> None:
    """Record what reached the model."""
    made = {
        "caption": params.caption,
        "lyrics": params.lyrics,
        "bpm": params.bpm,
        "duration": params.duration,
        "batch": config.batch_size,
        "ref": digest(params.reference_audio),
        "src": digest(params.src_audio),
    }
    with (FOLDER / "made.jsonl").open("a") as file:
        file.write(json.dumps(made) + "\n")


def digest(path: str | None) -> str | None:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else None


def write(path: Path, seconds: float, made_of: str) -> None:
    """Write a tone."""
    hz = 100 + int.from_bytes(hashlib.sha256(made_of.encode()).digest()[:3]) % 10000
    turn = 2 * math.pi * hz / 48000
    one = b"".join(struct.pack("<h", round(9000 * math.sin(turn * i))) * 2 for i in range(48000))
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 48000, 0, "NONE", ""))
        file.writeframes((one * (int(seconds) + 1))[: 4 * round(48000 * seconds)])


def module(name: str, **names: Any) -> None:
    """Put a module in place; of whatever else it is asked for, limits are 16, functions idle."""
    made = types.ModuleType(name)
    made.__dict__.update(names, __getattr__=lambda other: 16 if other.isupper() else none)
    sys.modules[name] = made


def none(*_: Any, **__: Any) -> None:
    """Do nothing."""


def gpu() -> Record:
    """Describe a machine that can do everything without a language model."""
    most = {f"max_{what}_{how}_lm": 600 for what in ("duration", "batch_size")
            for how in ("with", "without")}  # fmt: skip
    return Record(gpu_memory_gb=0.0, tier="stub", init_lm_default=False, available_lm_models=[],
                  **most)  # fmt: skip


def no_model(*_: Any) -> tuple[bool, str]:
    return False, "stub"


def main() -> None:
    """Serve until killed."""
    sys.path.insert(0, str(FOLDER))
    absent = types.SimpleNamespace(is_available=lambda: False, empty_cache=none)
    module("torch", cuda=absent, mps=absent, backends=types.SimpleNamespace(mps=absent))
    module("acestep.handler", AceStepHandler=Model)
    module("acestep.llm_inference", LLMHandler=Model)
    module("acestep.inference", GenerationParams=Record, GenerationConfig=Record,
           generate_music=generate_music)  # fmt: skip
    for name in ("gradio_ui", "gradio_ui.events"):
        module(f"acestep.{name}", __path__=[])
    module("acestep.gradio_ui.events.results_handlers", _build_generation_info=lambda **_: "stub")
    module("acestep.gpu_config", get_gpu_config=gpu, get_gpu_memory_gb=lambda: 0.0,
           GPUConfig=Record, is_lm_model_supported=no_model)  # fmt: skip
    server = importlib.import_module("acestep.api_server")
    server._ensure_model_downloaded = lambda *_, **__: ""  # type: ignore[attr-defined]
    importlib.import_module("uvicorn").run(
        server.app, host="127.0.0.1", port=PORT, log_level="warning"
    )


if __name__ == "__main__":
    main()
