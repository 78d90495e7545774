"""Open a file as what its first bytes say it is, whatever its name says."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from fks_desk.core.errors import DataError

# A year of minutes is 50 MB of text; text like this shrinks three- to tenfold.
LARGEST = 1_000_000_000
FREE_SIZE = 16_000_000
LARGEST_RATIO = 100
BLOCK = 1 << 20


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Layout(StrEnum):
    """Name how a file holds its rows."""

    TEXT = "text"
    FEATHER = "feather"
    PARQUET = "parquet"
    ROWS = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Hold a file's unpacked bytes and what they are."""

    layout: Layout
    data: bytes


_MAGIC = {
    b"ARROW1": Layout.FEATHER,
    b"FEA1": Layout.FEATHER,
    b"PAR1": Layout.PARQUET,
}
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def open_content(path: Path) -> Content:
    """Return the file's content, unpacked if it is a gzip or zip archive.

    Raises `DataError` for a file that is missing, empty, damaged, too large when
    unpacked, or no candle file at all.
    """
    try:
        with path.open("rb") as file:
            data = _unpacked(file, path)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; check the path") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; name one file in it") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if not data.strip():
        raise DataError(f"{path} is empty; download it again")
    for magic, layout in _MAGIC.items():
        if data.startswith(magic):
            return Content(layout=layout, data=data)
    text = _plain_text(data, path)
    is_list = text[:64].lstrip().startswith(b"[")
    return Content(layout=Layout.ROWS if is_list else Layout.TEXT, data=text)


def _unpacked(file: BinaryIO, path: Path) -> bytes:
    packed = path.stat().st_size
    head = file.read(4)
    file.seek(0)
    try:
        if head.startswith(b"\x1f\x8b"):
            return _read(gzip.GzipFile(fileobj=file), packed, path)
        if head.startswith(b"PK\x03\x04"):
            return _read_zip(file, packed, path)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is damaged: {error}; download it again") from error
    return _read(file, packed, path)


def _read_zip(file: BinaryIO, packed: int, path: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) != 1:
            raise DataError(
                f"{path} holds {len(members)} files; unpack it and import them one by one"
            )
        if members[0].flag_bits & 1:
            raise DataError(f"{path} is encrypted; unpack it first")
        try:
            with archive.open(members[0]) as inner:
                return _read(inner, packed, path)
        except NotImplementedError as error:
            raise DataError(f"{path} is packed in a way we cannot read; unpack it first") from error


def _read(file: _Readable, packed: int, path: Path) -> bytes:
    """Read to the end, but never more than a file of this size can honestly hold."""
    whole = io.BytesIO()
    while block := file.read(BLOCK):
        whole.write(block)
        size = whole.tell()
        if size > LARGEST or (size > FREE_SIZE and size > packed * LARGEST_RATIO):
            raise DataError(
                f"{path} unpacks to more than {size:,} bytes from {packed:,}, "
                "which no candle file does; it was not read further"
            )
    return whole.getvalue()


def _plain_text(data: bytes, path: Path) -> bytes:
    """Return UTF-8 without a byte order mark."""
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode()
            except UnicodeDecodeError:
                break
    if b"\0" in data[:BLOCK]:
        raise DataError(
            f"{path} is a binary file of an unknown kind; import csv, feather or parquet"
        )
    return data
