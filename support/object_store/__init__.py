"""Shared stores for tests: a real server of the S3 protocol on loopback, and a folder.

It shares no code with the project. The objects are moto's, in a process of its own; in front of
it stands a proxy that lets one request pass at a time, because moto looks first and writes then,
and that misbehaves as it is told:

    with ObjectStore() as store:
        store.trouble(Trouble.busy(), "PUT", "songs/*/answer", times=2)
        ...                                   # --store store.address, with store.environment
        assert store.count("PUT", "songs/*/1.claim") == 40

- `store`: the server a test holds: address, credentials, troubles, clock.
- `folder`: a folder as a store; its contents are read and written in the same way.
- `contents`: what both kinds of store have: names and their bytes.
- `troubles`: what goes wrong with a request.
- `books`: which requests came, and what became of them.
- `subjects`: what a request of the S3 protocol is about.
- `answers`: how an answer is changed on its way.
- `proxy`: the HTTP side.
- `moto_process`: moto, once for all stores of a test process.
- `hostile`: what a stranger who may write leaves in a store.
"""
