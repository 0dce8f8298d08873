"""Write the secrets that docker-compose.yml names; what is there already is left alone.

    sudo python3 deploy/make_secrets.py

Needs Python alone. The two that only you know, the passwords of the mail server and of the SMS
gateway, are asked for. Keep a copy of deploy/secrets/keys where the database's backups are not:
without it they cannot be read, and with both anybody can.
"""

import base64
import getpass
import json
import os
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "secrets"
# The account inside the image (deploy/Dockerfile), which also rewrites the keys file.
IMAGE_UID = 10001
ASKED = {
    "banshi_smtp_password": "Password for the mail server",
    "banshi_sms_gateway_token": "Token for the SMS gateway",
}


def read_or_write(name: str, value: str) -> str:
    """The secret of that name, which is `value` if there was none.

    Readable by every account of the containers that it is mounted into; on this machine the
    folder around it lets only its owner pass.
    """
    path = FOLDER / name
    if not path.exists():
        path.write_text(value)
        path.chmod(0o444)
    return path.read_text()


def make_keys(folder: Path) -> None:
    """Write the keys file, in a folder of its own that the image's account may write to."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "keys.json"
    if not path.exists():

        def key() -> str:
            return base64.b64encode(secrets.token_bytes(32)).decode()

        keys = {"active": "k1", "data": {"k1": key()}, "index": key(), "audit": key()}
        path.touch(mode=0o600)
        path.write_text(json.dumps(keys, indent=2))
    os.chown(folder, IMAGE_UID, IMAGE_UID)
    os.chown(path, IMAGE_UID, IMAGE_UID)


def main() -> None:
    """Write every secret."""
    if os.geteuid() != 0:
        sys.exit("run this as root: the keys file has to belong to the image's account")
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    read_or_write("postgres_password", secrets.token_urlsafe(32))
    app = read_or_write("banshi_app_password", secrets.token_urlsafe(32))
    owner = read_or_write("banshi_owner_password", secrets.token_urlsafe(32))
    redis = read_or_write("redis_password", secrets.token_urlsafe(32))
    read_or_write("banshi_database_url", f"postgresql://banshi_app:{app}@postgres/banshitong")
    read_or_write(
        "banshi_database_owner_url", f"postgresql://banshi_owner:{owner}@postgres/banshitong"
    )
    read_or_write("banshi_redis_url", f"redis://:{redis}@redis:6379/0")
    read_or_write("banshi_web_secret", secrets.token_urlsafe(48))
    for name, question in ASKED.items():
        if not (FOLDER / name).exists():
            read_or_write(name, getpass.getpass(f"{question}: "))
    make_keys(FOLDER / "keys")
    print(f"the secrets are in {FOLDER}")


if __name__ == "__main__":
    main()
