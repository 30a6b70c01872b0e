"""Any engine behind the hosted HTTP contract, on loopback: `songbatch serve`.

- `contract`: what a request must be; the only place that knows the contract's fields.
- `answers`: what is answered, in the contract's and the vendor's shapes.
- `app`: the two endpoints, over an engine.
- `server`: the socket and the process: listen, run, stop.

This room opens no file and knows no spec, plan or ledger. Only `app`, `answers` and `server` import
the web framework.
"""
