"""Find a Chromium that works, or get one: `python -m tests.browser.chromium`.

In this order: the machine's own, Playwright's download, the system's package manager when root.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
PACKAGE_MANAGERS = (
    (("apt-get", "update"), ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")),
    (("dnf", "install", "--assumeyes", "chromium"),),
    (("apk", "add", "chromium"),),
)
# A browser inside a container has no user namespaces to make its sandbox from; root has no need.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
NONE_FOUND = (
    "No Chromium to run the browser tests in: install chromium or google-chrome with the system's"
    " package manager, then run this again."
)


class NoChromiumError(Exception):
    """Neither here nor to be had."""


def _candidates() -> Iterator[Path]:
    yield from (Path(found) for found in map(shutil.which, NAMES) if found)
    yield from (path for path in APPLICATIONS if path.exists())
    with sync_playwright() as playwright:
        downloaded = Path(playwright.chromium.executable_path)
    if downloaded.exists():
        yield downloaded


def _works(executable: Path) -> bool:
    """A browser on the disk may still lack its libraries, or be a stub that asks for snap."""
    command = [str(executable), "--headless", *FLAGS, "--dump-dom", "about:blank"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"<html>" in done.stdout


@lru_cache(maxsize=1)
def find() -> Path | None:
    """The first Chromium of this machine that can show a page."""
    return next(filter(_works, _candidates()), None)


def _run(*command: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def _download() -> bool:
    return _run(sys.executable, "-m", "playwright", "install", "chromium")


def _install() -> bool:
    if os.geteuid() != 0:
        return False
    for commands in PACKAGE_MANAGERS:
        if shutil.which(commands[0][0]):
            return all(_run(*command) for command in commands)
    return False


def find_or_get() -> Path:
    """A Chromium that works. Raises NoChromiumError."""
    ways: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("Playwright's download", _download),
        ("the system's package manager", _install),
    )
    found = find()
    for name, get in ways:
        if found:
            break
        print(f"no Chromium yet: trying {name} …", flush=True)
        if get():
            find.cache_clear()
            found = find()
    if found is None:
        raise NoChromiumError(NONE_FOUND)
    return found


if __name__ == "__main__":
    try:
        find_or_get()
    except NoChromiumError as error:
        sys.exit(str(error))
