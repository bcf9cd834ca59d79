"""``primase simulate``: data with a known truth."""

import click


@click.group("simulate", short_help="Make data with a known truth.")
def command() -> None:
    """Make data whose truth is known, to learn on and to test with."""
