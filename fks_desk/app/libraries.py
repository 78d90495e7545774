"""Find the system libraries that Qt needs, and name the package of a missing one."""

from __future__ import annotations

import ctypes
import os
import sys

from fks_desk.core.errors import ConfigError

# Library to Debian package. The first group loads with Qt itself, the second with
# the plugin that opens windows under X11.
_ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
_X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
}


def missing_packages(*, with_x11: bool) -> list[str]:
    """Return the Debian packages whose libraries cannot be loaded here; none off Linux."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = {**_ALWAYS, **_X11} if with_x11 else _ALWAYS
    return [package for library, package in wanted.items() if not _can_load(library)]


def require_window_libraries() -> None:
    """Raise `ConfigError` naming the packages to install, before Qt ends the process."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    with_x11 = platform == "xcb" or (not platform and bool(os.environ.get("DISPLAY")))
    missing = missing_packages(with_x11=with_x11)
    if missing:
        raise ConfigError(
            f"the window needs system libraries that are missing here; install them with "
            f"sudo apt install {' '.join(missing)}"
        )


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
