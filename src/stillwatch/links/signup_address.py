"""Sign-up address: two accounts were opened from the same address."""

from __future__ import annotations

from stillwatch.links.model import LinkDetector, registered
from stillwatch.records.detector import Detector

SIGNUP_ADDRESS = LinkDetector(
    Detector(
        name="signup_address",
        question="coordination",
        assumption="Accounts that are made in bulk are made from few addresses.",
        innocent=("a campus or office behind one address", "a mobile carrier's gateway", "a hackathon's venue"),
        references=("Zhao et al., BotGraph, NSDI 2009",),
        needs=("signup_ip",),
    ),
    side="registration",
    sql=registered("signup_address"),
    reliability=0.7,
    cap=6.0,
)
