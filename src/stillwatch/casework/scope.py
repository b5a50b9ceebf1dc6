"""Which accounts a case is about: the one rule by which the ledger, the desk and a dossier tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The members of the `whole` campaigns but those in `without`, and of the `parts` only those in `accounts`."""

    whole: tuple[str, ...]
    parts: tuple[str, ...] = ()
    accounts: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def campaigns(self) -> tuple[str, ...]:
        """All campaigns that it is about, whole or in part."""
        return tuple(dict.fromkeys((*self.whole, *self.parts)))

    @property
    def divided(self) -> bool:
        """Whether members of its campaigns are in another case."""
        return bool(self.parts or self.without)

    def may_hold(self, account: str) -> bool:
        """Whether an account of its campaigns belongs to it, whichever of them it is in."""
        return account in self.accounts or (bool(self.whole) and account not in self.without)
