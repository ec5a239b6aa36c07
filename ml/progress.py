"""What a run says while it works."""

import time


def announcer(business: str):
    """Return a function that prints a line of progress with the seconds since now."""
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {business}: {line}", flush=True)

    return say
