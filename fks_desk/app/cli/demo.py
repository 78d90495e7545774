"""Open the window in demo mode, or take a picture of it without a display."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.restarting import RESTART, restart
from fks_desk.app.uncollected import uncollected
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Timeframe

_PICTURE = (1600, 1000)


@exits_cleanly
def demo(
    screenshot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Play a short tour, write this picture and end."),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            min=5.0, metavar="SECONDS", help="How long the tour takes before the picture."
        ),
    ] = 20.0,
    size: Annotated[
        str | None,
        typer.Option(
            help="Window size such as 1366x768; without a display 1600x1000.", metavar="WxH"
        ),
    ] = None,
    paper: Annotated[
        bool, typer.Option("--paper", help="Trade on paper: matched here, on the same prices.")
    ] = False,
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Play this candle file or recording as live trades instead."
        ),
    ] = None,
    symbol: Annotated[
        str, typer.Option(metavar="BASE/QUOTE", help="Symbol of the replayed file.")
    ] = "BTC/USDT",
    timeframe: Annotated[
        Timeframe, typer.Option(help="Timeframe of the replayed file.")
    ] = Timeframe.M5,
    speed: Annotated[
        float,
        typer.Option(min=0.01, metavar="TIMES", help="Market seconds per second of a replay."),
    ] = 60.0,
) -> None:
    """Open the desk on the built-in exchange: no account, no key, no network.

    Without a display the desk renders offscreen for the given seconds, writes
    a picture and says where it is.

    Exit codes: 0 closed in order, 1 a part could not start, 2 the command or the
    settings are wrong.
    """
    if screenshot is None and not has_display():
        screenshot = Path("fks-desk.png").absolute()
        typer.echo("no display found: rendering offscreen")
    if screenshot is not None and not screenshot.absolute().parent.is_dir():
        raise ConfigError(
            f"there is no folder {screenshot.parent} for the picture; make it or choose another"
        )
    wanted = _size(size)
    if screenshot is not None and not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        # There the screen is a small square, which no desk stands on.
        wanted = wanted or _PICTURE
    raise typer.Exit(
        open_desk(
            screenshot,
            seconds,
            wanted,
            _replayed(replay, symbol, timeframe, speed),
            is_paper=paper,
        )
    )


def open_desk(
    screenshot: Path | None = None,
    seconds: float = 20.0,
    size: tuple[int, int] | None = None,
    replayed: tuple[Path, str, Timeframe, float] | None = None,
    *,
    is_paper: bool = False,
    is_chosen: bool = False,
) -> int:
    """Open the window and return the exit code.

    On the demo exchange, on a replayed file, or with the account that was chosen.
    """
    with uncollected():
        code = _open_desk(
            screenshot, seconds, size, replayed, is_paper=is_paper, is_chosen=is_chosen
        )
    if code == RESTART:
        restart()
    return code


def _open_desk(
    screenshot: Path | None,
    seconds: float,
    size: tuple[int, int] | None,
    replayed: tuple[Path, str, Timeframe, float] | None,
    *,
    is_paper: bool,
    is_chosen: bool,
) -> int:
    # Qt is loaded here, so that every other command works on a machine without it.
    from fks_desk.app.folders import Folders, default_root  # noqa: PLC0415
    from fks_desk.app.libraries import require_window_libraries  # noqa: PLC0415
    from fks_desk.app.settings import load_settings  # noqa: PLC0415
    from fks_desk.app.world import demo_world, replay_world, world_of  # noqa: PLC0415

    require_window_libraries()
    from fks_desk.app.accounts.book import AccountBook  # noqa: PLC0415
    from fks_desk.app.desktop import DesktopOptions, run_desktop  # noqa: PLC0415

    folders = Folders(root=default_root())
    folders.make()
    settings = load_settings(folders.settings_file)
    book = AccountBook(
        folders=folders,
        clock=SystemClock(),
        named=settings.account.id,
        stand_in=settings.account.stand_in,
    )
    world = demo_world(settings.demo, is_paper=is_paper)
    entry = book.opened() if is_chosen else None
    if entry is not None:
        world = world_of(entry, settings)
    if replayed is not None:
        file, symbol, timeframe, speed = replayed
        world = replay_world(
            file, symbol=symbol, timeframe=timeframe, speed=speed, settings=settings.demo
        )
    code = run_desktop(
        DesktopOptions(
            settings=settings,
            folders=folders,
            world=world,
            size=size,
            screenshot=screenshot,
            seconds=seconds,
            accounts=book,
            entry=entry,
        )
    )
    if screenshot is not None and code == 0:
        typer.echo(f"wrote {screenshot}")
    return code


def has_display() -> bool:
    """Tell whether a window can be shown; a platform that was asked for counts."""
    if sys.platform in {"win32", "darwin"} or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _replayed(
    file: Path | None, symbol: str, timeframe: Timeframe, speed: float
) -> tuple[Path, str, Timeframe, float] | None:
    if file is None:
        return None
    # pyarrow loads slowly; a desk on made-up prices does without.
    from fks_desk.adapters.files.recordings import is_recording, read_recording  # noqa: PLC0415

    if file.exists() and is_recording(file):
        symbol = read_recording(file).instrument.rpartition(":")[2]
        return file, symbol, Timeframe.M1, speed
    if not file.is_file():
        raise ConfigError(
            f"there is no file {file} to replay; give the path of a candle file or a recording"
        )
    return file, symbol, timeframe, speed


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ConfigError(f"a size is written like 1366x768, was {text!r}")
    return int(width), int(height)
