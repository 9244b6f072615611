"""The history of a stream of changes comes from the logs that it tells of."""

from __future__ import annotations

from netraven_chassis.batch import Batch
from netraven_contracts.events import SERVICES
from netraven_gateway import cursors
from netraven_gateway.audit import Wanted
from netraven_gateway.commit_source import AuditFeed
from tests.gateway.test_restored import Logs


def test_a_stream_of_one_services_changes_passes_the_other_logs_by_unread() -> None:
    logs, read = Logs(5), list[str]()

    def ask(service: str, after: int) -> Batch:
        if after < len(logs.commits):
            read.append(service)
        return logs.ask(service, after)

    for wanted, asked in ((Wanted(service="jobs"), {"jobs"}), (Wanted(), set(SERVICES))):
        feed = AuditFeed(wanted, ask, lambda _: None)
        feed.open()
        page = feed.history(cursors.BEGINNING)
        assert page.place == feed.place == (5, 5, 5, 5)
        assert page.body.count(b"event: change") == 5 * len(asked)
        assert set(read) == asked
        read.clear()
