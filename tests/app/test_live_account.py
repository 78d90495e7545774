"""A live account opens against a stand-in: guarded, armed by typed words, and leaving no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import aiohttp
import keyring
import psutil
import psycopg
import pytest
from PySide6.QtWidgets import QApplication

from fks_desk.app.accounts.book import AccountBook
from fks_desk.app.engine import Engine
from fks_desk.app.folders import Folders
from fks_desk.app.settings import AccountSettings, AssistantSettings, DemoSettings, Settings
from fks_desk.app.venue_child import VenueLink
from fks_desk.app.venue_link import risk_limits, venue_options
from fks_desk.app.world import demo_world, world_of
from fks_desk.core.accounts import FUTURES, AccountEntry, NewAccount
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import EngineReady, NoticeRaised
from fks_desk.core.model import AccountId, Mode
from fks_desk.core.secret import Secret
from fks_desk.venue.keys import KeyRights
from fks_desk.venue.server import VenueReady
from tests.app.accounts.conftest import stand_in
from tests.fakes.keyrings import Memory
from tests.fakes.sitting import Sitting, open_folder, sit_down
from tests.fakes.venue import RawClient

pytestmark = [pytest.mark.slow]


@pytest.fixture
def ring() -> Iterator[Memory]:
    before, made = keyring.get_keyring(), Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def a_book(root: Path, venue: VenueReady) -> tuple[AccountBook, Settings]:
    """Return a book with one live account, whose exchange is the stand-in."""
    address = f"http://127.0.0.1:{venue.port}"
    settings = Settings(
        account=AccountSettings(stand_in=address), assistant=AssistantSettings(embeddings="words")
    )
    folders = Folders(root=root)
    folders.make()
    book = AccountBook(folders=folders, clock=SystemClock(), stand_in=address)
    for name, mode, exchange in (
        ("main", Mode.LIVE, "binance"),
        ("practice", Mode.TESTNET, "binance"),
        ("futures", Mode.LIVE, FUTURES),
        ("sheet", Mode.PAPER, "binance"),
    ):
        entry = AccountEntry(id=AccountId(name), exchange=exchange, mode=mode, title=name)
        key = Secret(venue.api_key), Secret(venue.secret)
        given = key if entry.needs_key else (None, None)
        book.add(NewAccount(entry=entry, key=given[0], secret=given[1]))
    return book, settings


def entry_of(book: AccountBook, name: str) -> AccountEntry:
    return next(one for one in book.listing().entries if one.id == name)


@pytest.mark.gui
@pytest.mark.allow_warnings
def test_real_money_leaves_only_while_armed_and_no_byte_holds_the_key(
    qapp: QApplication, ring: Memory, tmp_path: Path
) -> None:
    with stand_in(tmp_path / "venue") as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        entry = entry_of(book, "main")
        sit_down(
            qapp,
            root=root,
            world=world_of(entry, settings),
            settings=settings,
            work=lambda desk: _arm_and_trade(desk, venue),
            accounts=book,
            entry=entry,
        )

        secrets = (venue.api_key.encode(), venue.secret.encode())
        found = [
            str(file)
            for file in root.rglob("*")
            if file.is_file() and any(secret in file.read_bytes() for secret in secrets)
        ]
        assert found == []


async def _arm_and_trade(desk: Sitting, venue: VenueReady) -> None:
    ticket, window = desk.models.ticket, desk.window
    await desk.until(lambda: desk.models.chart.last is not None, "candles move")
    await desk.until_tradable()
    assert "LIVE" in window.windowTitle()
    assert "main" in window.windowTitle()
    assert "REAL MONEY" in window.banner.text()
    assert "NOT ARMED" in window.banner.arming.text()

    _stage(desk)
    desk.press("Return")
    await desk.until(lambda: "'trade main'" in ticket.outcome.text, "an opening order is refused")
    desk.picture("live.png")

    desk.press("Ctrl+F11")
    desk.type("trade")
    desk.press("Return")
    await desk.until(
        lambda: "Type 'trade main'" in _notices(desk), "half of the phrase arms nothing"
    )
    desk.press("Ctrl+F11")
    desk.type("trade main")
    desk.press("Return")
    await desk.until(lambda: "ARMED ▲" in window.banner.arming.text(), "the account is armed")

    _stage(desk)
    desk.press("Return")
    await desk.until(
        lambda: desk.desktop.workbench.fills.rows.rowCount() > 0, "real money was traded"
    )
    desk.picture("live-armed.png")

    desk.press("Ctrl+F12")
    await desk.until(lambda: "NOT ARMED" in window.banner.arming.text(), "it is disarmed")
    _stage(desk)
    desk.press("Return")
    await desk.until(lambda: "'trade main'" in ticket.outcome.text, "and refuses again")
    line = " ".join(psutil.Process().cmdline()) + str(psutil.Process().environ())
    assert venue.secret not in line
    await asyncio.sleep(0.1)
    desk.press("Ctrl+Q")


def _stage(desk: Sitting) -> None:
    """Draw a small market order up in the ticket."""
    desk.press("F9", "Esc", "Esc")
    ticket = desk.models.ticket
    ticket.set_price("")
    if ticket.form.kind.has_limit:
        desk.press("Alt+M")
    desk.press("F9", "Ctrl+A")
    desk.type("0.001")
    desk.press("Return")


def _notices(desk: Sitting) -> str:
    history = " ".join(one.text for one in desk.window.notices.history())
    return f"{history} {desk.models.ticket.outcome.text}"


def an_engine(root: Path, book: AccountBook, settings: Settings, name: str, told: list) -> Engine:
    entry = entry_of(book, name)
    return Engine(
        settings=settings,
        folders=Folders(root=root),
        world=world_of(entry, settings),
        clock=SystemClock(),
        listen=told.append,
        access=book.access(entry),
    )


@pytest.mark.db
@pytest.mark.allow_warnings
async def test_a_key_of_another_account_halts_the_start(ring, tmp_path):
    with stand_in(tmp_path / "venue") as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        await asyncio.to_thread(book.check, AccountId("main"))
        name = ("fks-desk", "account/main")
        ring.rows[name] = ring.rows[name].replace(f'"{venue.uid}"', '"4711"')
        engine = an_engine(root, book, settings, "main", [])
        with pytest.raises(ConfigError, match="another account than before"):
            await engine.start()
        await engine.close()


@pytest.mark.db
@pytest.mark.allow_warnings
async def test_a_key_that_may_withdraw_opens_no_live_desk_but_a_practice_one(ring, tmp_path):
    rights = KeyRights(can_withdraw=True)
    with stand_in(tmp_path / "venue", rights=rights) as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        engine = an_engine(root, book, settings, "main", [])
        with pytest.raises(ConfigError, match="may withdraw money"):
            await engine.start()
        await engine.close()

        told: list = []
        practice = an_engine(root, book, settings, "practice", told)
        await practice.start()
        await practice.close()

        assert any(isinstance(one, EngineReady) for one in told)


@pytest.mark.db
@pytest.mark.allow_warnings
async def test_a_key_without_an_address_is_warned_about_and_the_rows_hold_no_secret(ring, tmp_path):
    rights = KeyRights(is_bound_to_ip=False)
    with stand_in(tmp_path / "venue", rights=rights) as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        told: list = []
        engine = an_engine(root, book, settings, "main", told)
        await engine.start()
        url = engine.database.reading.url
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT type, payload::text FROM journal").fetchall()
        await engine.close()

        texts = [one.text for one in told if isinstance(one, NoticeRaised)]
        assert any("bind it to this machine" in text for text in texts)
        assert "account.opened" in {kind for kind, _ in rows}
        assert all(venue.secret not in payload for _, payload in rows)
        assert all(venue.api_key not in payload for _, payload in rows)


@pytest.mark.db
@pytest.mark.allow_warnings
async def test_a_live_futures_account_opens_and_is_bound_to_its_owner(ring, tmp_path):
    with stand_in(tmp_path / "venue") as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        found = await asyncio.to_thread(book.check, AccountId("futures"))
        told: list = []
        engine = an_engine(root, book, settings, "futures", told)
        await engine.start()
        account = engine.rooms.desk.account
        await engine.close()

        assert found.identity == f"fks{venue.uid}"
        assert (account.venue, account.mode) == (FUTURES, Mode.LIVE)
        assert any(isinstance(one, EngineReady) for one in told)


@pytest.mark.db
@pytest.mark.allow_warnings
async def test_a_paper_account_has_nothing_that_can_sign_and_the_venue_hears_no_key(ring, tmp_path):
    with stand_in(tmp_path / "venue") as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        told: list = []
        engine = an_engine(root, book, settings, "sheet", told)
        await engine.start()
        with pytest.raises(ConfigError, match="no API key"):
            _ = engine.venue.connection.broker
        holders = [one for one in engine.venue.connection._clients if one.apiKey or one.secret]
        async with aiohttp.ClientSession() as session:
            ledger = await RawClient(venue, session).admin("GET", "ledger")
        await engine.close()

        assert holders == []
        assert ledger["requests"] == []
        assert any(isinstance(one, EngineReady) for one in told)


def test_the_built_in_paper_desk_holds_no_key_either():
    link = VenueLink(pid=1, port=1, api_key="canary-key", secret="canary-secret")
    world = demo_world(DemoSettings(), is_paper=True)

    assert venue_options(world, link).credentials is None
    assert venue_options(demo_world(DemoSettings()), link).credentials is not None


@pytest.mark.gui
@pytest.mark.allow_warnings
def test_another_account_is_chosen_by_keys_and_the_desk_begins_anew(
    qapp: QApplication, ring: Memory, tmp_path: Path
) -> None:
    with stand_in(tmp_path / "venue") as venue, open_folder() as root:
        book, settings = a_book(root, venue)
        sitting = sit_down(
            qapp,
            root=root,
            world=world_of(entry_of(book, "demo"), settings),
            settings=settings,
            work=_choose_another,
            accounts=book,
            entry=entry_of(book, "demo"),
        )

        assert sitting.window.wants_restart
        assert book.opened().id == "paper"


async def _choose_another(desk: Sitting) -> None:
    page = desk.window.accounts_page
    assert page is not None
    await desk.until(lambda: desk.models.chart.last is not None, "candles move")
    desk.press("Ctrl+F2")
    await desk.until(lambda: page.table.rowCount() == 7, "the accounts are listed")
    await desk.until(page.table.hasFocus, "the list has the keys")
    desk.picture("accounts.png")
    desk.press("Down", "Return")


def test_a_fresh_live_account_starts_with_small_limits_and_no_other_one_does():
    live, practice = (risk_limits(Settings(), mode) for mode in (Mode.LIVE, Mode.TESTNET))

    assert live.max_order_notional == Decimal(100)
    assert live.max_exposure == Decimal(500)
    assert live.max_open_orders == 10
    assert live.max_daily_loss == Decimal("0.02")
    assert practice.max_order_notional == Decimal(250_000)


def test_the_caps_of_real_money_never_raise_a_limit():
    settings = Settings(trading={"max_order_notional": "5"}, live={"max_order_notional": "500"})

    assert risk_limits(settings, Mode.LIVE).max_order_notional == Decimal(5)
