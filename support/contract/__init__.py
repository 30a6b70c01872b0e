"""An independent server of the hosted contract, for tests; it shares no code with the project."""
