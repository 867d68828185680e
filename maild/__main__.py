"""The program: `maild`, or `python -m maild`."""

from __future__ import annotations

import io
import sys

from maild.cli.root import maild


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a name that the terminal cannot show must not end the command half way
            stream.reconfigure(errors="backslashreplace")
    maild.main(prog_name="maild")


if __name__ == "__main__":
    main()
