"""Attempts on other machines: an engine whose calls are orders, carried by dask.distributed.

    run ─▶ elsewhere ─▶ crew ─▶ dask ─▶ worker ─▶ the engine that is opened there

Everything that decides (limit, retries, budget, ledger) stays with the run; what travels is one
call. Nothing here is imported unless somebody asks for another place than this one.

- `places`: where orders may be carried out, as people name it.
- `connecting`: a place as a connection to its scheduler; `encryption`: who may be talked to in the
  clear; `logs`: where dask writes what people need not read.
- `crew`: who is there, who may work, and orders in flight; `members`: one worker as a run sees it;
  `news`: what people are told.
- `elsewhere`: the engine that a run is given.
- `marks`: who was first to begin an order, in the scheduler's memory.
- `messages`: orders, replies and what workers tell of themselves; `makeup`: what a copy of this
  program is.
- `worker`: what runs there; `kept`: what a worker keeps on its disk; `serving`: a worker process.
"""
