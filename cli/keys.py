"""Keys that are pressed on the terminal while something plays."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator

LOOK_S = 0.05
"""How long the end of listening may take."""

N_BYTES = 64
ESCAPE = b"\x1b"
"""Arrows and such send several bytes at once that begin with it, digits among them."""


@contextlib.contextmanager
def keys_pressed(act: Callable[[str], None]) -> Iterator[bool]:
    """Calls `act` with each key, from a thread of its own, inside the `with`; False where there is no terminal.

    Ctrl-C still interrupts. The terminal is what it was afterwards.
    """
    file = _terminal()
    if file is None:
        yield False
        return
    import termios
    import tty

    before = termios.tcgetattr(file)
    is_over = threading.Event()
    listener = threading.Thread(target=_listen, args=(file, act, is_over), name="keys", daemon=True)
    tty.setcbreak(file)
    try:
        listener.start()
        yield True
    finally:
        is_over.set()
        listener.join()
        termios.tcsetattr(file, termios.TCSADRAIN, before)


def _listen(file: int, act: Callable[[str], None], is_over: threading.Event) -> None:
    while not is_over.is_set():
        if select.select([file], [], [], LOOK_S)[0]:
            pressed = os.read(file, N_BYTES)
            if not pressed:
                return
            if not pressed.startswith(ESCAPE):
                for key in pressed.decode("ascii", errors="ignore"):
                    act(key)


def _terminal() -> int | None:
    """The terminal that keys come from; None where there is none of that kind, or it belongs to another program now."""
    try:
        import termios

        file = sys.stdin.fileno()
    except (ImportError, OSError, ValueError):
        return None
    try:
        termios.tcgetattr(file)
    except termios.error:
        return None
    with contextlib.suppress(OSError):  # a terminal, but not the one that controls this program: it cannot be refused
        return file if os.tcgetpgrp(file) == os.getpgrp() else None
    return file
