"""A room is found in a log of many, and cut out of it."""

from __future__ import annotations

from room.rules import SPEC, Add, counts

from replay.rooms import COUNTERS
from tickwire.replay.cut import GAP, Contents, Cutter
from tickwire.replay.engine import Replay
from tickwire.replay.file import pack_replay
from tickwire.room.journal import Ended, Journal, Record, Standing
from tickwire.room.room import Room


def two_rooms() -> list[list[Record]]:
    """The commits of two rooms that have the same code, one after the other, with one between that has another."""
    journal = Journal(wall_clock=lambda: 1_800_000_000.0)
    commits: list[list[Record]] = []
    first, other, second = (Room(SPEC, code, 1, 0.0) for code in ("K7QX", "AAAA", "K7QX"))
    other.keep(journal)
    for room, name, n in ((first, "ada", 1), (second, "bob", 2)):
        room.keep(journal)
        player = room.join(name).id
        for tick in range(1, 31):
            room.input(player, tick, Add(n))
            room.make_tick()
            other.make_tick()
            if tick % 10 == 0:
                room.checkpoint([(player, b"hash of a token", b"")])
            commits.append(journal.take())
        room.note(Ended)
    commits.append(journal.take())
    return commits


def cut(commits: list[list[Record] | None], number: int) -> Cutter:
    cutter = Cutter(number)
    for commit in commits:
        cutter.gap() if commit is None else cutter.tell(commit)
    return cutter


def test_the_list_says_how_long_who_and_when() -> None:
    contents = Contents()
    for commit in two_rooms():
        contents.tell(commit)
    shown = [
        (contents.name(n), entry.seconds, list(entry.people), entry.over, entry.opened.opened_at)
        for n, entry in contents.rooms.items()
    ]
    then = 1_800_000_000_000
    assert shown == [
        ("AAAA", 6.0, [], False, then),
        ("K7QX#2", 3.0, ["ada"], True, then),
        ("K7QX", 3.0, ["bob"], True, then),
    ]


def test_a_code_finds_the_newest_room_and_a_number_the_others() -> None:
    contents = Contents()
    for commit in two_rooms():
        contents.tell(commit)
    assert [contents.find(asked) for asked in ("k7qx", "K7QX#2", "K7QX#9", "ZZZZ")] == [3, 2, None, None]


def test_only_the_room_that_is_asked_for_is_cut_out() -> None:
    cutter = cut([*two_rooms()], 3)
    assert cutter.recording is not None
    assert (cutter.recording.people, cutter.recording.last, cutter.recording.note) == (["bob"], 30, "")
    assert {record.room for record in cutter.recording.records} == {3}
    replay = Replay(cutter.recording, COUNTERS)
    replay.seek(30)
    assert counts(replay.room) == {1: 60}


def test_no_hash_of_a_token_is_in_a_replay() -> None:
    recording = cut([*two_rooms()], 3).recording
    assert recording is not None
    assert b"hash of a token" not in pack_replay(recording)


def test_a_room_whose_beginning_is_deleted_already_begins_with_its_first_checkpoint() -> None:
    commits = two_rooms()[45:]  # of the second room's thirty, the last fifteen
    contents = Contents()
    for commit in commits:
        contents.tell(commit)
    assert contents.name(3) == "K7QX"
    recording = cut([*commits], 3).recording
    assert recording is not None
    assert (recording.first, recording.last, recording.note) == (20, 30, GAP)
    replay = Replay(recording, COUNTERS)
    replay.seek(30)
    assert counts(replay.room) == {1: 60}


def test_a_room_that_is_not_among_those_that_stand_is_over() -> None:
    commits: list[list[Record]] = [*two_rooms()[:10], [Standing(2, [3], 1)]]
    contents = Contents()
    for commit in commits:
        contents.tell(commit)
    assert contents.rooms[2].over
    recording = cut([*commits], 2).recording
    assert recording is not None
    assert all(not isinstance(record, Standing) for record in recording.records)


def test_behind_a_gap_a_room_goes_on_from_its_next_checkpoint() -> None:
    commits = two_rooms()
    cutter = cut([*commits[:15], None, *commits[17:]], 2)
    assert cutter.recording is not None
    assert cutter.recording.note == GAP
    replay = Replay(cutter.recording, COUNTERS)
    assert replay.seek(18) == 15
    assert replay.seek(25) == 25
    assert counts(replay.room) == {1: 25}


def test_a_gap_before_or_behind_a_room_is_none_of_its_own() -> None:
    commits = two_rooms()
    for number, gap in ((2, 31), (3, 30)):
        cutter = cut([*commits[:gap], None, *commits[gap:]], number)
        assert cutter.recording is not None
        assert (cutter.recording.last, cutter.recording.note) == (30, "")
