"""The rows of the route table about jobs, and about the host keys that they meet."""

from __future__ import annotations

from netraven_contracts import jobs as job
from netraven_contracts.errors import Conflict, CreateFailed, ListFailed, NotFound, UpdateFailed
from netraven_contracts.history import HistoryEntry
from netraven_contracts.host_keys import HostKey, HostKeyAcceptance
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import jobs
from netraven_gateway.route import OPERATOR, VIEWER, Gives, Reads, Route, created

_TASKS = type("TaskPage", (job.TaskFilters, PageQuery), {"__doc__": job.TaskFilters.__doc__})
_PAGES = Reads(query=PageQuery)
_WHEN = (
    "With `schedule` it becomes a schedule, of the same form, whose jobs carry its id as `schedule_id`. "
    "A due time at which its last job is not over is passed by: see `last_skipped_at` there, and the log."
)
_ACTS = (
    "A cancelled job stops at the next device, and open sessions are closed; 409 when it is over already. "
    "A retry repeats the devices that did not succeed, or all, as the job's next run. "
    "Of a schedule, `cancel` ends it, `pause` and `resume` do what they say."
)
_WHILE_KEPT = (
    "They are kept for NETRAVEN_JOB_RETENTION_DAYS after the job was over; then this is 404, and the job "
    "itself still has its counts."
)
_NOT_MANY = f"Of more than {job.SHOWN_DEVICES} devices the first are shown; /jobs/{{job_id}}/devices has all."
_ACCEPTED = (
    "Name the fingerprint that you have looked at: 409 when the device shows another one by now. Who "
    "accepted which key stands in /events (HostKeyAccepted) and in the log."
)
_KEPT = "The first key that a device shows is trusted; a job that meets another fails."

ROWS = (
    Route("GET", "/jobs", VIEWER, jobs.index, "jobs", "List jobs",
          Reads(query=page_of(job.JobFilters, job.JOB_SORTS)),
          Gives(schema=job.JobRow, many=True), ListFailed),
    Route("POST", "/jobs", OPERATOR, jobs.create, "jobs", "Start a job, or schedule it",
          Reads(body=job.JobBody), created(job.Job, "Job created"), CreateFailed, (NotFound,), _WHEN),
    Route("GET", "/jobs/job-types", VIEWER, jobs.types, "jobs", "List the job types",
          gives=Gives(schema=job.JobType, listed=True), failure=ListFailed),
    Route("GET", "/jobs/recent", VIEWER, jobs.recent, "jobs", "List the latest jobs",
          Reads(query=job.RecentQuery), Gives(schema=job.JobRow, listed=True), ListFailed),
    Route("GET", "/jobs/scheduled", VIEWER, jobs.scheduled, "jobs", "List what is due, the next first",
          _PAGES, Gives(schema=job.JobRow, many=True), ListFailed),
    Route("GET", "/jobs/{job_id}", VIEWER, jobs.show, "jobs", "Show a job",
          gives=Gives(schema=job.Job, etag=True), errors=(NotFound,), description=_NOT_MANY),
    Route("PATCH", "/jobs/{job_id}", OPERATOR, jobs.act, "jobs", "Cancel or retry a job",
          Reads(body=job.JobAction), Gives(schema=job.Job, message="Job updated", etag=True), UpdateFailed,
          (NotFound, Conflict), _ACTS),
    Route("GET", "/jobs/{job_id}/devices", VIEWER, jobs.devices, "jobs", "List the devices of a job",
          Reads(query=_TASKS), Gives(schema=job.JobDevice, many=True),
          ListFailed, (NotFound,), _WHILE_KEPT),
    Route("GET", "/jobs/{job_id}/history", VIEWER, jobs.history, "jobs", "List what happened to a job",
          _PAGES, Gives(schema=HistoryEntry, many=True), ListFailed, (NotFound,),
          "Who did what, when, by which request; the newest first."),
    Route("GET", "/devices/{device_id}/host-key", VIEWER, jobs.host_key, "jobs",
          "Show the key by which a device is known", gives=Gives(schema=HostKey), errors=(NotFound,),
          description=_KEPT),
    Route("POST", "/devices/{device_id}/host-key/accept", OPERATOR, jobs.accept_host_key, "jobs",
          "Trust the key that a device shows now", Reads(body=HostKeyAcceptance, optional=True),
          Gives(schema=HostKey, message="Host key accepted"), UpdateFailed, (NotFound, Conflict), _ACCEPTED),
)  # fmt: skip
