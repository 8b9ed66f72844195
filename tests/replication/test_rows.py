from __future__ import annotations

from zlib import crc32

from tickwire.replication.rows import hash_rows


def test_the_hash_is_the_crc_of_the_text_in_the_document() -> None:
    assert hash_rows([(7, 3, 4, "ada"), (9, 0, -4, "蛇")]) == crc32("7,3,4,ada\n9,0,-4,蛇\n".encode())


def test_no_rows_have_the_hash_of_no_text() -> None:
    assert hash_rows([]) == 0
