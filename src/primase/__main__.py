"""``python -m primase``."""

from primase.cli import main

main()
