"""How fast the desk's pages are at the server, on a made-up result with a campaign of 25,000 members.

    python -m benchmarks.desk [--result DIR] [--times 15] [--clients 50]

Prints, for each page, the first answer and the median and 95th percentile of the next ones, in milliseconds: asked by
an in-process client, one at a time, so that the network is left out and all else is in (session, view, template). Then
so many clients at once ask a real server on this machine for all pages in turn; prints requests a second, percentiles,
and every answer that was not 200. Without `--result` the result of `benchmarks.desk_result` is made first.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import sync_playwright

from benchmarks.desk_result import fabricate
from stillwatch.casework.roles import Role
from stillwatch.console.app import create_app
from stillwatch.console.settings import Settings
from stillwatch.console.twin import segment, twin_path
from tests.console.conftest import Browser, entered


def pages_of(app: FastAPI) -> list[str]:
    """One address of every kind of page, on the largest campaign."""
    reading = app.state.desk.reader.current().reading
    largest = max(reading.campaigns, key=lambda row: row["accounts"] or 0)["campaign_id"]
    opened = reading.campaign(largest)
    account = opened.members["account_id"][opened.members.num_rows // 2].as_py()
    value = opened.holdings["value"][0].as_py()
    base = f"/campaigns/{segment(largest)}"
    return [
        "/campaigns",
        "/campaigns?sort=harvested&verdict=distillation",
        base,
        f"{base}/members",
        f"{base}/members?role=mixed&sort=link&page=7",
        f"{base}/members?block=3",
        f"{base}/members?kind={opened.holdings['detector'][0].as_py()}&value={value}",
        f"{base}/evidence",
        f"{base}/network",
        f"/accounts/{segment(account)}",
        f"/search?q={account[:4]}",
        "/search?q=wording",
        "/ledger",
        "/cases",
        "/cases/1",
    ]


def propose(app: FastAPI, browser: Browser) -> float:
    """Open a case on the largest campaign and propose a measure on all its harvesters; seconds of the proposal."""
    reading = app.state.desk.reader.current().reading
    largest = max(reading.campaigns, key=lambda row: row["accounts"] or 0)["campaign_id"]
    page = f"/campaigns/{segment(largest)}"
    opened = browser.submit("/cases/open", page, token="open-the-case", campaign=largest, reason="Measured.")
    assert opened.status_code == 303, opened.text
    seen = dict(re.findall(r'name="(seen_\w+)" value="(\d+)"', browser.get("/cases/1").text))
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form = {"measure": "suspend", "scope": "harvester", "until": until, "reason": "Measured.", **seen}
    start = time.perf_counter()
    assert browser.submit("/cases/1/propose", "/cases", token="propose-it", **form).status_code == 303
    return time.perf_counter() - start


def one_at_a_time(browser: Browser, page: str, times: int) -> tuple[float, list[float]]:
    """Milliseconds of the first answer, and of the next `times`."""
    taken = []
    for _ in range(times + 1):
        start = time.perf_counter()
        answer = browser.get(page)
        taken.append(1000 * (time.perf_counter() - start))
        assert answer.status_code == 200, (page, answer.status_code)
    return taken[0], sorted(taken[1:])


async def all_at_once(
    address: str, cookies: dict[str, str], pages: list[str], clients: int
) -> tuple[Counter[int], list[float]]:
    """Each client asks for every page in turn, each beginning with another; answers by status, and milliseconds."""
    statuses: Counter[int] = Counter()
    taken: list[float] = []

    async def client(place: int) -> None:
        async with httpx2.AsyncClient(base_url=address, cookies=cookies, timeout=120) as http:
            for step in range(len(pages)):
                start = time.perf_counter()
                answer = await http.get(pages[(place + step) % len(pages)])
                taken.append(1000 * (time.perf_counter() - start))
                statuses[answer.status_code] += 1

    await asyncio.gather(*(client(place) for place in range(clients)))
    return statuses, sorted(taken)


def in_a_browser(address: str, cookies: dict[str, str], pages: list[str]) -> dict[str, float]:
    """Milliseconds until a page is loaded in Chromium, the middle one of three, by page; empty without Chromium."""
    found = shutil.which("chromium")
    if found is None:
        return {}
    loaded: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page = context.new_page()
        for path in pages:
            taken = []
            for _ in range(3):
                page.goto(address + path, wait_until="load")
                page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
                taken.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            loaded[path] = statistics.median(taken)
        browser.close()
    return loaded


def served(app: FastAPI, port: int) -> tuple[uvicorn.Server, threading.Thread]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    return server, thread


def main() -> int:
    """Measure, print, and fail if a server answered anything but 200."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--result", type=Path)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--clients", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        work = Path(folder)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        start = time.perf_counter()
        result = asked.result or fabricate(work / "result")
        print(f"result made in {time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        app = create_app(Settings(result, str(work / "desk.sqlite"), signing_key=work / "key", port=port))
        print(f"result read and indexed in {time.perf_counter() - start:.1f} s\n")
        browser = entered(app, Role.ANALYST)
        print(f"a measure on all harvesters proposed in {propose(app, browser):.1f} s\n")
        pages = [page for page in pages_of(app) if browser.get(page).status_code != 404]
        app.state.desk.reader.current().reading.close_all()
        print(f"{'page':<62}{'first':>9}{'median':>9}{'95 %':>9}")
        for page in [one for asked_page in pages for one in (asked_page, _twin(asked_page))]:
            first, taken = one_at_a_time(browser, page, asked.times)
            late = taken[min(len(taken) - 1, int(0.95 * len(taken)))]
            print(f"{page[:60]:<62}{first:>9.0f}{statistics.median(taken):>9.0f}{late:>9.0f}")
        server, thread = served(app, port)
        loaded = in_a_browser(f"http://127.0.0.1:{port}", dict(browser.cookies), pages)
        for page, milliseconds in sorted(loaded.items(), key=lambda item: -item[1])[:4]:
            print(f"slowest in Chromium: {page[:60]:<62}{milliseconds:>6.0f}")
        start = time.perf_counter()
        statuses, taken = asyncio.run(
            all_at_once(f"http://127.0.0.1:{port}", dict(browser.cookies), pages, asked.clients)
        )
        seconds = time.perf_counter() - start
        server.should_exit = True
        thread.join()
        app.state.desk.ledger.close()
    print(f"\n{asked.clients} clients, {len(taken)} requests in {seconds:.1f} s: {len(taken) / seconds:.0f} a second")
    print(f"median {statistics.median(taken):.0f} ms, 95 % {taken[int(0.95 * len(taken))]:.0f} ms; {dict(statuses)}")
    return 0 if set(statuses) == {200} else 1


def _twin(page: str) -> str:
    path, mark, query = page.partition("?")
    return twin_path(path) + mark + query


if __name__ == "__main__":
    sys.exit(main())
