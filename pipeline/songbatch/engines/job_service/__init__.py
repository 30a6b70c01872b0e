"""One engine for services that answer with jobs: dialects are code, models are rows of a table.

- `rows`: the types of a row of the table of models; `table`: the built-in rows, and those of a
  project over them; `row_judge`: what is wrong with those of a project.
- `services`: hosts and keys of the services; `settings`: those of a project.
- `traits`: what a model takes, by its row. `entry`: the engine's entry in the catalogue; `guide`:
  how people set it up.
- `request_body`: the request for a song, field by field; `style_text`: what is written into its
  style; `reference_forms`: the form of its references. Pure.
- `answers`: what an answer tells. `corrections`: what a refused request says of a row; `overrides`:
  lines that correct one. Pure.
- `paths`: paths in requests and answers.
- `dialect`: what a service's own language has to say; `fal/`, `replicate/`: two of them.
- `engine`: submits, polls and collects in any dialect; `jobs_asked`: the jobs of a run;
  `reference_jobs`: those that make ids of references. `downloads`: fetches songs from where a
  service says. `billing`: what a job cost. `refusals`: refused requests as errors, explained.
- `verdicts`: what failures mean at every service; `polling`: polls of several jobs;
  `requests_seen`: requests that a service lists; `stored_files`: files in its storage.
- `health`: what `songbatch doctor` finds; `price_check`: a row's price against its service's.
"""
