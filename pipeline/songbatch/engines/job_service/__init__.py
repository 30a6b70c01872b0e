"""One engine for services that answer with jobs: dialects are code, models are rows of a table.

- `rows`: the types of a row of the table of models; `table`: the built-in rows, and those of a
  project over them.
- `traits`: what a model takes, by its row. `entry`: the engine's entry in the catalogue.
- `settings`: addresses and key of a service. `guide`: how people set it up.
- `request_body`: the request for a song, field by field; `answers`: what an answer tells. Pure.
- `dialect`: what a service's own language has to say; `fal/`, `replicate/`: two of them.
- `engine`: submits, polls and collects in any dialect. `downloads`: fetches songs from where a
  service says.
- `health`: what `songbatch doctor` finds.
"""
