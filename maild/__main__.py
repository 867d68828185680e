"""The program: `maild`, or `python -m maild`."""

from __future__ import annotations

from maild.cli.root import maild


def main() -> None:
    """Run the command line and exit with its code."""
    maild.main(prog_name="maild")


if __name__ == "__main__":
    main()
