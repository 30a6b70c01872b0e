"""A program for the engine `command`: a plucked melody, to begin with. Needs nothing but Python."""

import array
import json
import random
import sys
import wave

RATE = 44100
SCALE = (0, 2, 4, 7, 9)

request = json.load(sys.stdin)
chance = random.Random(request.get("seed", 1))
beat = int(RATE * 60 / request.get("bpm", 100))
samples = array.array("h", bytes(2 * int(RATE * request["duration"])))

for start in range(0, len(samples) - beat // 2, beat // 2):
    semitone = chance.choice(SCALE) + 12 * chance.randint(0, 1)
    string = [chance.uniform(-1, 1) for _ in range(int(RATE / (220 * 2 ** (semitone / 12))))]
    for at in range(start, min(start + beat, len(samples))):
        place = at % len(string)
        string[place] = 0.498 * (string[place] + string[place - 1])
        samples[at] = max(-32768, min(32767, samples[at] + int(12000 * string[place])))

with wave.open(sys.stdout.buffer, "wb") as song:
    song.setparams((1, 2, RATE, len(samples), "NONE", ""))
    song.writeframesraw(samples.tobytes())
