"""One answer as it comes in: its end, and what counts of it."""

from __future__ import annotations

from netraven_jobs.answer import Answer

LOGGED = "\n*Mar  1 00:42:07: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\n"


def answer(*said: str) -> Answer:
    """One to `show run` of which this came, all at second 0."""
    made = Answer("show run", "sw1#", 0.0)
    for text in said:
        made.add(text, 0.0)
    return made


def test_it_ends_with_the_prompt_in_its_last_line() -> None:
    assert not answer("show run\nhostname sw1\n").over(60.0)
    assert not answer("show run\nsw1#\nend\n").over(60.0)
    assert answer("show run\nhostname sw1\nend\nsw1#").over(0.0)


def test_without_an_echo_its_words_tell_that_it_has_begun() -> None:
    assert not answer("hostname sw1\nsw1#").over(2.9)
    assert answer("hostname sw1\nsw1#").over(3.1)
    assert not answer("sw1#").over(9.9)
    assert answer("sw1#").over(10.1)


def test_a_log_below_the_prompt_is_asked_away() -> None:
    one = answer("show run\nend\nsw1#", LOGGED)
    assert not one.over(60.0) and not one.below(0.9) and one.below(1.1)
    one.prod(1.1)
    assert not one.below(2.0)
    one.add(LOGGED, 2.0)
    one.prod(3.1)
    one.add("\nsw1#", 3.2)
    assert one.over(3.2)
    assert one.text().endswith("%LINK-3-UPDOWN: Interface Gi0/1, changed state to up\n\nsw1#")


def test_what_stands_below_the_prompt_is_no_part_of_it() -> None:
    one = answer("show run\nend\nsw1#", LOGGED)
    one.prod(1.1)
    one.add("\nsw1#", 1.2)
    assert one.over(1.2) and one.text() == "show run\nend\nsw1#"


def test_a_prompt_in_a_banner_takes_nothing_away_from_who_thinks_for_long() -> None:
    one = answer("show run\nbanner motd ^\nsw1#\n^\n")
    assert one.below(1.1)
    one.prod(1.1)
    one.add("line vty 0 4\nend\nsw1#\nsw1#", 5.0)
    assert one.over(5.0) and "line vty 0 4\nend" in one.text()


def test_who_only_thinks_is_not_disturbed() -> None:
    assert not answer("show run\nBuilding configuration...\n").below(60.0)
    assert not answer("sw1#\n").below(60.0)
