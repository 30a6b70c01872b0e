"""The command line: one file a command, thin. Only this room imports click.

It may use every other room but the API for Python, and it alone writes to the terminal, except for
an up-to-date command (`songbatch.incremental.printed`).
"""
