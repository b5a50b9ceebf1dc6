"""Address: requests of two accounts leave through the same address. Same proxy is not same actor."""

from __future__ import annotations

from stillwatch.links.model import LinkDetector, observed
from stillwatch.records.detector import Detector

ADDRESS = LinkDetector(
    Detector(
        name="address",
        question="coordination",
        assumption="One hand sends through a limited set of exits, so its accounts meet on them more often than their "
        "popularity explains.",
        innocent=(
            "a commercial VPN or proxy with unrelated customers",
            "a campus, an office, a carrier's gateway",
            "an application that calls with its customers' keys",
        ),
        references=("Anthropic, 23 February 2026 (hydra cluster, 20,000 accounts on one proxy)", "BotGraph, NSDI 2009"),
        needs=("client_ip",),
    ),
    side="traffic",
    sql=observed("address"),
    reliability=0.5,
    cap=4.0,
    proposes=False,
)
