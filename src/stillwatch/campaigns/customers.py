"""Customers: accounts that openly belong together. What they share counts for nothing, whoever looks.

An organisation that the provider verified is one customer. So is a firm that never asked to be verified and hides
nothing: its accounts have mailboxes of one e-mail domain that few have and whose cards nobody else uses; so are those
whom one card pays for and who have one such domain, a laboratory of a university; and so are the colleagues who
signed up with a private mailbox at the same office. A pool that wants to look like many customers cannot look like
one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.campaigns.model import Bools, Ints

FIRM = 50
"""Accounts of an e-mail domain or of a sign-up address up to which it can be one firm's; larger ones are mail
providers, campuses and gateways. A judgement."""
PROVIDER = 0.01
"""Share of all accounts from which an e-mail domain is a mail provider's. A judgement."""
OFFICE, MOSTLY = 3, 0.5
"""Accounts of one customer at a sign-up address, and their share of all there, from which the rest are colleagues."""


def customers(registrations: pa.Table) -> Ints:
    """The unit of each account, in order: its own number, or one number above all accounts for each open customer.

    `registrations`: one row per account with `organisation`, `email_domain`, `payment`, `signup_address`.
    Linear, but for sorting.
    """
    size = registrations.num_rows
    organisation, domain = _codes(registrations["organisation"]), _codes(registrations["email_domain"])
    card = _codes(registrations["payment"])
    firm, laboratory = _open(domain, card), _one_payer(domain, card)
    unit = _joined(size, (organisation, np.where(firm, domain, -1), np.where(laboratory, card, -1)))
    unit = _joined(size, (_shared(unit), _offices(unit, _codes(registrations["signup_address"]))))
    counts = np.bincount(unit)
    return np.where(counts[unit] >= 2, size + unit, np.arange(size)).astype(np.int64)


def _codes(values: pa.ChunkedArray) -> Ints:
    """Dense numbers of values, -1 where there is none."""
    return np.asarray(values.combine_chunks().dictionary_encode().indices.fill_null(-1)).astype(np.int64)


def _open(domain: Ints, card: Ints) -> Bools:
    """Accounts of domains that few have and whose cards are seen with no other domain."""
    count = int(domain.max(initial=-1)) + 1
    holders = np.bincount(domain[domain >= 0], minlength=count)
    fit = (holders >= 2) & (holders <= FIRM)
    fit[domain[(domain >= 0) & _several(domain, card)]] = False
    return _of(fit, domain)


def _one_payer(domain: Ints, card: Ints) -> Bools:
    """Accounts of cards that only accounts of one domain use, a domain that is no mail provider's."""
    count = int(domain.max(initial=-1)) + 1
    small = np.bincount(domain[domain >= 0], minlength=count) <= max(FIRM, PROVIDER * domain.size)
    return np.asarray((card >= 0) & ~_several(domain, card) & _of(small, domain), bool)


def _several(domain: Ints, card: Ints) -> Bools:
    """Accounts whose card is used with several domains; an account without a domain is one of its own."""
    where = np.where(domain >= 0, domain, domain.max(initial=-1) + 1 + np.arange(domain.size))
    pairs = np.unique(np.stack([card[card >= 0], where[card >= 0]], axis=1), axis=0)
    domains = np.bincount(pairs[:, 0], minlength=int(card.max(initial=-1)) + 1)
    return _of(domains >= 2, card)


def _of(holds: Bools, code: Ints) -> Bools:
    """What holds of the value of each account; false where it has none."""
    return np.asarray((code >= 0) & holds[np.maximum(code, 0)] if holds.size else np.zeros(code.size, bool), bool)


def _joined(size: int, values: tuple[Ints, ...]) -> Ints:
    """Components of accounts that are joined by these values."""
    rows, columns, width = [], [], size
    for value in values:
        held = np.flatnonzero(value >= 0)
        rows.append(held)
        columns.append(width + value[held])
        width += int(value.max(initial=-1)) + 1
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_array((np.ones(row.size, np.int8), (row, column)), shape=(width, width))
    found = connected_components(graph, directed=False)[1][:size]
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _shared(unit: Ints) -> Ints:
    """Units with several accounts; -1 for the others."""
    return np.where(np.bincount(unit)[unit] >= 2, unit, -1)


def _offices(unit: Ints, address: Ints) -> Ints:
    """For accounts that signed up where most accounts are one customer's, that address; -1 for the others."""
    count = int(address.max(initial=-1)) + 1
    there = np.bincount(address[address >= 0], minlength=count)
    shared = (_shared(unit) >= 0) & (address >= 0)
    pairs, most = np.unique(np.stack([address[shared], unit[shared]], axis=1), axis=0, return_counts=True)
    office = (most >= OFFICE) & (most >= MOSTLY * there[pairs[:, 0]]) & (there[pairs[:, 0]] <= FIRM)
    offices = np.zeros(count, bool)
    offices[pairs[office, 0]] = True
    return np.where(_of(offices, address), address, -1)
