"""The folder that `banshi dev` keeps everything in, and who may use it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banshi.embedded.postgres import MAJOR_VERSION

MARKER = "banshitong.json"
LAYOUT = 1
# Git keeps an empty folder by such files, and desktops leave theirs.
HARMLESS = {".gitkeep", ".gitignore", ".DS_Store"}


class FolderRefusedError(Exception):
    """Not a folder to start on; the text is one line that says why and what to do."""


class DataFolder:
    """Where database, Redis, mailbox and secrets of one demonstration live."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.redis = self.path / "redis"
        self.mailbox = self.path / "mailbox"
        self.secrets = self.path / "secrets"
        self.pids = self.path / "pids"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder while the block runs; the kernel lets go of it even after a kill.

        Raises FolderRefusedError when it is foreign, of another version, in use or unwritable.
        """
        self._check()
        try:
            # Passable, for a database that runs as another account; what is in it is private.
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise FolderRefusedError(f"cannot write to {self.path}: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise FolderRefusedError(
                    f"{self.path} is in use by another banshi dev (process {holder});"
                    " stop that one, or name another folder with --data-dir"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            self._prepare()
            yield

    def _check(self) -> None:
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise FolderRefusedError(f"{self.path} is not a folder")
        marker = self.path / MARKER
        if not marker.exists():
            strangers = sorted({found.name for found in self.path.iterdir()} - HARMLESS - {"lock"})
            if strangers:
                raise FolderRefusedError(
                    f"{self.path} holds something else ({strangers[0]}, …);"
                    " name an empty or new folder with --data-dir"
                )
            return
        try:
            written = json.loads(marker.read_text())
            layout, postgres = int(written["layout"]), str(written["postgres"])
        except (ValueError, KeyError, TypeError) as error:
            raise FolderRefusedError(f"{marker} is not readable; is this our folder?") from error
        if layout > LAYOUT or postgres != MAJOR_VERSION:
            raise FolderRefusedError(
                f"{self.path} was written by another version (layout {layout}, PostgreSQL"
                f" {postgres}; this is {LAYOUT} and {MAJOR_VERSION}); use that version, or name"
                " another folder with --data-dir"
            )

    def _prepare(self) -> None:
        for folder in (self.mailbox, self.secrets, self.pids):
            folder.mkdir(mode=0o700, exist_ok=True)
        marker = self.path / MARKER
        if not marker.exists():
            marker.write_text(json.dumps({"layout": LAYOUT, "postgres": MAJOR_VERSION}))
