"""Start the desk from the command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    # Imported here: a child process that only unpickles must not load the window.
    from fks_desk.app.cli.main import app  # noqa: PLC0415

    app()


if __name__ == "__main__":
    main()
