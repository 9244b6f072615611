"""Transcripts tell what was said, but no secret and no configuration."""

from __future__ import annotations

from netraven_jobs.transcript import LINES_SHOWN, MASK, Masks, Transcript


def _told(*heard: str, quiet: str | None = None, secrets: tuple[str, ...] = ()) -> list[str]:
    """The lines of the one piece that comes of this."""
    pieces: list[str] = []
    transcript = Transcript("cisco_ios", Masks(secrets), pieces.append)
    if quiet is not None:
        transcript.asked(quiet, quiet=True)
    for text in heard:
        transcript.heard(text)
    transcript.end()
    (piece,) = pieces
    return piece.split("\n")


def test_lines_are_whole_however_they_come() -> None:
    assert _told("r1>sh", "ow clock\n12:00\nr", "1>") == ["r1>show clock", "12:00", "r1>"]


def test_the_log_in_and_each_command_with_its_answer_are_a_piece() -> None:
    pieces: list[str] = []
    transcript = Transcript("cisco_ios", Masks(()), pieces.append)
    transcript.heard("Welcome\n\nr1>")
    transcript.asked("show clock", quiet=False)
    transcript.heard("show clock\n12:00\nr1>")
    transcript.asked("exit", quiet=False)
    assert pieces == ["Welcome", "r1>show clock\n12:00"]
    transcript.end()
    assert pieces[2:] == ["r1>"]


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert _told("it is hunter2-secret!\n", secrets=("hunter2-secret",)) == [f"it is {MASK}!"]


def test_each_line_of_a_key_is_a_secret() -> None:
    key = "-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----\n"
    assert _told("said abcdefgh\n", secrets=(key,)) == [f"said {MASK}"]


def test_what_redaction_knows_goes_too() -> None:
    assert _told("enable secret 5 $1$abc$def\n") == ["enable secret 5 <redacted>"]


def test_of_a_quiet_answer_only_its_length_is_told() -> None:
    lines = _told("r1#show run\n", "hostname r1\n" * 40, "r1#", quiet="show run")
    assert lines == ["r1#show run", "… 41 more lines"]


def test_a_long_answer_is_cut() -> None:
    lines = _told("".join(f"line {number}\n" for number in range(LINES_SHOWN + 5)))
    assert len(lines) == LINES_SHOWN + 1
    assert lines[-1] == "… 5 more lines"


def test_what_cannot_be_printed_is_not() -> None:
    assert _told("a\x1b[2Jb\x00\n") == ["a [2Jb "]


def test_masks_show_nothing_of_themselves() -> None:
    assert "hunter2" not in repr(Masks(("hunter2",)))
