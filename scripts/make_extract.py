"""Makes the small extract of public traces that the test range ships.

    python scripts/make_extract.py INPUT_FOLDER src/testrange/extract

INPUT_FOLDER holds `real/` and `lists/` Parquet files made from the public sources that ATTRIBUTION.md names. Only
sources under Apache-2.0, MIT, BSD, ISC, CC0 or CC BY are read here; nothing else may be added.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

QUANTILES = ("q05", "q25", "q50", "q75", "q95", "q99")
SAMPLE = 3000
NETWORKS = {
    "home": {
        7922: "US",
        701: "US",
        7018: "US",
        20115: "US",
        2856: "GB",
        5089: "GB",
        3215: "FR",
        12322: "FR",
        3320: "DE",
        8881: "DE",
        3269: "IT",
        3352: "ES",
        8447: "AT",
        3303: "CH",
        1136: "NL",
        5617: "PL",
        3301: "SE",
        577: "CA",
        812: "CA",
        1221: "AU",
        7545: "AU",
        4766: "KR",
        4713: "JP",
        2516: "JP",
        24560: "IN",
        9829: "IN",
        28573: "BR",
        27699: "BR",
        8151: "MX",
        22927: "AR",
        7303: "AR",
        9121: "TR",
        9299: "PH",
        7713: "ID",
        45899: "VN",
        18403: "VN",
        4788: "MY",
        9506: "SG",
        36903: "MA",
        8452: "EG",
        37457: "ZA",
    },
    "mobile": {
        21928: "US",
        22394: "US",
        20057: "US",
        55836: "IN",
        45609: "IN",
        26599: "BR",
        17676: "JP",
        1267: "IT",
        4773: "SG",
        4804: "AU",
    },
    "hosting": {
        16509: "US",
        14618: "US",
        8075: "US",
        396982: "US",
        14061: "US",
        16276: "FR",
        24940: "DE",
        20473: "US",
        63949: "US",
        45102: "SG",
        132203: "SG",
    },
    "edge": {13335: "US"},
    "vpn": {9009: "GB", 212238: "GB", 60068: "GB", 136787: "PA"},
}


def read(folder: Path, name: str) -> pa.Table:
    return pq.read_table(folder / f"{name}.parquet")


def servegen(folder: Path) -> pa.Table:
    """One row per client: requests per day, burstiness, and the median over windows of its length quantiles."""
    rate = read(folder, "real/traffic_servegen_rate")
    days = {"m-large": 14.0, "mm-image": 1.0}
    rows = {}
    for row in (
        rate.group_by(["model", "client_id"]).aggregate([("rate_rps", "sum"), ("cv", "approximate_median")]).to_pylist()
    ):
        key = (row["model"], row["client_id"])
        rows[key] = {
            "model": key[0],
            "client_id": key[1],
            "cv": row["cv_approximate_median"],
            "per_day": row["rate_rps_sum"] * 600 / days[key[0]],
        }
    lengths = read(folder, "real/traffic_servegen_lengths")
    wanted = lengths.filter(pc.is_in(lengths["field"], pa.array(["input_tokens", "output_tokens"])))
    medians = wanted.group_by(["model", "client_id", "field"]).aggregate([(q, "approximate_median") for q in QUANTILES])
    for row in medians.to_pylist():
        target = rows.setdefault(
            (row["model"], row["client_id"]), {"model": row["model"], "client_id": row["client_id"]}
        )
        side = row["field"].removesuffix("_tokens")
        target.update({f"{side}_{q}": round(row[f"{q}_approximate_median"], 1) for q in QUANTILES})
    names = [
        "model",
        "client_id",
        "per_day",
        "cv",
        *(f"{s}_{q}" for s in ("input", "output") for q in QUANTILES),
    ]
    ordered = [rows[k] for k in sorted(rows)]
    return pa.table(
        {
            n: [None if r.get(n) is None else (r[n] if isinstance(r[n], str) else round(r[n], 3)) for r in ordered]
            for n in names
        }
    )


def hours(folder: Path) -> pa.Table:
    """Share of the requests of a day in each hour, per client with enough traffic (relative time, no zone)."""
    rate = read(folder, "real/traffic_servegen_rate")
    hour = pc.cast(pc.floor(pc.divide(pc.cast(rate["t_s"], pa.float64()), 3600.0)), pa.int64())
    data = {
        "client": pc.binary_join_element_wise(
            pc.cast(rate["model"], pa.string()), pc.cast(rate["client_id"], pa.string()), "/"
        )
    }
    clients, index = np.unique(data["client"].to_numpy(zero_copy_only=False), return_inverse=True)
    table = np.zeros((len(clients), 24))
    np.add.at(table, (index, hour.to_numpy() % 24), rate["rate_rps"].to_numpy())
    busy = (table > 0).sum(axis=1) >= 20
    table = table[busy] / table[busy].sum(axis=1, keepdims=True)
    return pa.table({"client": clients[busy], **{f"h{h:02d}": table[:, h].round(4) for h in range(24)}})


def sample(table: pa.Table, columns: list[str], rng: np.random.Generator) -> pa.Table:
    kept = table.select(columns).drop_null()
    picked = kept.take(np.sort(rng.choice(kept.num_rows, min(SAMPLE, kept.num_rows), replace=False)))
    return pa.table({c: pc.cast(picked[c], pa.float32()) for c in columns})


def session_turns(table: pa.Table) -> pa.Table:
    counts = pc.value_counts(table.filter(pc.equal(table["kind"], "request"))["session_id"])
    return pa.table({"requests": sorted(counts.field("counts").to_pylist())})


def prompts(folder: Path, rng: np.random.Generator) -> pa.Table:
    """About five thousand prompts of permissively licensed sets, at most 1,200 characters each."""
    users = read(folder, "real/prompts_user_arenahard_mtbench")
    parts = [
        _pick(users.append_column("subset", users["category"]), source, None, 600, rng)
        for source in ("arena-hard-v0.1", "mt_bench", "vicuna_bench")
    ]
    gorilla = read(folder, "real/prompts_distill_gorilla_apibench")
    parts.append(_pick(gorilla, "Gorilla APIBench", None, 900, rng))
    teacher = read(folder, "real/prompts_distill_gpteacher")
    parts.append(_pick(teacher, "GPTeacher", "codegen", 1300, rng))
    parts.append(_pick(teacher, "GPTeacher", "roleplay", 300, rng))
    factory = read(folder, "real/prompts_distill_llamafactory")
    parts.append(_pick(factory, "LLaMA-Factory", "glaive_toolcall_en_demo", 300, rng))
    bench = read(folder, "real/prompts_distill_gsm8k_humaneval")
    parts.append(_pick(bench, "GSM8K", "test", 1319, rng))
    parts.append(_pick(bench, "HumanEval", None, 164, rng))
    return pa.concat_tables(parts)


def _pick(table: pa.Table, source: str, subset: str | None, most: int, rng: np.random.Generator) -> pa.Table:
    kept = table.filter(pc.equal(table["source"], source))
    if subset:
        kept = kept.filter(pc.equal(kept["subset"], subset))
    text = pc.utf8_trim_whitespace(pc.cast(kept["prompt"], pa.string()))
    length = pc.utf8_length(text)
    text = pc.unique(text.filter(pc.and_(pc.greater(length, 15), pc.less(length, 1200))))
    chosen = np.sort(rng.choice(len(text), min(most, len(text)), replace=False))
    return pa.table({"source": pa.array([source] * len(chosen)), "prompt": text.take(pa.array(chosen))})


def networks(folder: Path) -> pa.Table:
    """Up to 14 of the largest IPv4 ranges of well-known access, mobile, hosting, edge and VPN networks."""
    table = read(folder, "lists/lists_ip2asn_v4")
    rows = []
    for kind, members in NETWORKS.items():
        for asn, country in members.items():
            ranges = table.filter(pc.equal(table["asn"], asn)).select(["start", "end"]).to_pylist()
            largest = sorted(ranges, key=lambda r: r["start"] - r["end"])[:14]
            rows += [
                {"start": r["start"], "end": r["end"], "asn": asn, "country": country, "kind": kind} for r in largest
            ]
    schema = pa.schema(
        [
            ("start", pa.uint32()),
            ("end", pa.uint32()),
            ("asn", pa.int32()),
            ("country", pa.string()),
            ("kind", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def disposable(folder: Path, rng: np.random.Generator) -> pa.Table:
    table = read(folder, "lists/lists_disposable_email_domains")
    domains = table.filter(pc.and_(table["in_ivolo"], table["in_disposable_email_domains"]))["domain"]
    return pa.table(
        {"domain": pc.cast(domains.take(np.sort(rng.choice(len(domains), 400, replace=False))), pa.string())}
    )


def browsers(folder: Path) -> pa.Table:
    table = read(folder, "lists/lists_browser_user_agents")
    weights = table.group_by("userAgent").aggregate([("weight", "sum")])
    top = weights.sort_by([("weight_sum", "descending"), ("userAgent", "ascending")]).slice(0, 400)
    return pa.table(
        {
            "user_agent": pc.cast(top["userAgent"], pa.string()),
            "weight": pc.cast(top["weight_sum"], pa.float32()),
        }
    )


def main(source: Path, target: Path) -> None:
    rng = np.random.default_rng(20260901)
    sessions = read(source, "real/traffic_claudecode_sessions")
    requests = sessions.filter(pc.equal(sessions["kind"], "request"))
    tables = {
        "servegen_clients": servegen(source),
        "servegen_hours": hours(source),
        "azure_conversations": sample(
            read(source, "real/traffic_azure2023_conv"), ["request_tokens", "response_tokens"], rng
        ),
        "coding_requests": sample(requests, ["request_tokens", "response_tokens", "think_time_s", "api_time_s"], rng),
        "coding_sessions": session_turns(sessions),
        "prompts": prompts(source, rng),
        "networks": networks(source),
        "disposable_domains": disposable(source, rng),
        "browsers": browsers(source),
    }
    target.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, target / f"{name}.parquet", compression="zstd", compression_level=19)
        sys.stdout.write(f"{name}: {table.num_rows} rows, {(target / f'{name}.parquet').stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
