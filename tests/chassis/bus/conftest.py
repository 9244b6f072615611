"""Both buses for every test that takes `uri`; those that need a broker of its own kind are listed here."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

# Test -> what the broker in memory cannot do. All others run over both.
BROKER_ONLY = {
    "test_calls_fail_in_time_while_the_broker_is_away_and_work_again_soon_after": "a broker that is stopped",
    "test_a_frozen_broker_costs_a_call_its_timeout_and_no_more": "a broker that hangs",
    "test_connections_closed_by_the_broker_come_back": "connections closed from the other end",
    "test_a_deleted_queue_is_declared_again": "an administrator who deletes it",
    "test_another_instance_answers_for_one_that_was_killed": "services in several processes",
    "test_a_start_without_a_broker_says_so_in_time": "an address where nobody listens",
    "test_a_gateway_starts_without_a_broker": "an address where nobody listens",
    "test_settling_a_message_of_a_lost_connection_does_not_raise": "connections closed from the other end",
    "test_a_consumer_hears_of_each_connection": "connections closed from the other end",
    "test_a_confirmation_that_does_not_come_is_an_error": "a broker that hangs",
    "test_what_waits_for_a_confirmation_fails_when_the_broker_goes": "a broker that hangs",
    "test_a_publisher_works_again_after_the_broker_was_away": "a broker that is stopped",
    "test_a_subscription_hears_again_after_the_broker_was_away": "a broker that is stopped",
    "test_durable_queues_and_persistent_messages_outlive_the_broker": "a disk",
    "test_a_heartbeat_goes_on_after_the_broker_was_away": "a broker that is stopped",
    "test_an_idle_connection_stays": "heartbeats",
    "test_a_frozen_broker_is_noticed_by_its_missing_heartbeats": "a broker that hangs",
    "test_a_broker_short_of_memory_takes_nothing_and_nobody_hangs": "an alarm",
    "test_a_queue_that_refuses_a_message_is_an_error": "a refusal that comes after the fact",
    "test_a_message_of_many_frames_arrives_whole": "frames",
    "test_publishing_from_many_greenthreads_keeps_frames_apart": "frames",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "uri" in metafunc.fixturenames:
        kinds = ["rabbitmq"] if metafunc.definition.originalname in BROKER_ONLY else ["embedded", "rabbitmq"]
        metafunc.parametrize("uri", kinds, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if getattr(item, "originalname", None) in BROKER_ONLY:
            item.add_marker(pytest.mark.broker)


@pytest.fixture
def uri(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a bus for this test alone."""
    if request.param == "embedded":
        yield f"embedded://{secrets.token_hex(6)}"
        return
    rabbitmq = request.getfixturevalue("rabbitmq")
    address = rabbitmq.vhost()
    yield address
    rabbitmq.drop_vhost(address)
