"""Everything that tests and benchmarks share: neither imports the other, and this imports neither.

- `kit`: the command as a user runs it, in a project of its own.
- `contract`: an independent server of the hosted contract; it shares no code with the project.
- `acestep`: an independent server of the ACE-Step 1.5 contract, likewise.
- `fal`: an independent server of fal.ai's queue, with books of what it charges, likewise.
- `replicate`: an independent server of Replicate's predictions, likewise.
- `object_store`: a server of the S3 protocol, and a folder, to share songs by.
- `blocking`: an engine with jobs as one whose calls return the song.
- `references`: recordings that are made on the spot and simple enough to be right about.
- `truth`: whole synthetic songs and voices whose truth is known; tempo maps of real recordings.
- `service`: a simulated service with a limit that moves, on a virtual clock.
- `browser`: Chromium, offline.

Nothing of this is installed with the program.
"""
