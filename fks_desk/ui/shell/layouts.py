"""Keep named layouts as files, each whole or not at all."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from fks_desk.core.errors import ConfigError
from fks_desk.ui.text import tr

VERSION = 1
LAST = "last"  # what the window looked like when it was closed
_LARGEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Hold what a layout file says: the docks, the window's place, its theme and charts."""

    docks: str
    geometry: str = ""  # base64 of Qt's own format
    theme: str = ""
    charts: str = ""  # what each chart shows, as JSON
    version: int = VERSION

    def __post_init__(self) -> None:
        for name in ("docks", "geometry", "theme", "charts"):
            if not isinstance(getattr(self, name), str):
                raise ConfigError(tr("{field} in a layout must be text", field=name))
        if self.version != VERSION:
            raise ConfigError(
                tr("this desk reads layouts of version {known}", known=VERSION),
                version=self.version,
            )


class LayoutFolder:
    """Read and write the layouts of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the saved layouts, without the automatic one."""
        found = sorted(path.stem for path in self._folder.glob("*.json"))
        return [name for name in found if name != LAST]

    def save(self, name: str, layout: Layout) -> Path:
        """Write a layout, replacing an older one of that name in one step."""
        path = self._path(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace(path, json.dumps(asdict(layout), indent=1))
        except OSError as error:
            raise ConfigError(
                tr(
                    "The layout {name} could not be saved: {cause}",
                    name=name,
                    cause=error.strerror or str(error),
                )
            ) from error
        return path

    def load(self, name: str) -> Layout | None:
        """Return a layout, None if there is none; raise `ConfigError` if it is damaged."""
        path = self._path(name)
        try:
            if path.stat().st_size > _LARGEST_BYTES:
                raise ConfigError(_damaged(path), size=path.stat().st_size)
            return Layout(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(_damaged(path), cause=str(error)) from error

    def _path(self, name: str) -> Path:
        if not re.fullmatch(r"[\w \-]{1,60}", name):
            raise ConfigError(
                tr(
                    "A layout's name has letters, digits, spaces and dashes, was {name}",
                    name=repr(name),
                )
            )
        return self._folder / f"{name}.json"


def _damaged(path: Path) -> str:
    return tr("The layout file {file} is damaged; save it anew or delete it.", file=path.name)


def _replace(path: Path, text: str) -> None:
    """Write beside the target and move into place, so that no half file can exist."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
