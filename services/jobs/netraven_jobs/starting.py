"""Starting the jobs of schedules: each due moment once, or never when the job before it is not over. Whoever
starts them at once with us does no more than we alone: every step is a command whose id follows from what it
is for. When they are looked at, and what an error means, is the planner's.
"""

from __future__ import annotations

from netraven_chassis.clock import iso
from netraven_chassis.ids import derive_id
from netraven_chassis.views import LIVE
from netraven_contracts.errors import Conflict, NotFound
from netraven_jobs import due, system_log
from netraven_jobs.job import ACTIVE as GOING_ON
from netraven_jobs.job import JOB, Job, RequestJob
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.schedule import ACTIVE, SCHEDULE, PassMomentBy, RunSchedule, Schedule, TakeMoment, seed
from netraven_jobs.settle import Bind
from netraven_jobs.views import SCHEDULES

LONGEST_SPREAD_MS = 300_000


class Starts:
    """Starts what is due."""

    def __init__(self, bind: Bind, lines: LogWriter) -> None:
        self._bind, self._lines = bind, lines

    def due(self, now: int, most: int) -> list[str]:
        """The schedules that are due, at most so many."""
        return self._found({"next_run": {"$lte": now}}, most)

    def taken_up(self, most: int) -> list[str]:
        """The schedules with a moment that was taken up and whose job is not told, at most so many."""
        return self._found({"pending": True}, most)

    def _found(self, query: dict[str, object], most: int) -> list[str]:
        rows = self._bind("look").collection(SCHEDULES).find({**LIVE, **query}, {"_id": 1})
        return [str(row["_id"]) for row in rows.limit(most)]

    def start(self, ident: str, now: int) -> None:
        """Start the schedule's job for the last moment that was due, or pass it by."""
        self.go_on(ident)
        schedule = self._schedule(ident)
        moment = due.latest(schedule.when, schedule.since, now, seed(ident, schedule.target))
        if schedule.life != ACTIVE or moment is None:
            return
        if self._goes_on(schedule):
            self._pass_by(ident, schedule, moment)
            return
        job_id = derive_id("scheduled", ident, str(moment))
        try:
            self._bind(f"due:{ident}:{moment}").handle(SCHEDULE, ident, TakeMoment(moment, job_id))
        except (Conflict, NotFound):
            return  # somebody was faster, or it was paused just now
        self.go_on(ident)

    def _goes_on(self, schedule: Schedule) -> bool:
        """Whether the schedule's last job is not over: the next one would only wait behind it, and so would
        all that follow. What is due but once is started all the same.
        """
        if schedule.job_id is None or "at" in schedule.when:
            return False
        last: Job = self._bind("look").load(JOB, schedule.job_id).state
        return last.status in GOING_ON

    def _pass_by(self, ident: str, schedule: Schedule, moment: int) -> None:
        command = PassMomentBy(moment, str(schedule.job_id))
        try:
            self._bind(f"passed:{ident}:{moment}").handle(SCHEDULE, ident, command)
        except (Conflict, NotFound):
            return  # somebody was faster, or it was paused just now
        text = f"Schedule {schedule.name or ident} starts nothing for {iso(moment)}: its last job is not over"
        said = derive_id("passed", ident, str(moment))
        named = {"schedule_id": ident, "last_job_id": schedule.job_id}
        system_log.say(self._lines, text, "warning", ident=said, **named)

    def go_on(self, ident: str) -> None:
        """Start the job of the moment that was taken up, if there is one, and only then tell that it is
        there.
        """
        schedule = self._schedule(ident)
        if schedule.pending is None:
            return
        moment, job_id = schedule.pending
        self.request(ident, schedule, moment, job_id)
        try:
            self._bind(f"ran:{ident}:{moment}").handle(SCHEDULE, ident, RunSchedule(moment, job_id))
        except (Conflict, NotFound):
            return  # somebody was faster, or it was deleted just now

    def request(self, ident: str, schedule: Schedule, moment: int, job_id: str) -> None:
        """Ask for the job of this moment."""
        wanted = RequestJob(
            schedule.type, schedule.target, schedule.options, schedule.name, ident, _spread(schedule)
        )
        try:
            begun = self._bind(f"due:{ident}:{moment}").handle(JOB, job_id, wanted)
        except Conflict:
            return
        if not begun.repeated:
            self._lines.write(job_id, None, "info", f"Started by its schedule, due at {iso(moment)}")

    def _schedule(self, ident: str) -> Schedule:
        found: Schedule = self._bind("look").load(SCHEDULE, ident).state
        return found


def _spread(schedule: Schedule) -> int:
    """Over how long the starts of a scheduled job's devices are spread, milliseconds: over half of the
    interval, so that it can be over before the next one is due, and not at all where the schedule names an
    hour or there is but one device, which has its place in the interval.
    """
    if "every" not in schedule.when or len(schedule.target.get("devices", ())) == 1:
        return 0
    return min(int(schedule.when["every"]) * 500, LONGEST_SPREAD_MS)
