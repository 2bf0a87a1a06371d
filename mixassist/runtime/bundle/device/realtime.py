"""A process that the kernel serves first: its memory stays in place, and its threads go before others.

Linux alone has both, and both want a permission (LimitMEMLOCK and LimitRTPRIO of the systemd unit). Where they are
refused one plays all the same, and is told.

References: mlockall(2), sched_setscheduler(2): threads inherit the policy of the one that starts them.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

PRIORITY = 70
"""Above all that is not real-time and the kernel's own interrupt threads (50), below a JACK server's (80 and more)."""

_MCL_CURRENT, _MCL_FUTURE = 1, 2


def claim(notify: Callable[[str], None], priority: int = PRIORITY) -> bool:
    """Locks the memory and takes real-time priority for this thread and those it will start; True when it got both."""
    refusals = [reason for reason in (_lock_memory(), _take_priority(priority)) if reason is not None]
    for reason in refusals:
        notify(reason)
    return not refusals


def step_back() -> None:
    """Makes the calling thread an ordinary one again: it loads models, and may wait."""
    if hasattr(os, "sched_setscheduler") and os.sched_getscheduler(0) == os.SCHED_FIFO:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _lock_memory() -> str | None:
    if sys.platform != "linux":
        return "memory cannot be locked on this system"
    import resource

    # What comes later would be refused beyond a limit, and the process would end: then it is left where it is.
    has_limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY
    if ctypes.CDLL(None, use_errno=True).mlockall(_MCL_CURRENT if has_limit else _MCL_CURRENT | _MCL_FUTURE) == 0:
        return None
    return f"memory is not locked ({os.strerror(ctypes.get_errno())}): allow it with LimitMEMLOCK=infinity"


def _take_priority(priority: int) -> str | None:
    if not hasattr(os, "sched_setscheduler"):
        return "real-time priority cannot be had on this system"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as error:
        return f"no real-time priority ({error.strerror}): allow it with LimitRTPRIO={priority} or more"
    return None
