"""Engine `command`: a program of the user's makes the songs.

It gets one JSON object on standard input and writes one WAV file to standard output; exit code 0
for a song. What it writes to standard error is shown where it fails.
"""

import base64
import json
import shutil
import subprocess
import tempfile

from songbatch.engines.plugin import (
    Answer,
    AudioFormat,
    EngineError,
    EngineIdentity,
    EngineRefused,
    Grammar,
    HandedOver,
    OwnEngine,
    Purpose,
    Range,
    ReferenceRule,
    Terms,
    TextRule,
    Traits,
    Verdict,
)

TAKEN = ("style", "duration", "seed", "bpm", "scale", "meter", "vocals", "lang", "options")
LONGEST_SECONDS = 3600.0

FIX = "write engines: {command: {settings: {program: [/path/to/it]}}} into your own config.yaml"


class Command:
    """What songbatch asks for when a spec says `engine: command`."""

    api = 1
    name = "command"

    @staticmethod
    def terms(settings):
        """Free, and one song at a time unless the project says `jobs`."""
        return Terms(seconds_per_render=20.0)

    @staticmethod
    def identity(settings):
        """A song is made again when the name of the model changes: raise it with the program."""
        return EngineIdentity("command", model=settings.model or "1")

    @staticmethod
    def traits(settings):
        """What a request may say; the other keys of a song are answered with the reason."""
        as_it_is = ReferenceRule(HandedOver.BYTES, "handed to the program", Range(1, 3600))
        return Traits(
            grammar=Grammar.SECTIONS,
            lyrics=TextRule(20_000),
            style=TextRule(2000),
            takes=frozenset(TAKEN),
            ignores=dict.fromkeys(("follow", "strength"), "the program decides what it does"),
            references=dict.fromkeys(Purpose, as_it_is),
            needs_reference=False,
            song=Range(0.5, 600),
            duration=Range(1, 600),
            length_is_needed=True,
            seed=Range(0, 2**32 - 1),
            bpm=Range(30, 300),
            master=AudioFormat.WAV,
            silent_lyrics="[Instrumental]",
        )

    @staticmethod
    def open(context):
        """Return the engine of one run."""
        return CommandEngine(context)


class CommandEngine(OwnEngine):
    """Runs the program once a song."""

    def preflight(self):
        """Fail before the first song if there is no program."""
        self._program()

    def _program(self):
        # Only the user may say what runs on this machine: a project may be a stranger's.
        program = self.context.by_user.settings.get("program")
        words = [program] if isinstance(program, str) else list(program or ())
        if not words:
            raise EngineRefused("the engine command has no program to run", fix=FIX)
        found = shutil.which(str(words[0]))
        if found is None:
            raise EngineRefused(f"there is no program {words[0]} to run", fix=FIX)
        return [found, *map(str, words[1:])]

    def generate(self, request, sink):
        """Run the program and hand its WAV on."""
        body = {
            "lyrics": request.lyrics,
            "take": request.take,
            "model": self.identity.model,
            **{name: getattr(request, name) for name in TAKEN},
            "references": [
                {
                    "purpose": file.purpose,
                    "format": file.format,
                    "base64": base64.b64encode(file.data).decode(),
                }
                for file in request.files
            ],
        }
        told = json.dumps({name: value for name, value in body.items() if value is not None})
        with tempfile.TemporaryFile() as song:
            done = self._run(told.encode(), song)
            if done.returncode != 0:
                lines = done.stderr.decode(errors="replace").split("\n")
                said = next(filter(None, map(str.strip, reversed(lines))), "nothing")
                raise EngineError(
                    f"the program ended with {done.returncode} and said: {said}", Verdict.REJECTED
                )
            song.seek(0)
            shutil.copyfileobj(song, sink)
        return Answer(seed=request.seed, cost_usd=0.0)

    def _run(self, told, song):
        try:
            return subprocess.run(
                self._program(),
                input=told,
                stdout=song,
                stderr=subprocess.PIPE,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError("the program took more than an hour", Verdict.REJECTED) from error
        except OSError as error:
            raise EngineError(f"the program cannot be run: {error}", Verdict.STOP) from error
