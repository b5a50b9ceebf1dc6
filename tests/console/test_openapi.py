"""The console is attacked from its own description: whatever fits it or does not, there is no fault of ours.

Pages that are added to `stillwatch.console.app.ROUTERS` are covered without a change here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from argon2 import PasswordHasher
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from stillwatch.access import passwords
from stillwatch.casework import judgements as j
from stillwatch.casework.judgements import Judgement
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.snapshot import snapshot
from stillwatch.console.app import ROUTERS, create_app
from stillwatch.console.guard import Desk
from stillwatch.console.settings import Settings
from stillwatch.console.twin import segment
from tests.report import fakes

from .conftest import ADDRESS, UNTIL, Browser, entered

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
CASES = 4
"""Requests per operation; each is sent by everybody, with and without a session."""
KNOWN = ["c-4b1d9e", f"c-hostile{fakes.HOSTILE}", "1", "2"]
"""Ids that lead somewhere, so that pages are made and not only refused."""


def _description() -> dict[str, Any]:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return app.openapi()


DESCRIPTION = _description()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
OPERATIONS = [(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def desk_app(made_up_result: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One console for all requests, with whatever they leave behind."""
    folder = tmp_path_factory.mktemp("attacked")
    told = Settings(
        made_up_result,
        str(folder / "desk.sqlite"),
        signing_key=folder / "signing.key",
        clock=lambda: datetime.now(UTC),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024))
        app = create_app(told)
        _work(app.state.desk)
        yield app
        app.state.desk.ledger.close()


def _work(desk: Desk) -> None:
    """Two cases with everything that a case can have, so that their pages and forms are reached."""
    now, ada, ben = desk.reader.current().reading, Author("ada", Role.ANALYST), Author("ben", Role.APPROVER)
    campaign = now.campaign(KNOWN[0])
    assert campaign is not None
    member = str(campaign.members["account_id"][0])
    seen = snapshot(now.result, [KNOWN[0]], [member])
    worked: list[tuple[Judgement, Author]] = [
        (j.Opened(reason="x", title="One", campaigns=(KNOWN[0],)), ada),
        (j.Opened(reason="x", title="Two", campaigns=(KNOWN[1],)), ada),
        (j.Proposed(case=1, reason="x", accounts=(member,), measure="limit", until=UNTIL), ada),
        (j.Appealed(case=1, reason="x", account=member, statement="No."), ada),
        (j.Cleared(case=1, reason="x", accounts=(member,)), ben),
    ]
    for number, (judgement, author) in enumerate(worked):
        desk.ledger.append(judgement, author, f"work-{number}", seen)


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=str)
def test_no_request_is_a_fault_of_ours(desk_app: FastAPI, path: str, method: str) -> None:
    operation = SCHEMA[path][method]
    browsers = [Browser(desk_app), *(entered(desk_app, role) for role in Role)]
    tokens = [browser.form_token("/sign-in") for browser in browsers]
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    unfit = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=CASES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=fitting | unfit, ours=st.integers(0, 3), data=st.data())
    def attack(case: Any, ours: int, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if data.draw(st.booleans()):
                case.path_parameters[name] = segment(data.draw(st.sampled_from(KNOWN)))
        for browser, token in zip(browsers, tokens, strict=True):
            if ours and isinstance(case.body, dict):  # a form without its token goes no further than the door
                case.body["form_token"] = token
            response = browser.request(**_sendable(case.as_transport_kwargs(base_url=ADDRESS)))
            case.validate_response(response, checks=CHECKS)

    attack()


def _sendable(asked: dict[str, Any]) -> dict[str, Any]:
    """What schemathesis would send, as the client takes it; cookies stay the browser's own."""
    kept = {name: asked[name] for name in ("method", "url", "params", "data", "json") if asked.get(name) is not None}
    headers = {name: value for name, value in (asked.get("headers") or {}).items() if name.lower() == "accept"}
    return kept | {"headers": headers}
