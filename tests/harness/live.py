"""The web server and the worker as real processes, on one test worker's parts."""

import subprocess
from pathlib import Path

import httpx

from banshi.embedded.process import Program, start, stop, wait_until
from tests.harness.run import Worker


class LiveServer:
    """`banshi web` and `banshi worker`, and the address that people open."""

    def __init__(self, worker: Worker) -> None:
        self.url = worker.environment()["BANSHI_BASE_URL"]
        self.log_file: Path = worker.folder / "live.log"
        self._log = self.log_file.open("wb")
        self._programs = [
            worker.program("web", "--port", str(worker.web_port)),
            worker.program("worker"),
        ]
        self._running: list[tuple[subprocess.Popen[bytes], Program]] = []
        worker.web_listener.close()  # it only kept the port until now

    def start(self) -> None:
        """Start both and wait until the pages answer."""
        self._running = [(start(program, self._log), program) for program in self._programs]
        wait_until(self._answers, 60, self.log_file.read_text)

    def stop_web(self) -> None:
        """Stop the web server alone, as a new release does."""
        process, program = self._running[0]
        stop(process, program)

    def start_web(self) -> None:
        """Start it again and wait until the pages answer."""
        _, program = self._running[0]
        self._running[0] = start(program, self._log), program
        wait_until(self._answers, 60, self.log_file.read_text)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Stop both."""
        for process, program in self._running:
            stop(process, program)
        self._log.close()
