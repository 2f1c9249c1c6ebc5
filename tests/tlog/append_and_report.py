"""A writer to be killed: appends random batches to the log in argv[1] and reports each acknowledged size."""

import random
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.tlog import Log


def main() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    chance = random.Random(sys.argv[2])
    log = Log.open(Path(sys.argv[1]), "demo.example/log", key)
    while True:
        count = chance.choice([1, 2, 40, 256, 300, 2000])
        # What an entry says depends on the run: work of a killed run must not pass for work of the next.
        log.append([b"%s:%d" % (sys.argv[2].encode(), log.size + number) for number in range(count)])
        print(log.size, log.root.hex(), flush=True)


main()
