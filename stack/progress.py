"""What the user sees while the stack works: lines with the time passed, and on a terminal what is under way."""

import os
import sys
import time

QUIET_SECONDS = 15


class Progress:
    """Prints whole lines; a terminal also gets one line that is rewritten, a file gets it every QUIET_SECONDS."""

    def __init__(self, out=sys.stdout):
        self._out, self._began, self._spoke = out, time.monotonic(), time.monotonic()
        self._is_terminal = out.isatty()
        self._since: dict[str, float] = {}

    def seconds(self) -> float:
        """Return the time since the beginning."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._write(f"{self._erase()}[{self.seconds():6.1f} s] {text}\n")

    def look(self, what: str) -> None:
        """Show what is under way and since when."""
        since = self._since.setdefault(what, time.monotonic())
        if self._is_terminal:
            self._write(f"{self._erase()}{self._line(what, since)}")
        elif time.monotonic() - self._spoke > QUIET_SECONDS:
            self._write(f"{self._line(what, since)}\n")

    def end(self, lines: list[str]) -> None:
        """Print the last screen on a clean line."""
        self._write(self._erase() + "".join(f"{line}\n" for line in lines))

    def _line(self, what: str, since: float) -> str:
        return f"[{self.seconds():6.1f} s] … {what} ({time.monotonic() - since:.0f} s)"

    def _erase(self) -> str:
        return "\r\033[K" if self._is_terminal else ""

    def _write(self, text: str) -> None:
        self._spoke = time.monotonic()
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:  # the reader (`| head`) went away: the work goes on to its clean end
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
