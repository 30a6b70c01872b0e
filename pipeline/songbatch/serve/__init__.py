"""Two servers on loopback: any engine behind the hosted HTTP contract, and the listening page.

- `contract`: what a request must be; the only place that knows the contract's fields.
- `app`: the contract's two endpoints, over an engine.
- `blocking`: an engine with jobs as one whose calls return the song.
- `responses`: the answers, in the contract's and the vendor's shapes.
- `listening`: the listening page, the audio that it plays, and saving what is chosen.
- `guard`: lets only requests to the server's own host names pass.
- `request_reader`: bodies and forms off the wire, bounded in size.
- `server`: the socket and the process: listen, run, stop.

This room opens no file (`listening` is given functions that do) and knows no spec, plan or ledger.
Every module but `contract` and `blocking` loads a web framework, so commands import them only to
serve.
"""
