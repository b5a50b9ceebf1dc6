"""Cases and judgements: a ledger that only grows, and what follows from it. No HTML, no HTTP."""
