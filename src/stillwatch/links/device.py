"""Device: two accounts were signed up from the same device."""

from __future__ import annotations

from stillwatch.links.model import LinkDetector, registered
from stillwatch.records.detector import Detector

DEVICE = LinkDetector(
    Detector(
        name="device",
        question="coordination",
        assumption="Account farms reuse devices and browser profiles.",
        innocent=("a shared family or library computer", "a fleet of identical office machines"),
        references=(
            "Stringhini et al., EvilCohort, USENIX Security 2015",
            "Xu et al., Deep Entity Classification, 2021",
        ),
        needs=("device_fingerprint",),
    ),
    side="registration",
    sql=registered("device"),
    reliability=0.9,
    cap=10.0,
)
