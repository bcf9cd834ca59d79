"""``primase zoo``: what systems there are."""

import click


@click.group("zoo", short_help="What systems there are, and their cards.")
def command() -> None:
    """Show the systems that can be trained."""


@command.command("list", short_help="The names of all systems.")
def list_systems() -> None:
    """List the systems; nothing heavy is loaded."""
    from primase.core import registry

    for name in registry.names("primase.zoo"):
        click.echo(name)


@command.command("show", short_help="The card of one system.")
@click.argument("name")
def show(name: str) -> None:
    """Print the card of system NAME."""
    from primase import zoo
    from primase.reporting.zoo_pages import render_card

    click.echo(render_card(zoo.system_module(name).CARD))
