from __future__ import annotations

import json

import psycopg
import pytest

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.app.cli.workplace import opened_database, run, workplace
from tests.fakes.rows import account, filled_change, instrument


@pytest.fixture
def long_btc(fks):
    """Let the demo account hold what one fill bought."""

    async def fill(place):
        async with opened_database(place) as database:
            stores = database.stores
            await stores.accounts.ensure_account(account())
            await stores.instruments.save_instruments([instrument()])
            change = filled_change()
            if not await stores.trading_writer.known_fills(change.fills):
                await stores.trading_writer.record(change)

    with workplace() as place:
        run(fill(place))


def test_the_reason_of_a_position_is_told_with_the_rows_it_rests_on(fks, long_btc):
    result = fks("ask", "why am I long?", "--quick", "--json")

    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert "BTC/USDT" in report["answer"]
    assert "0.4995" in report["answer"]
    assert report["model"] == "evidence alone"
    assert {one["ref"].partition(":")[0] for one in report["citations"]} >= {"trade"}


def test_a_person_reads_the_answer_and_its_sources(fks, long_btc):
    result = fks("ask", "why am I long BTC?", "--quick", "--symbol", "BTC/USDT")

    assert result.exit_code == 0
    assert "BTC/USDT" in result.stdout
    assert "\nSources:\n  [1] " in result.stdout


def test_the_answer_is_kept_in_the_journal(fks, long_btc, data_folder):
    fks("ask", "what did I pay in fees?", "--quick")

    with psycopg.connect(EmbeddedServer(data_folder / "postgres").url) as connection:
        query = "SELECT payload ->> 'question' FROM journal WHERE type = 'answer.given'"
        asked = {row[0] for row in connection.execute(query)}
    assert "what did I pay in fees?" in asked


def test_an_unknown_account_is_answered_with_those_there_are(fks, sentence, long_btc):
    result = fks("ask", "why?", "--account", "mine", "--quick")

    assert result.exit_code == 2
    assert sentence(result) == "there is no account 'mine'; the accounts are: demo"


def test_a_new_data_folder_says_what_to_do_first(fks, sentence, own_root):
    result = fks("ask", "why?", "--quick", FKS_DATA_FOLDER=str(own_root / "desk"))

    assert result.exit_code == 2
    assert "open the desk once" in sentence(result)


def test_an_empty_question_is_one_sentence(fks, sentence):
    result = fks("ask", "  ")

    assert result.exit_code == 2
    assert "ask something" in sentence(result)


def test_a_symbol_that_is_none_is_one_sentence(fks, sentence, long_btc):
    result = fks("ask", "why?", "--symbol", "BTC", "--quick")

    assert result.exit_code == 2
    assert "such as BTC/USDT" in sentence(result)
