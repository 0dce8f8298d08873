"""`banshi staff`: accounts of the halls' staff."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import click

from services import catalog, identity
from services.identity import CreateStaff, Role
from services.kernel import database
from services.kernel.actor import SYSTEM, RoleAt
from services.kernel.clock import SystemClock
from services.kernel.errors import DomainError, InvalidInput
from services.kernel.translations import Language, translate

Task = Callable[[datetime], Awaitable[str]]
ROLES = ", ".join(Role)


class RoleParameter(click.ParamType[RoleAt]):
    """`clerk:dongchangfu` for one office, `auditor` for all."""

    name = "role"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> RoleAt:
        """A role of ours; the office is looked up when the command runs."""
        name, _, office_code = str(value).partition(":")
        if name not in set(Role):
            self.fail(f"{name!r} is no role; the roles are {ROLES}", param, context)
        return RoleAt(name, office_code or None)


roles_option = click.option(
    "--role",
    "roles",
    type=RoleParameter(),
    multiple=True,
    required=True,
    metavar="ROLE[:OFFICE]",
    help=f"One of {ROLES}; at one office, or without :OFFICE at all. May be repeated.",
)
password_option = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Read the password from a file, or from standard input (-); asked for if left out.",
)


@click.group()
def command() -> None:
    """Accounts of the halls' staff: who they are and what they may do."""


@command.command()
@click.argument("username")
@click.option("--name", "display_name", required=True, help="What colleagues and the hall see.")
@roles_option
@password_option
def create(
    username: str, display_name: str, roles: tuple[RoleAt, ...], password_file: Path | None
) -> None:
    """Make an account. Its holder enrols a second factor at the first sign-in."""
    password = _password(password_file)

    async def task(now: datetime) -> str:
        await _check_offices(roles)
        new = CreateStaff(
            username=username, display_name=display_name, password=password, roles=roles
        )
        await identity.create_staff(SYSTEM, new, now)
        return f"{username} can sign in at /staff/sign-in"

    _run(task)


@command.command("list")
def list_accounts() -> None:
    """Show every account with its roles."""

    async def task(_now: datetime) -> str:
        lines = []
        for member in await identity.staff_members():
            held = ", ".join(
                f"{role.role}:{role.office_code}" if role.office_code else role.role
                for role in member.roles
            )
            state = "deactivated" if member.deactivated_at else held
            lines.append(f"{member.username}\t{member.display_name}\t{state}")
        return "\n".join(lines) or "no accounts yet"

    _run(task)


@command.command("set-roles")
@click.argument("username")
@roles_option
def set_roles(username: str, roles: tuple[RoleAt, ...]) -> None:
    """Replace somebody's roles, from their next click on."""

    async def task(now: datetime) -> str:
        await _check_offices(roles)
        member = await identity.staff_by_username(username)
        await identity.set_roles(SYSTEM, member.id, roles, now)
        return f"{username} has new roles"

    _run(task)


@command.command()
@click.argument("username")
def deactivate(username: str) -> None:
    """Close an account for good and end its sessions at once."""

    async def task(now: datetime) -> str:
        member = await identity.staff_by_username(username)
        await identity.deactivate_staff(SYSTEM, member.id, now)
        return f"{username} is deactivated and signed out"

    _run(task)


@command.command("reset-totp")
@click.argument("username")
def reset_totp(username: str) -> None:
    """Forget the second factor: the next sign-in enrols a new one. Ends sessions."""

    async def task(now: datetime) -> str:
        member = await identity.staff_by_username(username)
        await identity.reset_totp(SYSTEM, member.id, now)
        return f"{username} enrols a new second factor at the next sign-in"

    _run(task)


@command.command("reset-password")
@click.argument("username")
@password_option
def reset_password(username: str, password_file: Path | None) -> None:
    """Set a new password and lift a pause after wrong tries. Ends sessions."""
    password = _password(password_file)

    async def task(now: datetime) -> str:
        member = await identity.staff_by_username(username)
        await identity.reset_password(SYSTEM, member.id, password, now)
        return f"{username} has a new password"

    _run(task)


def _password(file: Path | None) -> str:
    """From the prompt, a file or standard input; never an argument, which every process can read.

    One line end after the password is not part of it.
    """
    if file is None:
        prompted: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return prompted
    with click.open_file(str(file), encoding="utf-8") as source:
        text: str = source.read()
    return text.removesuffix("\n").removesuffix("\r")


async def _check_offices(roles: tuple[RoleAt, ...]) -> None:
    for held in roles:
        if held.office_code:
            await catalog.office(held.office_code)


def _run(task: Task) -> None:
    async def run() -> str:
        await database.open_pool()
        try:
            return await task(SystemClock().now())
        finally:
            await database.close_pool()

    try:
        click.echo(asyncio.run(run()))
    except InvalidInput as error:
        said = [translate(each.message, Language.ENGLISH, **each.data) for each in error.errors]
        raise click.ClickException("\n".join(said)) from error
    except DomainError as error:
        raise click.ClickException(
            translate(error.message, Language.ENGLISH, **error.data)
        ) from error
