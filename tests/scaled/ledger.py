"""What people were told was accepted, and what is there: told once each, found once each."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Account:
    """One kind of thing: what was tried, what of it was accepted, what is there."""

    kind: str
    tried: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    there: Counter[str] = field(default_factory=Counter)

    @property
    def lost(self) -> list[str]:
        """Accepted, and not there."""
        return sorted(self.accepted - set(self.there))

    @property
    def doubled(self) -> list[str]:
        """There more than once."""
        return sorted(one for one, times in self.there.items() if times > 1)

    @property
    def strange(self) -> list[str]:
        """There, and never tried."""
        return sorted(set(self.there) - self.tried)

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.doubled or self.strange)

    def __str__(self) -> str:
        unsure = len(set(self.there) - self.accepted)
        return (
            f"{self.kind:<22} {len(self.tried):>6} {len(self.accepted):>9} {len(self.there):>6} "
            f"{len(self.lost):>5} {len(self.doubled):>8} {unsure:>8}"
        )


HEADING = (
    f"{'':<22} {'tried':>6} {'accepted':>9} {'there':>6} {'lost':>5} {'doubled':>8} {'unsure':>8}"
)


class Ledger:
    """Accounts that many threads write into, and the pages that nobody should be shown."""

    def __init__(self, *kinds: str) -> None:
        self.accounts = {kind: Account(kind) for kind in kinds}
        self.unreadable: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self._lock = threading.Lock()

    def trying(self, kind: str, one: str) -> None:
        with self._lock:
            self.accounts[kind].tried.add(one)

    def accept(self, kind: str, one: str) -> None:
        with self._lock:
            self.accounts[kind].accepted.add(one)

    def answered(self, status: int, complaint: str | None) -> None:
        with self._lock:
            self.answers[status] += 1
            if complaint:
                self.unreadable[complaint] += 1

    @property
    def is_right(self) -> bool:
        return all(each.is_right for each in self.accounts.values()) and not self.unreadable

    def lines(self) -> list[str]:
        """The ledger as it is printed; `unsure` is there though the answer never came."""
        told = [HEADING, *(str(each) for each in self.accounts.values())]
        statuses = ", ".join(f"{status}: {times}" for status, times in sorted(self.answers.items()))
        told.append(f"answers by status: {statuses}")
        for account in self.accounts.values():
            for what in ("lost", "doubled", "strange"):
                if names := getattr(account, what):
                    told.append(f"{account.kind} {what}: {', '.join(names[:10])}")
        told += [f"unreadable page: {complaint} ({n}×)" for complaint, n in self.unreadable.items()]
        return told
