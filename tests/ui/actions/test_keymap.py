from __future__ import annotations

import json
from pathlib import Path

import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.keymap import Keymap
from fks_desk.ui.actions.presets import Preset, preset_keys
from fks_desk.ui.actions.registry import ActionRegistry


def fill(registry: ActionRegistry) -> None:
    for name, keys in (("left", ("Left",)), ("undo", ("Ctrl+Z",)), ("symbol", ())):
        action = Action(id=f"chart.{name}", title=name, category="Chart", keys=keys, context=CHART)
        registry.register(action, lambda: None)


@pytest.fixture
def keymap(registry: ActionRegistry, tmp_path: Path) -> Keymap:
    fill(registry)
    return Keymap(registry=registry, file=tmp_path / "keys.json")


def test_a_preset_changes_the_keys_and_comes_back_after_a_restart(
    keymap: Keymap, registry: ActionRegistry, tmp_path: Path
) -> None:
    keymap.choose(Preset.VIM)
    assert registry.keys("chart.left") == ("H", "Left")
    assert not registry.types_symbols

    later = ActionRegistry()
    again = Keymap(registry=later, file=tmp_path / "keys.json")
    again.load()
    fill(later)

    assert later.keys("chart.left") == ("H", "Left")
    assert again.preset is Preset.VIM


def test_one_s_own_keys_go_over_the_preset_and_can_be_given_up(
    keymap: Keymap, registry: ActionRegistry
) -> None:
    keymap.choose(Preset.VIM)
    keymap.remap("chart.undo", ["Ctrl+U"])
    assert keymap.own == {"chart.undo": ("Ctrl+U",)}
    keymap.reset("chart.undo")

    assert registry.keys("chart.undo") == ("U", "Ctrl+Z")
    assert keymap.own == {}


def test_a_clash_is_told_and_changes_nothing(keymap: Keymap, registry: ActionRegistry) -> None:
    with pytest.raises(ConfigError, match=r"Left means both chart\.left and chart\.undo"):
        keymap.remap("chart.undo", ["Left"])

    assert registry.keys("chart.undo") == ("Ctrl+Z",)


def test_an_exported_map_is_imported_on_another_desk(keymap: Keymap, tmp_path: Path) -> None:
    keymap.remap("chart.undo", ["Ctrl+U"])
    keymap.export(tmp_path / "shared.json")
    registry = ActionRegistry()
    fill(registry)
    other = Keymap(registry=registry, file=tmp_path / "other.json")
    other.bring(tmp_path / "shared.json")

    assert registry.keys("chart.undo") == ("Ctrl+U",)
    assert (tmp_path / "other.json").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "no key map"),
        ("[]", "no key map"),
        ('{"version": 9, "preset": "vim", "keys": {}}', "another version"),
        ('{"version": 1, "preset": "emacs", "keys": {}}', "no key map"),
        ('{"version": 1, "preset": "vim", "keys": {"chart.left": ["Banana+X"]}}', "no keys"),
        (
            '{"version": 1, "preset": "tradingview", "keys": {"chart.left": ["Ctrl+Z"]}}',
            "two things",
        ),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_whole(
    keymap: Keymap, registry: ActionRegistry, tmp_path: Path, content: str, why: str
) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content)
    with pytest.raises(ConfigError, match=why):
        keymap.bring(file)

    assert registry.keys("chart.left") == ("Left",)


def test_a_map_that_is_not_there_is_no_map(keymap: Keymap, tmp_path: Path) -> None:
    keymap.load()
    with pytest.raises(ConfigError, match="no file"):
        keymap.bring(tmp_path / "none.json")


def test_presets_are_plain_json(keymap: Keymap) -> None:
    for preset in Preset:
        assert json.dumps(dict(preset_keys(preset)))
