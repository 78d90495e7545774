"""Gather the commands of `fks-desk`."""

from __future__ import annotations

from typing import Annotated

import typer

import fks_desk
from fks_desk.app.cli.accounts import accounts
from fks_desk.app.cli.asking import ask
from fks_desk.app.cli.backtesting import backtest
from fks_desk.app.cli.database import db
from fks_desk.app.cli.demo import demo, open_desk
from fks_desk.app.cli.diagnosis import doctor
from fks_desk.app.cli.exporting import export_candles
from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.headless import headless
from fks_desk.app.cli.importing import import_candles
from fks_desk.app.cli.venue import venue

# Plain help: the library that would colour it takes longer to load than all the rest.
app = typer.Typer(
    name="fks-desk",
    help="A trading workstation: charts, tickets, backtests and an AI over your own rows.\n\n"
    "Without a command the window opens, at first in demo mode.",
    epilog="Exit codes: 0 done, 1 the work failed, 2 the command or the settings are wrong. "
    "FKS_DATA_FOLDER chooses the data folder; settings are read from settings.toml in it "
    "and from variables such as FKS_DATABASE__URL.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for name, command, about in (
    ("demo", demo, "Open the window on the built-in exchange."),
    ("headless", headless, "Run the desk without a window."),
    ("venue", venue, "Run the simulated exchange alone."),
    ("import", import_candles, "Store the candles of a file."),
    ("export", export_candles, "Write stored candles to a file."),
    ("backtest", backtest, "Test a strategy on stored candles."),
    ("ask", ask, "Ask about your own rows."),
    ("doctor", doctor, "Examine this machine for what the desk needs."),
):
    app.command(name, short_help=about)(command)
app.add_typer(accounts)
app.add_typer(db)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"fks-desk {fks_desk.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
@exits_cleanly
def desk(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  typer hands it to its callback
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
) -> None:
    """Open the desk; with no command, its window with the chosen account, at first the demo."""
    if context.invoked_subcommand is None:
        raise typer.Exit(open_desk(is_chosen=True))
