"""How much memory a block of a benchmark holds."""

import threading
from pathlib import Path


class Memory:
    """The most anonymous memory of this process while a block runs, in bytes, looked at every 10 ms.

    Libraries are included, mapped files are not. Of several blocks it is the most of all.
    """

    most = 0

    def __enter__(self) -> "Memory":
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._done.wait(0.01):
            lines = Path("/proc/self/status").read_text().splitlines()
            self.most = max(
                self.most, 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            )
