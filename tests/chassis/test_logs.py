"""What the log shows, in which form, and what it never shows."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import eventlet
import pytest
import structlog

from netraven_chassis import logs, settings

pytestmark = pytest.mark.usefixtures("logging_as_before")


def logged(log: Any, **env: str) -> list[dict[str, Any]]:
    stream = io.StringIO()
    logs.configure(settings.load({"NETRAVEN_LOG_FORMAT": "json", **env}), stream)
    log()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_logger_and_instance() -> None:
    (line,) = logged(lambda: structlog.get_logger("netraven.test").info("it happened", count=3))
    assert (line["event"], line["level"], line["logger"], line["count"]) == (
        "it happened",
        "info",
        "netraven.test",
        3,
    )
    assert line["timestamp"].endswith("Z") and ":" in line["instance"]


def test_the_console_form_is_for_people() -> None:
    stream = io.StringIO()
    logs.configure(settings.load({"NETRAVEN_LOG_FORMAT": "console"}), stream)
    structlog.get_logger().info("it happened", count=3)
    assert "it happened" in stream.getvalue() and "count" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_without_a_terminal_the_form_is_json() -> None:
    assert logged(lambda: structlog.get_logger().info("x"), NETRAVEN_LOG_FORMAT="auto")[0]["event"] == "x"


def test_lines_of_libraries_have_the_same_form_and_less_of_them() -> None:
    def log() -> None:
        logging.getLogger("kombu.connection").info("every frame")
        logging.getLogger("kombu.connection").warning("it broke: %s", "pipe")

    (line,) = logged(log)
    assert (line["event"], line["logger"]) == ("it broke: pipe", "kombu.connection")


def test_less_than_the_level_is_not_logged() -> None:
    assert logged(lambda: structlog.get_logger().info("x"), NETRAVEN_LOG_LEVEL="warning") == []


def test_what_is_bound_in_one_greenlet_stays_in_it() -> None:
    def worker(number: int) -> None:
        structlog.contextvars.bind_contextvars(request_id=f"r{number}", service="devices")
        eventlet.sleep(0)
        structlog.get_logger().info("done", number=number)

    def log() -> None:
        for thread in [eventlet.spawn(worker, number) for number in range(3)]:
            thread.wait()
        structlog.get_logger().info("outside")

    *workers, outside = logged(log)
    assert {line["request_id"] for line in workers} == {"r0", "r1", "r2"}
    assert all(line["request_id"] == f"r{line['number']}" for line in workers)
    assert "request_id" not in outside


def test_secrets_are_starred_by_name_inside_addresses_in_headers_and_in_tracebacks() -> None:
    def log() -> None:
        logger = structlog.get_logger()
        logger.info("in", password="s3cret", body={"refresh_token": "s3cret", "name": "ann"})
        logger.info("connecting to amqp://raven:s3cret@broker:5672/", uris=["mongodb://u:s3cret@db/x"])
        logger.info("header", header="Authorization: Bearer s3cret.s3cret.s3cret")
        logging.getLogger("kombu").warning("cannot reach %s", "amqp://raven:s3cret@broker//")
        logger.info("raised", error=OSError("amqp://raven:s3cret@broker"))
        try:
            raise OSError("no route to amqp://raven:s3cret@broker")
        except OSError:
            logger.exception("failed")

    lines = logged(log)
    assert "s3cret" not in json.dumps(lines)
    assert lines[0]["body"] == {"refresh_token": "***", "name": "ann"}
    assert lines[1]["event"] == "connecting to amqp://raven:***@broker:5672/"
    assert "Traceback" in lines[-1]["exception"]
