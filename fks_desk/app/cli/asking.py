"""Ask about your own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Json, Symbol
from fks_desk.app.cli.telling import note, patiently, tell_json, tell_lines
from fks_desk.app.cli.workplace import Workplace, opened_database, run, workplace

if TYPE_CHECKING:
    from fks_desk.core.messages import AnswerDone


@exits_cleanly
def ask(
    question: Annotated[str, typer.Argument(help='What to ask, such as "why am I long?".')],
    account: Annotated[
        str, typer.Option(metavar="NAME", help="Account that the question is about.")
    ] = "demo",
    symbol: Symbol = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Load no model: search by words, answer from rows.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer a question from your own trades, orders, signals, backtests and candles.

    Each statement names the rows it rests on. With a language model in the
    settings it writes the answer; without one the rows speak for themselves.

    Exit codes: 0 answered, 1 the database or a model cannot be used, 2 the
    command or the settings are wrong.
    """
    from fks_desk.app import asking  # noqa: PLC0415  SQLAlchemy and numpy load slowly

    with workplace() as place:
        answer = run(_ask(place, question, account, symbol, quick=quick))
    if as_json:
        tell_json(asking.fields(question, answer))
    else:
        tell_lines(asking.lines(answer))


async def _ask(
    place: Workplace, question: str, account: str, symbol: str | None, *, quick: bool
) -> AnswerDone:
    from fks_desk.app.asking import ask, without_models  # noqa: PLC0415  see above

    settings = place.settings.assistant
    async with opened_database(place) as database:
        with patiently("looking for the answer"):
            return await ask(
                question,
                account=account,
                symbol=symbol,
                stores=database.stores,
                settings=without_models(settings) if quick else settings,
                clock=place.clock,
                tell=note,
            )
