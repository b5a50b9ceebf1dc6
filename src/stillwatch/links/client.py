"""Client software: two accounts call with the same rare combination of user agent and handshake."""

from __future__ import annotations

from stillwatch.links.model import LinkDetector, observed
from stillwatch.records.detector import Detector

CLIENT = LinkDetector(
    Detector(
        name="client",
        question="coordination",
        assumption="One hand runs one build of its own client.",
        innocent=("customers of one application", "an unusual but public library version"),
        references=("Anthropic, 23 February 2026 (request metadata)", "OWASP AISVS 1.0, C11.3 (TLS fingerprints)"),
        needs=("user_agent", "tls_fingerprint"),
    ),
    side="traffic",
    sql=observed("client"),
    reliability=0.3,
    cap=2.0,
    proposes=False,
)
