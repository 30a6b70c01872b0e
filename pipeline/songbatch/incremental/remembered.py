"""Commands whose outcome is remembered; apart, since what remembers them takes time to load."""

COMMANDS = frozenset({"render", "check", "plan"})
