"""Running a plan: order, concurrency, tries, the money. The single writer of the ledger.

- `snapshot` records what exists before a run, `free_steps` does the plan's free steps, `runner` the
  others, each of them a request of `requests`, which keeps the order that the money rule demands.
- `scheduler` knows threads and time and nothing else; `retry` is the table of what a failed
  request means for the next try; `budget` reserves before it spends.
- `delivery` writes outputs, `engine_plans` the manifests (`songbatch.outputs.entries`).
- `events` are what a run reports to whoever watches.

May touch the workspace, the store and the network through engines; prints nothing.
"""
