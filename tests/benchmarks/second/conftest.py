"""A data folder of made-up prompts and rates, with the file and column names that the second simulator reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.second.data import Data, read_data

THINGS = [
    "kettle",
    "bicycle",
    "window",
    "garden",
    "ladder",
    "violin",
    "engine",
    "carpet",
    "bridge",
    "lantern",
    "teapot",
]
DEEDS = ["repair", "paint", "sell", "describe", "measure", "compare", "carry", "draw", "clean", "name", "copy", "lift"]


def sentence(n: int) -> str:
    thing, other, deed = THINGS[n % 11], THINGS[n // 11 % 11], DEEDS[n % 12]
    return f"Please {deed} the {thing} number {n} before the {other} arrives. It has {n % 97} parts. Say why."


def rows(kind: str, count: int) -> list[dict[str, Any]]:
    answer = "A made-up answer that only fills space. " * 12
    return [
        {"subset": kind, "source": "GSM8K", "prompt": f"{sentence(n)} ({kind})", "response": answer}
        for n in range(count)
    ]


def prompts(folder: Path) -> None:
    def write(name: str, found: list[dict[str, Any]]) -> None:
        pq.write_table(pa.Table.from_pylist(found), folder / f"{name}.parquet")

    talk = [
        {"conv_id": f"c{n // 3}", "part": 0, "turn": n % 3, "response_chars": 480, **row}
        for n, row in enumerate(rows("talk", 900))
    ]
    write("prompts_user_sharegpt", talk)
    write("prompts_user_arenahard_mtbench", rows("arena", 40))
    write("prompts_user_autoj_scenarios", rows("scenario", 40))
    write("prompts_distill_gpteacher", rows("toolformer", 60) + rows("codegen", 60) + rows("roleplay", 60))
    functions = [{**row, "source": "HumanEval"} for row in rows("functions", 60)]
    write("prompts_distill_gsm8k_humaneval", rows("train", 60) + rows("test", 60) + functions)
    write("prompts_distill_gorilla_apibench", rows("api", 60))
    write("prompts_distill_alpaca_family", rows("code_alpaca_2k", 60))
    factory = ["alpaca_zh_demo", "alpaca_en_demo", "dpo_en_demo", "glaive_toolcall_en_demo"]
    write("prompts_distill_llamafactory", [row for kind in factory for row in rows(kind, 560)])
    write("prompts_distill_autoj", rows("single_train", 60))
    write("traffic_azure2023_conv", [{"response_tokens": n} for n in range(10, 400)])
    lengths = {"model": "m", "client_id": 1, "field": "output_tokens"}
    write(
        "traffic_servegen_lengths",
        [lengths | dict(zip(("q01", "q25", "q50", "q75", "q90", "q99"), range(9, 69, 10), strict=True))],
    )
    rate = [{"model": "m-large", "client_id": 1, "t_s": 600 * n, "rate_rps": 0.1 + n % 7} for n in range(200)]
    write("traffic_servegen_rate", rate)
    request = {"agent": "a", "kind": "request", "request_tokens": 5000, "response_tokens": 200, "api_time_s": 6.0}
    write(
        "traffic_claudecode_sessions",
        [request | {"session_id": f"s{n // 5}", "seq": n % 5, "think_time_s": 2.0} for n in range(50)],
    )


def lists(folder: Path) -> None:
    owners = [
        (7922, "Line"),
        (21928, "Mobile"),
        (16509, "Hosting"),
        (9009, "Tunnel"),
        (64500, "University"),
        (64501, "X GmbH"),
    ]
    start = [(n + 1) << 24 for n in range(len(owners))]
    end = [s + (1 << 20) for s in start]
    networks = {"start": start, "end": end, "asn": [a for a, _ in owners], "org": [o for _, o in owners]}
    pq.write_table(pa.table(networks), folder / "lists_ip2asn_v4.parquet")
    countries = {"start": start, "end": end, "country": ["US", "DE", "FR", "GB", "JP", "BR"]}
    pq.write_table(pa.table(countries), folder / "lists_ip2country_v4.parquet")
    agents = {"userAgent": ["Browser Chrome/120.0", "Browser Firefox/121.0"], "weight": [0.7, 0.3]}
    pq.write_table(pa.table(agents), folder / "lists_browser_user_agents.parquet")
    domains = {"domain": [f"throw{n}.example" for n in range(40)], "in_disposable_email_domains": [True] * 40}
    pq.write_table(pa.table(domains), folder / "lists_disposable_email_domains.parquet")


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, fill in (("real", prompts), ("lists", lists)):
        (folder / name).mkdir()
        fill(folder / name)
    return folder


@pytest.fixture(scope="session")
def data(data_folder: Path) -> Data:
    return read_data(data_folder)
