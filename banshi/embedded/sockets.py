"""Where a part's unix socket goes."""

import hashlib
import os
import tempfile
from pathlib import Path

from banshi.embedded.process import SystemUser

# What the shortest limit of a supported system (macOS) leaves beside the longest socket name.
LONGEST_FOLDER = 104 - len("/.s.PGSQL.5432.lock") - 1


def socket_folder(folder: Path) -> Path:
    """`folder` itself, or a short stand-in when its path is too long for a socket."""
    folder = folder.absolute()
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"banshi-{os.geteuid()}-{digest}"


def make_private(folder: Path, user: SystemUser | None) -> None:
    """Make a folder that only `user` (or the account this runs as) may enter.

    Raises PermissionError when it exists and is somebody else's: the temporary folder is shared.
    """
    uid = os.geteuid() if user is None else user.uid
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid not in {os.geteuid(), uid} or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to another account")
    if user is not None:
        os.chown(folder, *user)
