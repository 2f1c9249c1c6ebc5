"""The book of a body's own statuses: who has which place, what is set, and the bits to publish.

W3C Bitstring Status List v1.0 §5.1: places are given in an order that nobody outside can guess, so that neither the
number of certificates nor two issued together can be read from their places. The order is a permutation computed from
a secret seed (a four-round Feistel network over the next power of four, walking on where it leaves the list), so it
needs no table, never meets a taken place, and comes out the same when the book is rebuilt.
"""

import hashlib
from collections.abc import Iterable

from footproof.credential.status_list import FEWEST_ENTRIES, MOST_BYTES
from footproof.errors import FootproofError

SHORTEST_SEED = 16
_ROUNDS = 4


class StatusBook:
    """Places and statuses of one pair of lists, revocation and suspension, over the same places.

    Args:
        entries: Length of the lists, a multiple of 8 of at least 131,072.
        seed: Secret of the issuer, at least 16 bytes; the same seed gives the same order of places.
        assigned: How many places are taken already; costs nothing, however many they are.
        revoked: Places of what was revoked.
        suspended: Places of what is suspended.

    Raises:
        FootproofError: E-STATUS-BOOK for another length or a short seed; E-STATUS-FULL, E-STATUS-UNASSIGNED where the
            state given cannot have come about.
    """

    def __init__(
        self,
        seed: bytes,
        entries: int = FEWEST_ENTRIES,
        *,
        assigned: int = 0,
        revoked: Iterable[int] = (),
        suspended: Iterable[int] = (),
    ) -> None:
        if entries % 8 or not FEWEST_ENTRIES <= entries <= MOST_BYTES * 8:
            raise FootproofError("E-STATUS-BOOK", reason=f"entries = {entries}")
        if len(seed) < SHORTEST_SEED:
            raise FootproofError("E-STATUS-BOOK", reason=f"seed: {len(seed)} < {SHORTEST_SEED}")
        if not 0 <= assigned <= entries:
            raise FootproofError("E-STATUS-FULL", entries=entries)
        self.entries = entries
        self.assigned = assigned
        self._half = ((entries - 1).bit_length() + 1) // 2
        self._rounds = [
            hashlib.blake2b(bytes([number]), key=hashlib.sha256(seed).digest(), digest_size=8)
            for number in range(_ROUNDS)
        ]
        self._revoked, self._suspended = bytearray(entries // 8), bytearray(entries // 8)
        for place in revoked:
            self.revoke(place)
        for place in suspended:
            self.suspend(place)

    def assign(self) -> int:
        """Return the next free place.

        Raises:
            FootproofError: E-STATUS-FULL where there is none: begin another list.
        """
        if self.assigned >= self.entries:
            raise FootproofError("E-STATUS-FULL", entries=self.entries)
        place = self.place_of(self.assigned)
        self.assigned += 1
        return place

    def place_of(self, number: int) -> int:
        """Return the place that is given out as the `number`-th, counted from 0.

        Args:
            number: Less than the length of the lists.
        """
        place = self._permuted(number)
        while place >= self.entries:
            place = self._permuted(place)
        return place

    def revoke(self, place: int) -> None:
        """Set a revocation, which is never cleared.

        Raises:
            FootproofError: E-STATUS-UNASSIGNED where nobody has that place.
        """
        self._refuse_free(place)
        _set(self._revoked, place)

    def suspend(self, place: int) -> None:
        """Set a suspension.

        Raises:
            FootproofError: E-STATUS-UNASSIGNED where nobody has that place.
        """
        self._refuse_free(place)
        _set(self._suspended, place)

    def lift(self, place: int) -> None:
        """Clear a suspension.

        Raises:
            FootproofError: E-STATUS-UNASSIGNED where nobody has that place.
        """
        self._refuse_free(place)
        self._suspended[place >> 3] &= 0xFF ^ (0x80 >> (place & 7))

    def is_revoked(self, place: int) -> bool:
        """Return whether a place is revoked."""
        self._refuse_free(place)
        return _is_set(self._revoked, place)

    def is_suspended(self, place: int) -> bool:
        """Return whether a place is suspended."""
        self._refuse_free(place)
        return _is_set(self._suspended, place)

    def bits(self, purpose: str) -> bytes:
        """Return the bits to publish as "revocation" or "suspension".

        Raises:
            FootproofError: E-STATUS-BOOK for another purpose.
        """
        if purpose not in {"revocation", "suspension"}:
            raise FootproofError("E-STATUS-BOOK", reason=f"statusPurpose = {purpose!r}")
        return bytes(self._revoked if purpose == "revocation" else self._suspended)

    def _permuted(self, number: int) -> int:
        mask = (1 << self._half) - 1
        left, right = number >> self._half, number & mask
        for keyed in self._rounds:
            left, right = right, left ^ self._mixed(keyed, right)
        return left << self._half | right

    def _mixed(self, keyed: "hashlib.blake2b", half: int) -> int:
        """Return half a number as a round mixes it."""
        mixed = keyed.copy()
        mixed.update(half.to_bytes(4, "big"))
        return int.from_bytes(mixed.digest(), "big") & ((1 << self._half) - 1)

    def _number_of(self, place: int) -> int:
        """Return as which one a place is given out: `place_of`, backwards."""
        mask = (1 << self._half) - 1
        number = place
        while True:
            left, right = number >> self._half, number & mask
            for keyed in reversed(self._rounds):
                left, right = right ^ self._mixed(keyed, left), left
            number = left << self._half | right
            if number < self.entries:
                return number

    def _refuse_free(self, place: int) -> None:
        if not 0 <= place < self.entries or self._number_of(place) >= self.assigned:
            raise FootproofError("E-STATUS-UNASSIGNED", index=place, entries=self.entries)


def _set(bits: bytearray, place: int) -> None:
    bits[place >> 3] |= 0x80 >> (place & 7)


def _is_set(bits: bytearray, place: int) -> bool:
    return bool(bits[place >> 3] & (0x80 >> (place & 7)))
