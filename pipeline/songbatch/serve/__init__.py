"""Two servers on loopback: any engine behind the hosted HTTP contract, and the listening page.

- `contract`: what a request must be; the only place that knows the contract's fields.
- `app`: the contract's two endpoints, over an engine.
- `hosted_songs`: the contract's two calls over an engine of any traits; clients take turns.
- `translation`: requests of the contract as such engines take them. Pure.
- `references`: uploads that are kept for engines that take them along with every request.
- `job_poller`: waits for the jobs of all clients, with one request a second.
- `responses`: the answers, in the contract's and the vendor's shapes.
- `listening`: the listening page, the audio that it plays, and saving what is chosen.
- `guard`: lets only requests to the server's own host names pass.
- `request_reader`: bodies and forms off the wire, bounded in size.
- `server`: the socket and the process: listen, run, stop.

This room reaches files only through what it is given (`listening` functions, `references` a
folder), and knows no spec, plan or ledger.
Most modules load a web framework, so commands import them only to serve.
"""
