"""How things were: the intervals in which each state of a device or tag held, from its history. Pure.

An interval holds from its commit's moment until the next one's, in UTC milliseconds; the state that holds
now is the document itself and has none. Of several commits at one moment the last one's state held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netraven_chassis.aggregate import Aggregate, Folded
from netraven_chassis.eventlog.commit import Commit


def stages(aggregate: Aggregate[Any], whole: Folded[Any]) -> Iterator[Folded[Any]]:
    """The thing as it was after each of its commits."""
    state = aggregate.initial
    for end, commit in enumerate(whole.commits, 1):
        state = aggregate.fold(state, commit.events)
        yield replace(whole, state=state, version=commit.last, at=commit.at, commits=whole.commits[:end])


def until(aggregate: Aggregate[Any], whole: Folded[Any], moment: int) -> Folded[Any]:
    """The thing as it was at `moment` (UTC milliseconds), as far as its history had come by then."""
    return _folded(aggregate, whole, [commit for commit in whole.commits if commit.at <= moment])


def at_version(aggregate: Aggregate[Any], whole: Folded[Any], version: int) -> Folded[Any]:
    """The thing as it was at this version, which may lie within a commit; version 0 when there is none."""
    commits = []
    for commit in whole.commits:
        if commit.first <= version:
            commits.append(replace(commit, events=commit.events[: version - commit.first + 1]))
    return _folded(aggregate, whole, commits if version <= whole.version else [])


def _folded(aggregate: Aggregate[Any], whole: Folded[Any], commits: Sequence[Commit]) -> Folded[Any]:
    if not commits:
        return Folded(whole.id, aggregate.initial, 0, 0, 0, ())
    state = aggregate.initial
    for commit in commits:
        state = aggregate.fold(state, commit.events)
    return Folded(whole.id, state, commits[-1].last, commits[-1].at, commits[0].at, tuple(commits))


def intervals(aggregate: Aggregate[Any], whole: Folded[Any]) -> list[tuple[int, int, Folded[Any]]]:
    """(from, until, state) of every state that held once and holds no more."""
    all_stages = list(stages(aggregate, whole))
    ends = [stage.at for stage in all_stages[1:]]
    return [
        (stage.at, end, stage)
        for stage, end in zip(all_stages, ends, strict=False)
        if end > stage.at and stage.state.life == "active"
    ]


def held(moment: int) -> Mapping[str, Any]:
    """The query for the interval that holds at `moment`, within a list of them."""
    return {"from": {"$lte": moment}, "until": {"$gt": moment}}


def holds(interval: Mapping[str, Any], moment: int) -> bool:
    """Whether an interval holds at `moment`."""
    return bool(interval["from"] <= moment < interval["until"])
