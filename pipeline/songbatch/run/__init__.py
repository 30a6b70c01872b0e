"""Running a plan: order, concurrency, tries, the money. The single writer of the ledger.

- `session`: a project as one command sees it; `context`: what a run reads, writes and reports to;
  `snapshot`: what exists before it.
- `apply`: a whole run; `engine_plans`: one engine's part of it, and its manifests (entries are made
  by `songbatch.outputs.entries`).
- `shared/`: what other machines have and ask for, where a store is shared.
- `waves`: takes of now, of songs whose takes are asked for until enough are good; `series`: a run
  of several such plans.
- `consent`, `pricing`: what has to be agreed to, and prices as sentences; `budget`: reserves before
  anything is spent; `spending`: what was.
- `choosing`: what listeners chose; `adopting`: copies of it that are all there is; `clearing`:
  what specs that are gone leave behind.
- `free_steps`: the steps that cost nothing; `fetching`: downloads; `converting`:
  recordings as engines take them; `delivery`: outputs;
  `joining`: songs of parts, and `likeness`, whether those fit; `measuring`: measures, last of all.
- `readying`: engines, opened here or at workers elsewhere.
- `runner`: sends uploads and renders; `pending`: those under way, and what came of them; `worker`:
  the runner's half in threads; `uploading`: references, each once.
- `requests`: one request, in the order that the money rule demands;
  `reference_requests`: those about references; `submitting`: those that are answered with a job;
  `booking`: answers that are on the disk, written down and filed.
- `settling`: what became of lost requests, by the service's list; `uploads`: which earlier ones it
  still has.
- `jobs`: songs that a service works on, watched and fetched; `job_watch`: when to ask for which;
  `jobs_under_way`: those that earlier runs left; `cancelling`: has them cancelled.
- `scheduler`: threads and time, and nothing else; `concurrency`: how many requests at once;
  `slots`: how many workers elsewhere take.
- `retry`: the table of what a failed request means for the next try; `failures`: what it means for
  the others; `stopping`: an end by Ctrl-C and the like.
- `doctor`: would a run get through.
- `events`: what a run reports to whoever watches; `summary`: what it came to;
  `remarks`: what to say about its songs.

May touch the workspace, the store and, through engines and `songbatch.fetch`, the network; prints
nothing.
"""
