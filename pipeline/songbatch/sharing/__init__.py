"""The shared store: what machines and people who work on the same songs share, each song paid once.

- `address`: addresses of shared stores, as people write them
"""
