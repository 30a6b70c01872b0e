"""The engine `acestep`: ACE-Step 1.5, open weights behind its maker's own HTTP server.

- `entry`: its entry in the catalogue; `guide`: how people set it up.
- `settings`: address, key, model and face; loads no network library.
- `traits`: what the model takes, as data.
- `requests_made`: the requests of both faces, field by field; pure.
- `results`: what an answer tells of jobs and songs; pure. `inventory`: which models there are.
- `verdicts`: what each failure means, and the sentences about it; pure.
- `vanished`: tells jobs that the server lost from those that are slow.
- `calls`: calls to a server, judged.
- `tasks`: the face that submits, polls and downloads; `chat`: the one with a single long request;
  `face`: what both have.
- `events`: the stream of events that the latter answers with; `chat_song`: the song in it.
- `health`: what `songbatch doctor` finds.

Only `tasks`, `chat`, `face`, `calls` and `health` load a network library.
"""
