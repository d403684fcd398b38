"""The `ambassador` command; also `python -m ambassador`."""

from __future__ import annotations

from ambassador.cli.commands import main

if __name__ == "__main__":
    main()
