"""Gather the commands of `fks-desk`."""

from __future__ import annotations

import typer

from fks_desk.app.cli.demo import demo, open_desk
from fks_desk.app.cli.venue import venue

app = typer.Typer(
    name="fks-desk",
    help="A trading workstation: charts, tickets, backtests and an AI over your own rows.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(venue)


@app.callback(invoke_without_command=True)
def desk(context: typer.Context) -> None:
    """Open the desk; with no command, its window in demo mode."""
    if context.invoked_subcommand is None:
        raise typer.Exit(open_desk())
