"""Payment: two accounts are paid with the same instrument."""

from __future__ import annotations

from stillwatch.links.model import LinkDetector, registered
from stillwatch.records.detector import Detector

PAYMENT = LinkDetector(
    Detector(
        name="payment",
        question="coordination",
        assumption="Cards cost money even when stolen or virtual, so one hand pays for several accounts with one.",
        innocent=("a family", "a small firm that pays for its staff", "a reseller that declares itself"),
        references=("Anthropic, 23 February 2026 (shared payment methods)",),
        needs=("payment_fingerprint",),
    ),
    side="registration",
    sql=registered("payment"),
    reliability=1.0,
    cap=10.0,
)
