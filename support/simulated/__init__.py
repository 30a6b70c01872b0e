"""What the simulated services have in common; each keeps its own contract.

- `sockets`: how they listen on loopback, read requests and hang up.
- `scripted`, `answering`: a service that does as scripts say, and its connections.
- `mishaps`: how an answer can go wrong on its way, or be another.
- `scripts`: what goes wrong with which song, by words of it.
"""
