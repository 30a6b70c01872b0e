"""The command line: one file a command, thin. Only this room imports click."""
