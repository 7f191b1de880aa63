"""The beat, and workers that are killed."""

import os
import signal
import subprocess
import sys

from bench.stage import ROOT


class Workers:
    """``count`` workers of two processes each; LINE gets so many pushes a second from all of them."""

    def __init__(self, line_url: str, per_second: int, count: int = 2) -> None:
        self.environment = {
            **os.environ,
            "ENGINES_HELD": "1",
            "LINE_API_URL": line_url,
            "LINE_PUSH_PER_SECOND": str(per_second),
            "WAKEUP_TICK_SECONDS": "1",
            "PYTHONWARNINGS": "ignore",
        }
        self.beat = self.start("-A config -q beat -l error")
        self.workers = [self.start_worker() for _number in range(count)]

    def start(self, line: str) -> "subprocess.Popen[bytes]":
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            [sys.executable, "-m", "celery", *line.split()],
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
            stdout=quiet,
            stderr=quiet,
        )

    def start_worker(self) -> "subprocess.Popen[bytes]":
        return self.start(
            "-A bench.faults.worker -q worker -Q celery,dispatch -c 2 -l error --without-mingle --without-gossip"
        )

    def kill_one(self, number: int) -> None:
        """Kill one of them, in turn by ``number``, and start another in its place."""
        place = number % len(self.workers)
        worker = self.workers[place]
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        self.workers[place] = self.start_worker()

    def end(self) -> None:
        for process in (self.beat, *self.workers):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
