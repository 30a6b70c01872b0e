"""What the simulated services have in common; each keeps its own contract.

- `sockets`: how they listen on loopback, read requests and hang up.
- `scripts`: what goes wrong with which song, by words of it.
"""
