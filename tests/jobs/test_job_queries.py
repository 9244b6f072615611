"""Lists of jobs and schedules: what a row of them holds, and how it is found."""

from __future__ import annotations

from typing import Any

from netraven_jobs import job_queries
from netraven_jobs.views import JOBS
from tests.jobs.office import Office, device

MANY = [device(number)["id"] for number in range(150)]


def test_a_list_shows_a_hundred_devices_of_a_target_and_one_alone_has_all(office: Office) -> None:
    ident, store = office.scheduled({"every": 60}, target={"devices": MANY}), office.bind("look")
    lists: list[list[dict[str, Any]]] = [
        job_queries.due_next(store, 1, 9)[0],
        job_queries.schedules(store, {}, 1, 9, [])[0],
        job_queries.jobs(store, office.tasks, {"status": "scheduled"}, 1, 9, [])[0],
    ]
    for (row,) in lists:
        assert (row["id"], row["target"]["devices"]) == (ident, MANY[: job_queries.SHOWN_TARGETS])
    assert job_queries.scheduled(store, ident)["target"]["devices"] == MANY


def test_jobs_of_a_user_are_found_along_an_index(office: Office) -> None:
    job_id, store = office.begun([device(1)]), office.bind("look")
    rows, total = job_queries.jobs(store, office.tasks, {"created_by": "jobs"}, 1, 9, [])
    assert ([row["id"] for row in rows], total) == ([job_id], 1)
    assert job_queries.jobs(store, office.tasks, {"created_by": "ann"}, 1, 9, []) == ([], 0)
    query = job_queries._query(office.tasks, {"created_by": "jobs"})
    plan = store.collection(JOBS).find(query).sort([("created_at", -1), ("_id", -1)]).explain()
    told = str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in told and "'SORT'" not in told
