"""Exit codes of the program: the one table. Each is a promise to scripts.

Nothing is imported here: a run with nothing to do needs it, too.
"""

EXIT_DONE = 0
"""Everything is as it should be; of `plan` and `diff`, also with changes; of a server, it was asked
to end."""
EXIT_FAILED = 1
"""Some renders failed, `verify` found a problem, `recover` did not find a render, or the system
refused."""
EXIT_INVALID = 2
"""The command line, a spec, or a file of the project is invalid."""
EXIT_REFUSED = 3
"""Stopped before spending (a bound, no consent, `--frozen`), or renders are held."""
EXIT_LOCKED = 4
"""Another run works on the project."""
EXIT_ENGINE = 5
"""The engine refuses every request, or cannot be reached; of `doctor`, a render would not get
through."""
EXIT_CHANGES = 6
"""With `--detailed-exitcode`, `plan` or `diff` has changes."""
EXIT_BUG = 70
"""A bug of songbatch; a report to send was written. As EX_SOFTWARE of sysexits.h."""
EXIT_INTERRUPTED = 130
"""Interrupted; what was in flight is kept (a server is ended by Ctrl-C: 0, unless a second one cuts
answers off). As a shell reports an end by SIGINT."""
EXIT_BROKEN_PIPE = 141
"""Nobody reads the output any more. As a shell reports an end by SIGPIPE."""
