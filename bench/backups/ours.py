"""Our side: the collector, as a worker has it. `python -m bench.backups.ours`, a job as JSON on its input.

The answer: {"rate"} in backups per second.
"""

import netraven_chassis.patch  # noqa: F401 - before anything else opens a socket or makes a lock

# isort: split
import json
import sys
import time
from typing import Any

from eventlet.greenpool import GreenPool

from netraven_jobs.collector import Collector
from netraven_jobs.session_request import BACKUP, LOGIN, SessionAnswer, SessionRequest


def main(job: dict[str, Any]) -> dict[str, float]:
    """Back all of them up, as many at once as there is room for."""
    collector = Collector(job["processes"], job["sessions"])
    collector.start()
    pool = GreenPool(collector.capacity)

    def have(at: int, action: str) -> SessionAnswer:
        host, port = job["devices"][at]
        secret = {"password": job["password"], "enable": job["enable"]}
        request = SessionRequest(
            f"{action}-{at}", action, host, port, job["platform"], job["username"], secret, 120.0
        )
        return collector.run(request, lambda *_: None)

    # The children load Netmiko before they answer anything: that is done once in a worker's life.
    list(pool.imap(lambda at: have(at, LOGIN), range(job["processes"])))
    began = time.perf_counter()
    answers = list(pool.imap(lambda at: have(at, BACKUP), range(len(job["devices"]))))
    took = time.perf_counter() - began
    collector.stop()
    failed = [answer for answer in answers if not answer.good or answer.data["truncated"]]
    if failed:
        raise RuntimeError(f"{len(failed)} backups failed, the first one so: {failed[0]!r}")
    return {"rate": len(answers) / took}


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
