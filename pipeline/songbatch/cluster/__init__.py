"""Attempts on other machines: an engine whose calls are orders, carried by dask.distributed.

    run ─▶ elsewhere ─▶ crew ─▶ dask ─▶ worker ─▶ the engine that is opened there

Everything that decides (limit, retries, budget, ledger) stays with the run; what travels is one
call. Nothing here but `news` is imported unless somebody asks for another place than this one.

- `needed`: packages that need not be there; `places`: where orders may be carried out, as people
  name it.
- `connecting`: a place as a connection to its scheduler; `starting`: clusters that dask starts;
  `slurm`: jobs that say why they were refused; `encryption`: who may be talked to in the clear;
  `logs`: where dask writes what people need not read.
- `crew`: orders in flight; `roster`: who is there, and who may work; `members`: one worker as a run
  sees it; `line`: calls of the scheduler; `pipes`: a shorter way for orders on one machine; `news`:
  what people are told.
- `opening`: a crew for a run; `elsewhere`, `jobs`: the engines that a run is given; `landing`:
  songs that workers leave in a shared store; `near`: those that they leave on the run's own disk.
- `survey`: who is there, before a run.
- `marks`: who was first to begin an order, in the scheduler's memory.
- `messages`: orders, replies and what workers tell of themselves; `makeup`: what a copy of this
  program is.
- `worker`: what runs there; `workplace`: what a worker process has open; `kept`: what it keeps on
  its disk; `serving`: the process itself.
"""
