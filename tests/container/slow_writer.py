"""Writes a file slowly, so that the test can kill it half-way. Run: python slow_writer.py PATH."""

import sys
import time

from perdure.container.archive import Member
from perdure.container.writing import write_file

PIECE = bytes(1 << 16)


def slowly():
    for number in range(1000):
        yield PIECE
        if number == 2:
            print("half-way", flush=True)
        if number > 2:
            time.sleep(0.05)


if __name__ == "__main__":
    told = Member.of("graph.json", PIECE * 1000)
    write_file(
        sys.argv[1],
        [Member.of("perdure.json", b"{}"), Member("graph.json", told.size, told.crc32, told.sha256, slowly)],
    )
    print("done", flush=True)
