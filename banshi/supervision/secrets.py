"""The secrets of a demonstration, made on the first start and kept in its data folder."""

import os
import secrets
from pathlib import Path

from services.kernel.crypto import new_key_file, write_key_file

KEYS_FILE = "keys.json"
GENERATED = ("banshi_web_secret", "banshi_sms_gateway_token")


def make_secrets(folder: Path) -> None:
    """Write what is missing, each readable by its owner alone; what is there stays."""
    if not (folder / KEYS_FILE).exists():
        write_key_file(folder / KEYS_FILE, new_key_file())
    for name in GENERATED:
        if not (folder / name).exists():
            draft = folder / f".{name}.new"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            draft.rename(folder / name)
