"""`Watchdog`: tells systemd that the pedal plays, and goes on playing.

Blocks that no longer come are not reported as life: then systemd starts the pedal anew.

References: sd_notify(3).
"""

from __future__ import annotations

import contextlib
import os
import socket


class Watchdog:
    """Speaks to the service manager that started this process; to nobody where none did."""

    def __init__(self, address: str | None = None) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
        self._n_blocks = -1

    def ready(self, status: str) -> None:
        """Says that sound goes through."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """Says what is going on, in a line."""
        self._send(f"STATUS={status}")

    def alive(self, n_blocks: int) -> None:
        """Says so if more blocks have been played than the last time."""
        if n_blocks > self._n_blocks:
            self._n_blocks = n_blocks
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A manager that is gone must not end the sound.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect(f"\0{self._address[1:]}" if self._address.startswith("@") else self._address)
            line.sendall(message.encode())
