"""How things were: the intervals in which each state of a device or tag held, from its history. Pure.

An interval holds from its commit's moment until the next one's, in UTC milliseconds; the state that holds
now is the document itself and has none. Of several commits at one moment the last one's state held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from netraven_chassis.aggregate import Aggregate, Folded
from netraven_chassis.eventlog.commit import Commit


class Interval(NamedTuple):
    """From when until when (UTC milliseconds) a state held; the thing as it was, with its whole history."""

    start: int
    end: int
    then: Folded[Any]


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


def intervals(aggregate: Aggregate[Any], whole: Folded[Any]) -> Iterator[Interval]:
    """Every state that held once and holds no more, without those that views have already."""
    for (commit, state), (following, _) in pairwise(_stages(aggregate, whole)):
        if following.at > commit.at and state.life == "active":
            then = replace(whole, state=state, version=commit.last, at=commit.at)
            yield Interval(commit.at, following.at, then)


def _stages(aggregate: Aggregate[Any], whole: Folded[Any]) -> Iterator[tuple[Commit, Any]]:
    """The state after each commit, from the last one on that views have."""
    known = whole.shown
    state = known.state if known else aggregate.initial
    if known and known.commits:
        yield known.commits[-1], state
    for commit in whole.commits[len(known.commits) if known else 0 :]:
        state = aggregate.fold(state, commit.events)
        yield commit, state


def held(moment: int) -> Mapping[str, Any]:
    """The query for the intervals that hold at `moment`."""
    return {"from": {"$lte": moment}, "until": {"$gt": moment}}
