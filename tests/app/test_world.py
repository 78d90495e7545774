from __future__ import annotations

from decimal import Decimal

from fks_desk.app.settings import DemoSettings
from fks_desk.app.world import DEMO_SYMBOLS, demo_world, replay_world
from fks_desk.core.model import Mode, Timeframe


def option(world, name):
    return world.arguments[world.arguments.index(name) + 1]


def replayed(file, **changes):
    wish = {"symbol": "BTC/USDT", "timeframe": Timeframe.M5, "speed": 30.0, **changes}
    return replay_world(file, settings=DemoSettings(), **wish)


def test_the_demo_world_watches_its_five_pairs_and_shows_the_first():
    world = demo_world(DemoSettings())

    assert world.account.id == world.venue == world.folder == "demo"
    assert world.account.mode is Mode.DEMO
    assert [name.removeprefix("demo:spot:") for name in world.watched] == list(DEMO_SYMBOLS)
    assert not world.is_replayed


def test_the_venue_gets_what_the_settings_say():
    settings = DemoSettings(seed=3, messages_per_second=50.0, cash=Decimal("123.45"))

    world = demo_world(settings)

    assert option(world, "--seed") == "3"
    assert option(world, "--rate") == "50.0"
    assert option(world, "--cash") == "123.45"


def test_a_replay_has_an_account_and_a_ledger_of_its_own(tmp_path):
    world = replayed(tmp_path / "a.csv")

    assert world.account.id == world.venue == "replay"
    assert world.watched == ("replay:spot:BTC/USDT",)
    assert world.timeframe is Timeframe.M5
    assert world.is_replayed
    assert option(world, "--replay") == str(tmp_path / "a.csv")
    assert option(world, "--timeframe") == "5m"


def test_the_same_file_goes_on_with_the_same_ledger_and_another_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    again = replayed((tmp_path / "a.csv").relative_to(tmp_path), speed=1.0)

    assert replayed(tmp_path / "a.csv").folder == again.folder
    assert replayed(tmp_path / "b.csv").folder != again.folder
