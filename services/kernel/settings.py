"""Everything a deployment may set: from the environment, or from files in the secrets folder.

Business rules (how far ahead one may book, which seats are kept) are records, not settings.
"""

import os
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Where the program runs. Only `production` refuses insecure choices."""

    DEV = "dev"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """One field a setting; `BANSHI_<NAME>` in the environment, or a file `banshi_<name>`."""

    model_config = SettingsConfigDict(
        env_prefix="BANSHI_",
        secrets_dir=os.environ.get("BANSHI_SECRETS_DIR"),
        extra="forbid",
        frozen=True,
    )

    environment: Environment = Field(
        Environment.PRODUCTION, description="dev shows /dev pages; production demands https."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Public address, used in notices, QR codes and cookies.",
    )
    database_url: SecretStr = Field(
        description="PostgreSQL as the application's least-privileged role."
    )
    database_owner_url: SecretStr | None = Field(
        None, description="PostgreSQL as the owner of the schema; only `banshi migrate` reads it."
    )
    database_pool: int = Field(10, ge=1, le=200, description="Connections one process may hold.")
    redis_url: SecretStr = Field(
        description="Redis or Valkey: sessions, limits, queue, live pages."
    )
    keys_file: Path = Field(
        description="JSON file with the keys for personal data, look-ups and the audit chain."
    )
    web_secret: SecretStr = Field(
        min_length=32, description="Signs CSRF tokens; 32 random characters or more."
    )
    smtp_host: str = Field("127.0.0.1", description="SMTP server for notices.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")
    smtp_username: str | None = Field(None, description="SMTP user name, if it wants one.")
    smtp_password: SecretStr | None = Field(None, description="SMTP password.")
    smtp_starttls: bool = Field(
        default=True, description="Demand STARTTLS before anything is sent."
    )
    mail_from: str = Field("noreply@banshitong.invalid", description="Sender address of notices.")
    sms_gateway_url: str = Field(description="HTTP gateway that takes the text messages.")
    sms_gateway_token: SecretStr = Field(description="Bearer token for the gateway.")
    mailbox_dir: Path | None = Field(
        None, description="Where the embedded catchers keep what was sent; dev and test only."
    )
    webhooks_to_loopback: bool = Field(
        default=False,
        description="Whether partners' webhooks may go to this machine; dev and test only.",
    )
    trusted_proxies: str = Field(
        "",
        description="Reverse proxies whose X-Forwarded-For is believed: addresses or networks,"
        " separated by commas.",
    )
    log_format: str = Field(
        "json", pattern="^(json|console)$", description="json for machines, console for people."
    )

    @model_validator(mode="after")
    def _production_is_strict(self) -> "Settings":
        if self.environment is not Environment.PRODUCTION:
            return self
        if not self.base_url.startswith("https://"):
            raise ValueError("BANSHI_BASE_URL must start with https:// in production")
        if self.mailbox_dir is not None:
            raise ValueError("BANSHI_MAILBOX_DIR belongs to dev and test, not to production")
        if self.webhooks_to_loopback:
            raise ValueError("BANSHI_WEBHOOKS_TO_LOOPBACK belongs to dev and test, too")
        return self

    @property
    def secure(self) -> bool:
        """Whether cookies may only travel over https."""
        return self.base_url.startswith("https://")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the settings once a process. Raises pydantic.ValidationError naming what is missing."""
    return Settings()
