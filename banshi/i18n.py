"""`banshi i18n`: the catalogues held against the source."""

import click

from banshi.catalogues import problems, update, used_messages


@click.group()
def command() -> None:
    """Check and update the catalogues in locales/."""


@command.command()
def check() -> None:
    """Fail, naming file and msgid, for whatever is missing, left over or wrong."""
    used = used_messages()
    found = list(problems(used))
    for line in found:
        click.echo(line, err=True)
    if found:
        raise click.ClickException(f"{len(found)} problems in the catalogues")
    click.echo(f"{len(used)} messages, all there in both languages")


@command.command("update")
@click.argument("parts", nargs=-1)
def update_command(parts: tuple[str, ...]) -> None:
    """Add missing messages to the parts that fit (all, or PARTS); name those without Chinese."""
    for msgid in update(used_messages(), parts):
        click.echo(f'waits for its Chinese text: "{msgid}"')
