"""Accounts are listed in a file, their keys are not; a mode never changes."""

from __future__ import annotations

import json
from pathlib import Path

import keyring
import pytest

from fks_desk.app.accounts.book import AccountBook
from fks_desk.core.accounts import AccountEntry, NewAccount
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, SecretError
from fks_desk.core.model import AccountId, Mode
from fks_desk.core.secret import Secret
from fks_desk.venue.keys import KeyRights
from tests.app.accounts.conftest import KEY, SECRET, stand_in, wanted
from tests.fakes.keyrings import Plain


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_at_first_there_are_the_demo_and_the_paper_account(book):
    listing = book.listing()

    assert [(one.id, one.mode) for one in listing.entries] == [
        ("demo", Mode.DEMO),
        ("paper", Mode.PAPER),
        ("perpetual", Mode.DEMO),
    ]
    assert listing.chosen == "demo"
    assert (listing.is_locked, listing.sealed_in) == (False, "")


def test_a_key_is_in_the_keyring_and_in_no_file(book, ring, folders):
    book.add(wanted())

    assert [one.id for one in book.listing().entries] == ["demo", "paper", "perpetual", "main"]
    assert KEY in ring.rows["fks-desk", "account/main"]
    assert KEY.encode() not in bytes_in(folders.root)
    assert SECRET.encode() not in bytes_in(folders.root)
    assert (folders.root / "accounts.json").stat().st_mode & 0o077 == 0


def test_the_log_is_told_to_hide_a_key_as_soon_as_it_is_known(ring, folders):
    hidden: list[str] = []
    book = AccountBook(folders=folders, clock=SystemClock(), hide=hidden.append)
    book.add(wanted())

    assert {KEY, SECRET} <= set(hidden)


def test_blanks_around_a_pasted_key_are_no_part_of_it(book):
    book.add(wanted(key=f" {KEY}\n", secret=f"\t{SECRET} "))
    access = book.access(book.listing().entries[-1])

    assert access.sealed.key.reveal == KEY
    assert access.sealed.secret.reveal == SECRET


@pytest.mark.parametrize(
    "name", ["demo", "paper", "perpetual", "replay", "Main", "a", "x y", "-a", "a" * 25]
)
def test_a_name_is_short_small_and_not_taken(book, name):
    with pytest.raises(ConfigError, match="name"):
        book.add(wanted(name))


def test_two_accounts_are_not_called_the_same(book):
    book.add(wanted())
    with pytest.raises(ConfigError, match="main already"):
        book.add(wanted())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (wanted(exchange="kraken"), "binance and binanceusdm, was 'kraken'"),
        (wanted(mode=Mode.DEMO), "paper, testnet or live"),
        (wanted(key="  "), "needs its key and its secret"),
    ],
)
def test_what_cannot_be_opened_is_not_listed(book, entry, words):
    with pytest.raises(ConfigError, match=words):
        book.add(entry)

    assert len(book.listing().entries) == 3


def test_a_paper_account_has_no_key(book):
    book.add(wanted("sheet", Mode.PAPER))
    entry = AccountEntry(id=AccountId("note"), exchange="binance", mode=Mode.PAPER, title="Note")
    with pytest.raises(ConfigError, match="nothing of it is ever signed"):
        book.add(NewAccount(entry=entry, key=Secret(KEY), secret=Secret(SECRET)))

    access = book.access(book.listing().entries[-1])
    assert access.sealed is None
    assert access.options().credentials is None


def test_an_accounts_mode_never_changes(book, folders):
    book.add(wanted(mode=Mode.TESTNET))
    file = folders.root / "accounts.json"
    file.write_text(file.read_text().replace("testnet", "live"))
    entry = book.listing().entries[-1]

    assert entry.mode is Mode.LIVE
    with pytest.raises(ConfigError, match=r"stored for testnet .* never changes"):
        book.access(entry)


def test_the_chosen_account_opens_at_the_next_start(book):
    book.add(wanted())
    words = book.choose(AccountId("main"))

    assert "from its next start on" in words
    assert book.opened().id == "main"
    assert book.listing().chosen == "main"
    with pytest.raises(ConfigError, match="there are demo, paper, perpetual, main"):
        book.choose(AccountId("other"))


def test_the_settings_name_goes_before_a_choice(ring, folders):
    AccountBook(folders=folders, clock=SystemClock()).add(wanted())
    named = AccountBook(folders=folders, clock=SystemClock(), named="main")

    assert named.opened().id == "main"
    with pytest.raises(ConfigError, match="FKS_ACCOUNT__ID"):
        named.choose(AccountId("demo"))


def test_forgetting_takes_the_key_along_and_the_demo_takes_its_place(book, ring):
    book.add(wanted())
    book.choose(AccountId("main"))
    book.remove(AccountId("main"))

    assert ring.rows == {}
    assert book.opened().id == "demo"
    with pytest.raises(ConfigError, match="stays"):
        book.remove(AccountId("demo"))


@pytest.mark.parametrize("text", ["{", '{"accounts": [{}]}', '{"accounts": 1}', "[]"])
def test_a_damaged_list_names_its_file(book, folders, text):
    (folders.root / "accounts.json").write_text(text)
    with pytest.raises(ConfigError, match=r"accounts\.json"):
        book.listing()


def test_without_a_keyring_a_passphrase_seals_the_file(folders):
    before = keyring.get_keyring()
    keyring.set_keyring(Plain())
    try:
        book = AccountBook(folders=folders, clock=SystemClock())

        assert (book.listing().is_locked, book.listing().is_new) == (True, True)
        with pytest.raises(SecretError, match="no keyring"):
            book.add(wanted())
        with pytest.raises(SecretError, match="8 characters or more, had 5"):
            book.add(wanted(), Secret("short"))
        book.add(wanted(), Secret("long enough"))
        assert not book.listing().is_locked

        later = AccountBook(folders=folders, clock=SystemClock())
        entry = later.listing().entries[-1]
        assert (later.listing().is_locked, later.listing().is_new) == (True, False)
        with pytest.raises(SecretError, match="does not open"):
            later.access(entry, Secret("something else"))
        access = later.access(entry, Secret("long enough"))
    finally:
        keyring.set_keyring(before)

    assert access.sealed.key.reveal == KEY
    assert KEY.encode() not in bytes_in(folders.root)
    assert b"long enough" not in bytes_in(folders.root)


def test_a_key_is_checked_at_the_exchange_and_its_owner_remembered(ring, folders, tmp_path):
    with stand_in(tmp_path / "venue", rights=KeyRights(is_bound_to_ip=False)) as venue:
        address = f"http://127.0.0.1:{venue.port}"
        book = AccountBook(folders=folders, clock=SystemClock(), stand_in=address)
        book.add(wanted(key=venue.api_key, secret=venue.secret))
        found = book.check(AccountId("main"))

        assert found.identity == str(venue.uid)
        assert "bind it to this machine" in found.warnings[0]
        assert json.loads(ring.rows["fks-desk", "account/main"])["identity"] == str(venue.uid)

        sealed = ring.rows["fks-desk", "account/main"]
        ring.rows["fks-desk", "account/main"] = sealed.replace(str(venue.uid), "4711")
        with pytest.raises(ConfigError, match=rf"another account than before: {venue.uid}"):
            book.check(AccountId("main"))


def test_a_key_that_may_withdraw_is_refused_and_a_stranger_told(ring, folders, tmp_path):
    with stand_in(tmp_path / "venue", rights=KeyRights(can_withdraw=True)) as venue:
        address = f"http://127.0.0.1:{venue.port}"
        book = AccountBook(folders=folders, clock=SystemClock(), stand_in=address)
        book.add(wanted(key=venue.api_key, secret=venue.secret))
        book.add(wanted("wrong", key="nobodys", secret=venue.secret))
        book.add(wanted("practice", Mode.TESTNET, key=venue.api_key, secret=venue.secret))

        with pytest.raises(ConfigError, match="may withdraw money"):
            book.check(AccountId("main"))
        with pytest.raises(ConfigError, match="does not accept the API key"):
            book.check(AccountId("wrong"))
        # Test money cannot be taken away, and the test exchange tells no rights.
        assert book.check(AccountId("practice")).identity == str(venue.uid)


def test_there_is_nothing_to_check_of_a_paper_account(book):
    with pytest.raises(ConfigError, match="no key"):
        book.check(AccountId("paper"))


@pytest.mark.parametrize(
    "address",
    ["http://example.org:80", "https://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1:0"],
)
def test_a_stand_in_is_on_this_machine(ring, folders, address):
    book = AccountBook(folders=folders, clock=SystemClock(), stand_in=address)
    book.add(wanted())
    with pytest.raises(ConfigError, match="on this machine"):
        book.access(book.listing().entries[-1]).options()


def test_without_a_stand_in_the_exchanges_own_machines_are_asked(book):
    book.add(wanted())
    book.add(wanted("practice", Mode.TESTNET))
    live, practice = (book.access(one).options() for one in book.listing().entries[-2:])

    assert "api.binance.com" in live.hosts
    assert practice.hosts.isdisjoint(live.hosts)
    assert (live.venue, practice.venue) == ("binance", "binance-test")
    assert dict(live.overrides) == {}
