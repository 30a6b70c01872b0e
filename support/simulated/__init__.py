"""What the simulated services have in common; each keeps its own contract.

- `scripts`: what goes wrong with which song, by words of it.
"""
