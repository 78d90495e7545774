"""Keep a person's own keys: a preset and what was changed in it, as a file to be shared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fks_desk.core.errors import ConfigError
from fks_desk.ui.actions.presets import Keys, Preset, preset_keys
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.text import tr

VERSION = 1
_LARGEST_BYTES = 200_000


class Keymap:
    """Change keys in the registry and keep them in a file.

    A map that would make a key mean two things is refused as a whole and told; the
    keys of before stay.
    """

    def __init__(self, *, registry: ActionRegistry, file: Path) -> None:
        self.preset = Preset.TRADINGVIEW
        self._registry = registry
        self._file = file
        self._own: dict[str, tuple[str, ...]] = {}

    @property
    def own(self) -> Keys:
        """Return what differs from the preset, by action id."""
        return dict(self._own)

    def load(self) -> None:
        """Take the keys of the file, if there is one; raises `ConfigError` if it is damaged."""
        if self._file.exists():
            self.bring(self._file, is_kept=False)

    def choose(self, preset: Preset) -> None:
        """Take a preset's keys, without any change of one's own."""
        self._take(preset, {})
        self._save()

    def remap(self, action_id: str, keys: Iterable[str]) -> None:
        """Give an action other keys, or raise `ConfigError` naming the clash."""
        self._registry.remap(action_id, keys)
        self._own[action_id] = self._registry.keys(action_id)
        self._save()

    def reset(self, action_id: str) -> None:
        """Give an action the preset's keys again."""
        keys = preset_keys(self.preset).get(action_id, self._registry.default_keys(action_id))
        self._registry.remap(action_id, keys)
        self._own.pop(action_id, None)
        self._save()

    def export(self, file: Path) -> None:
        """Write the keys to be shared, or raise `ConfigError`."""
        own = {name: list(keys) for name, keys in sorted(self._own.items())}
        content = {"version": VERSION, "preset": self.preset.value, "keys": own}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                tr("The keys could not be written to {file}: {cause}", file=file, cause=str(error))
            ) from error

    def bring(self, file: Path, *, is_kept: bool = True) -> None:
        """Take the keys of a file, or raise `ConfigError` and change nothing."""
        preset, own = _read(file)
        self._take(preset, own)
        if is_kept:
            self._save()

    def _take(self, preset: Preset, own: Keys) -> None:
        self._registry.use({**preset_keys(preset), **own})
        self._registry.types_symbols = preset.types_symbols
        self.preset, self._own = preset, dict(own)

    def _save(self) -> None:
        self.export(self._file)


def _read(file: Path) -> tuple[Preset, Keys]:
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise ConfigError(_damaged(file))
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ConfigError(tr("{file} is a key map of another version.", file=file.name))
        own = {str(name): tuple(map(str, keys)) for name, keys in content["keys"].items()}
        return Preset(content["preset"]), own
    except FileNotFoundError as error:
        raise ConfigError(tr("There is no file {file}.", file=file)) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(_damaged(file)) from error


def _damaged(file: Path) -> str:
    return tr("{file} is no key map of this desk; the keys stay as they are.", file=file.name)
