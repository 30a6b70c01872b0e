"""Environment variables: every option can be given as `SONGBATCH_COMMAND_OPTION`.

The name is the flag's, not that of the function's parameter, as click's `auto_envvar_prefix` would
have it: `--set` of `render` is SONGBATCH_RENDER_SET.
"""

from __future__ import annotations

import click
from click.core import ParameterSource

PREFIX = "SONGBATCH"


def name_variables(command: click.Command, prefix: str) -> click.Command:
    """Give every option of a command, and of the commands below it, its variable."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.expose_value:
            parameter.envvar = variable(prefix, max(parameter.opts, key=len).lstrip("-"))
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            name_variables(below, variable(prefix, name))
    return command


def variable(prefix: str, name: str) -> str:
    """Return the name of the variable for a command or an option."""
    return f"{prefix}_{name}".replace("-", "_").upper()


def name_source(error: click.ClickException) -> None:
    """Let the message about a bad value name the variable, if it came from there."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return
    source = error.ctx.get_parameter_source(error.param.name or "")
    if source is ParameterSource.ENVIRONMENT:
        error.param_hint = f"the variable {error.param.envvar}"
