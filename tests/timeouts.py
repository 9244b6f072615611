"""Ends a test that hangs, wherever it hangs, and lets the others go on. A plugin of pytest, without fixtures.

pytest-timeout raises from a signal only in what it takes for the main thread. Under eventlet that is never
so, and its other way waits on the loop that hangs and then ends the whole run. Nor are the stacks of idle
native threads shown here, which it prints by the page.
"""

from __future__ import annotations

import signal
from types import FrameType

import greenlet
import pytest
from eventlet import hubs
from pytest_timeout import Settings


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Settings) -> bool:
    """Have the alarm fail the test in its own greenlet, whichever one is running when it rings."""
    test = greenlet.getcurrent()
    again = []

    def ring(_signal: int, _frame: FrameType | None) -> None:
        try:
            pytest.fail(f"Timeout (>{settings.timeout}s): the test did not end")
        except BaseException as failure:
            if greenlet.getcurrent() in (test, hubs.get_hub().greenlet):
                # What ends the hub's greenlet goes on in the test's, its parent; unless a timer's callback
                # was running, whose errors the hub keeps to itself: hence the second try.
                again.append(hubs.get_hub().schedule_call_global(0, test.throw, failure))
                raise
            test.throw(failure)

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for timer in again:
            timer.cancel()

    item.cancel_timeout = cancel  # type: ignore[attr-defined]
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout)
    return True
