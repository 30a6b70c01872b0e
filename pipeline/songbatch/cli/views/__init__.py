"""Views of results and runs: text for people, JSON for programs, progress on a terminal.

`choice` is the one place that knows which command has which; no view reads a command's options.
They get results and return or write text; only `progress` loads rich.
"""
