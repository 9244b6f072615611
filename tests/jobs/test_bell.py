"""Ringing for what was reported: gathered, and told together."""

from __future__ import annotations

import eventlet

from netraven_jobs.bell import Bell
from tests.patience import until


def test_a_bell_gathers_during_its_pause_until_somebody_hurries_it() -> None:
    rung: list[list[str]] = []
    bell = Bell(lambda idents: rung.append(list(idents)), pause=30.0)
    going = eventlet.spawn(bell.run)
    for ident in ("a", "b", "c"):
        bell.push([ident])
        eventlet.sleep(0)
    assert rung == [["a"]]
    bell.hurry()
    until(lambda: len(rung) == 2)
    assert rung == [["a"], ["b", "c"]]
    bell.stop()
    going.wait()
