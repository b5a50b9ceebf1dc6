"""The link detectors, in a fixed order: their position is the code by which tables name them."""

from __future__ import annotations

from stillwatch.links.address import ADDRESS
from stillwatch.links.client import CLIENT
from stillwatch.links.device import DEVICE
from stillwatch.links.email_domain import EMAIL_DOMAIN
from stillwatch.links.model import LinkDetector
from stillwatch.links.payment import PAYMENT
from stillwatch.links.signup_address import SIGNUP_ADDRESS
from stillwatch.links.verbatim import VERBATIM
from stillwatch.links.wording import WORDING

LINK_DETECTORS: tuple[LinkDetector, ...] = (
    WORDING,
    PAYMENT,
    DEVICE,
    SIGNUP_ADDRESS,
    EMAIL_DOMAIN,
    ADDRESS,
    CLIENT,
    VERBATIM,
)
