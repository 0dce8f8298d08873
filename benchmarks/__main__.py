"""`make bench`: every benchmark, one after the other, so that none disturbs another."""

import subprocess
import sys

from benchmarks import NAMES

for name in sys.argv[1:] or NAMES:
    subprocess.run([sys.executable, "-m", "banshi", "bench", name, "--json"], check=True)
