# SPDX-License-Identifier: Apache-2.0
"""Waiting for conditions, always with an end."""
import time


def until(condition, timeout, what, log=lambda: ""):
    """Asks until the condition holds and gives its value; fails after timeout seconds, and then tells the log."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s (last seen: {value!r})\n{log()}")
        time.sleep(0.02)
