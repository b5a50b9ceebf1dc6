"""E-mail domain: two accounts were opened with addresses of the same rare domain."""

from __future__ import annotations

from stillwatch.links.model import LinkDetector, registered
from stillwatch.records.detector import Detector

EMAIL_DOMAIN = LinkDetector(
    Detector(
        name="email_domain",
        question="coordination",
        assumption="Bulk sign-ups use mailboxes of one throw-away or self-owned domain.",
        innocent=("colleagues", "students of one university", "a regional mail provider"),
        references=("Xiao et al., clusters of fake accounts, AISec 2015",),
        needs=("email_domain",),
    ),
    side="registration",
    sql=registered("email_domain"),
    reliability=0.5,
    cap=4.0,
)
