"""Many jobs at a service: CPU a job, polls a job, and how long all take next to the ideal.

    python -m bench.jobs                              1,000 jobs of no time, 16 at once
    python -m bench.jobs --jobs 64 --seconds 20       jobs of 20 s each, as long as a song takes

Against the simulated server of support/acestep, in this process; the client is the command, in a
process of its own. Songs are WAV of 10 s, so that little is spent on making outputs; how much is
told, too. The ideal is that of a client which keeps the server as busy as it can be and needs no
time itself: the time that the server worked, over how much it does at once.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.scale.costs import CLICK, Cost, cost
from bench.scale.project import songbatch
from songbatch.audio.convert import convert
from songbatch.model import AudioFormat, AudioSetting
from support.acestep.server import AceStepServer

HEAD = """\
version: 1
engine: acestep
defaults: {style: dream pop, duration: 10, audio: {format: wav}}
songs:
"""


def measured(server: AceStepServer, folder: Path, songs: int, at_once: int) -> Cost:
    """Render so many songs."""
    (folder / "specs").mkdir(parents=True)
    lines = (f"  s{number}: {{lyrics: Line number {number}.}}\n" for number in range(songs))
    (folder / "specs/demo.yaml").write_text(HEAD + "".join(lines), "utf-8")
    engines = f"version: 1\nengines: {{acestep: {{url: '{server.url}'}}}}\n"
    (folder / "songbatch.yaml").write_text(engines, "utf-8")
    command = [songbatch(), "render", "--no-measure", "--jobs", str(at_once)]
    return cost(command, folder)


def conversion(server: AceStepServer) -> float:
    """Return the CPU seconds of making one output of its master."""
    master = next(iter(server.files.values()))
    setting = AudioSetting(AudioFormat.WAV, 44100)
    convert(master, setting)
    start = time.process_time()
    for _ in range(10):
        convert(master, setting)
    return (time.process_time() - start) / 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=0.0, help="of one job at the service")
    options = parser.parse_args()
    with AceStepServer() as server, tempfile.TemporaryDirectory() as folder:
        server.seconds, server.workers = options.seconds, options.at_once
        server.queue_size = max(server.queue_size, options.jobs)
        one = measured(server, Path(folder) / "one", 1, 1)
        polls, charged = server.polls, server.charged
        all_of_them = measured(server, Path(folder) / "many", options.jobs, options.at_once)
        click = cost(CLICK, Path(folder))
        assert server.charged - charged == options.jobs
        polls = server.polls - polls
        busy = sum(job.ended - job.began for job in server.jobs[charged:])
        ideal = busy / options.at_once
        span = max(job.ended for job in server.jobs) - server.jobs[charged].began
        looks = sum(job.polls for job in server.jobs[charged:])
        output = conversion(server)
    cpu = (all_of_them.cpu - one.cpu) / max(1, options.jobs - 1)
    print(f"{options.jobs:,} jobs of {options.seconds:g} s, {options.at_once} at once:")
    print(
        f"  CPU a job beyond the first {1000 * cpu:.1f} ms, of which its output takes "
        f"{1000 * output:.1f} ms; importing click {click.cpu:.2f} s"
    )
    print(f"  polls a job {polls / options.jobs:.2f}, each for {looks / max(1, polls):.1f} jobs")
    print(f"  wall {all_of_them.wall:.1f} s, memory {all_of_them.peak:.0f} MB")
    if options.seconds:
        print(f"  {all_of_them.wall / ideal:.3f} × the ideal of {ideal:.1f} s for the command")
        print(f"  {span / ideal:.3f} × it from the first job's beginning to the last one's end")


if __name__ == "__main__":
    main()
