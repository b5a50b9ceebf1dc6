"""Real prompts, rates and lists, read from the data folder at run time. No text of them is in the repository."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from benchmarks.second.catalogue import NETWORKS

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Item = tuple[str, str | None]
"""A prompt and its answer, where there is one."""
Columns = dict[str, list[Any]]


class Turn(NamedTuple):
    """One message of a real conversation."""

    number: int
    text: str
    answer: str | None
    answer_chars: int


@dataclass(frozen=True)
class Prompts:
    """Texts. `items` are what campaigns take, by domain; `hobby` are such items that ordinary people send."""

    conversations: list[list[Turn]]
    passages: list[str]
    singles: list[Item]
    items: dict[str, list[Item]]
    hobby: list[Item]
    sums_test: list[str]
    functions: list[str]
    judged: list[Item]


@dataclass(frozen=True)
class Traffic:
    """Lengths and rates. Agent requests are (tokens in, tokens out, seconds to the next)."""

    agent_sessions: list[list[tuple[int, int, float]]]
    chat_output: Numbers
    application_output: list[list[float]]
    profiles: list[tuple[Numbers, Shares]]


@dataclass(frozen=True)
class Internet:
    """Address ranges with network and country, browsers, disposable mail domains."""

    start: Numbers
    end: Numbers
    asn: Numbers
    ranges: dict[str, tuple[Numbers, Shares]]
    country_start: Numbers
    country_end: Numbers
    country_code: npt.NDArray[np.object_]
    browsers: list[str]
    browser_shares: Shares
    disposable: list[str]

    def country(self, addresses: Any) -> npt.NDArray[np.object_]:
        """Country of each address, or None."""
        address = np.asarray(addresses, np.int64)
        at = np.clip(np.searchsorted(self.country_start, address, "right") - 1, 0, len(self.country_start) - 1)
        found = self.country_code[at].copy()
        found[~((address <= self.country_end[at]) & (address >= self.country_start[at]))] = None
        return found

    def network(self, addresses: Any) -> Numbers:
        """Network of each address, or 0."""
        address = np.asarray(addresses, np.int64)
        at = np.clip(np.searchsorted(self.start, address, "right") - 1, 0, len(self.start) - 1)
        return np.where((address <= self.end[at]) & (address >= self.start[at]), self.asn[at], 0)


@dataclass(frozen=True)
class Data:
    """All that is read from the data folder."""

    prompts: Prompts
    traffic: Traffic
    internet: Internet


def read_data(folder: Path) -> Data:
    """Read `real/*.parquet` and `lists/*.parquet`; about 2 s."""
    real, lists = folder / "real", folder / "lists"
    return Data(_prompts(real), _traffic(real), _internet(lists))


def _columns(path: Path, *names: str) -> Columns:
    found: Columns = pq.read_table(path, columns=list(names)).to_pydict()
    return found


def _prompts(real: Path) -> Prompts:
    shared = _columns(
        real / "prompts_user_sharegpt.parquet", "conv_id", "part", "turn", "prompt", "response", "response_chars"
    )
    asked = _columns(real / "prompts_user_arenahard_mtbench.parquet", "prompt", "response")
    scenarios = _columns(real / "prompts_user_autoj_scenarios.parquet", "prompt")["prompt"]
    singles: list[Item] = [*zip(asked["prompt"], asked["response"], strict=True), *((p, None) for p in scenarios)]
    judged = _columns(real / "prompts_distill_autoj.parquet", "subset", "prompt", "response")
    items: dict[str, list[Item]] = {
        domain: [] for domain in ("tool", "code", "role", "math", "api", "inst", "pref", "tooltraj")
    }
    _teacher(real, items)
    sums_test, functions = _sums(real, items)
    calls = _columns(real / "prompts_distill_gorilla_apibench.parquet", "prompt", "response")
    items["api"] = [(p, r) for p, r in zip(calls["prompt"], calls["response"], strict=True) if p and len(p) < 900]
    hobby = _instructions(real, items)
    return Prompts(
        conversations=_conversations(shared),
        passages=[answer for answer in shared["response"] if answer and len(answer) > 350],
        singles=singles,
        items={domain: _distinct(found) for domain, found in items.items()},
        hobby=hobby,
        sums_test=sums_test,
        functions=functions,
        judged=[
            (p, r)
            for subset, p, r in zip(judged["subset"], judged["prompt"], judged["response"], strict=True)
            if subset == "single_train"
        ],
    )


def _distinct(items: list[Item]) -> list[Item]:
    """The first of each prompt."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item[0], item)
    return list(first.values())


def _conversations(shared: Columns) -> list[list[Turn]]:
    """Conversations, with series of prompts by one author thinned to about four."""
    names = ("conv_id", "part", "turn", "prompt", "response", "response_chars")
    parts: dict[tuple[str, int], list[Turn]] = {}
    for conversation, part, number, text, answer, chars in zip(*(shared[name] for name in names), strict=True):
        if text:
            parts.setdefault((conversation, part), []).append(Turn(number, text, answer, int(chars or 400)))
    count = Counter(turn.text[:50] for turns in parts.values() for turn in turns if len(turn.text) > 40)
    chance, kept = random.Random(3), []
    for turns in parts.values():
        left = [
            turn
            for turn in sorted(turns, key=lambda turn: turn.number)
            if len(turn.text) <= 40 or count[turn.text[:50]] <= 4 or chance.random() < 4 / count[turn.text[:50]]
        ]
        if left:
            kept.append(left)
    return kept


def _teacher(real: Path, items: dict[str, list[Item]]) -> None:
    found = _columns(real / "prompts_distill_gpteacher.parquet", "subset", "prompt", "response")
    for subset, prompt, answer in zip(found["subset"], found["prompt"], found["response"], strict=True):
        if subset == "toolformer":
            lines = [x for x in prompt.strip().split("\n") if x.strip() and not x.startswith("toolformer")]
            if lines and len(lines[-1]) > 18:
                items["tool"].append((lines[-1].strip(), answer))
        elif subset in ("codegen", "roleplay"):
            items["code" if subset == "codegen" else "role"].append((prompt, answer))


def _sums(real: Path, items: dict[str, list[Item]]) -> tuple[list[str], list[str]]:
    found = _columns(real / "prompts_distill_gsm8k_humaneval.parquet", "subset", "source", "prompt", "response")
    test, functions = [], []
    for subset, source, prompt, answer in zip(*found.values(), strict=True):
        if source == "HumanEval":
            functions.append(prompt)
        elif subset == "test":
            test.append(prompt)
        elif subset == "train":
            items["math"].append((prompt, re.sub(r"<<.*?>>", "", answer)))
    return test, functions


def _instructions(real: Path, items: dict[str, list[Item]]) -> list[Item]:
    """Fill the domains of instructions; what is over is what ordinary people send as well."""
    alpaca = _columns(real / "prompts_distill_alpaca_family.parquet", "subset", "prompt", "response")
    code: list[Item] = [(p, r) for s, p, r in zip(*alpaca.values(), strict=True) if s == "code_alpaca_2k"]
    found = _columns(real / "prompts_distill_llamafactory.parquet", "subset", "prompt", "response")
    chinese: list[Item] = []
    english: list[Item] = []
    for subset, prompt, answer in zip(*found.values(), strict=True):
        if not prompt:
            continue
        if "alpaca_zh" in subset:
            chinese.append((prompt, answer))
        elif "alpaca_en" in subset:
            english.append((prompt, answer))
        elif "dpo" in subset:
            items["pref"].append((prompt, answer))
        elif "glaive" in subset or "reason" in subset:
            items["tooltraj"].append((prompt, answer))
    chance = random.Random(5)
    for some in (chinese, english, code):
        chance.shuffle(some)
    items["inst"] = chinese[:500] + english[:550]
    items["code"] += code[:1500]
    return chinese[500:] + english[550:] + code[1500:]


def _traffic(real: Path) -> Traffic:
    lengths = _columns(real / "traffic_servegen_lengths.parquet", "field", "q01", "q25", "q50", "q75", "q90", "q99")
    output = pq.read_table(real / "traffic_azure2023_conv.parquet", columns=["response_tokens"])
    return Traffic(
        agent_sessions=_agent_sessions(real),
        chat_output=np.array(output["response_tokens"]),
        application_output=[
            [max(1, value or 1) for value in quantiles]
            for field, *quantiles in zip(*lengths.values(), strict=True)
            if field == "output_tokens" and quantiles[2]
        ],
        profiles=_profiles(real),
    )


def _agent_sessions(real: Path) -> list[list[tuple[int, int, float]]]:
    found = _columns(
        real / "traffic_claudecode_sessions.parquet",
        "session_id", "agent", "kind", "request_tokens", "response_tokens", "think_time_s", "api_time_s",
    )  # fmt: skip
    sessions: dict[tuple[str, str], list[tuple[int, int, float]]] = {}
    for session, agent, kind, asked, answered, think, answering in zip(*found.values(), strict=True):
        if kind == "request" and asked:
            request = (int(asked), int(answered or 100), float(answering or 8) + float(think or 1))
            sessions.setdefault((session, agent), []).append(request)
    return [requests for requests in sessions.values() if len(requests) > 2]


def _profiles(real: Path) -> list[tuple[Numbers, Shares]]:
    """Cumulative request rates of the clients of one real service over two weeks."""
    rates = pq.read_table(real / "traffic_servegen_rate.parquet", columns=["model", "client_id", "t_s", "rate_rps"])
    model = np.array(rates["model"].to_pylist())
    client, time, rate = (np.array(rates[name]) for name in ("client_id", "t_s", "rate_rps"))
    profiles = []
    for name in np.unique(client[model == "m-large"]):
        own = (client == name) & (model == "m-large")
        if own.sum() > 150:
            most = np.quantile(rate[own], 0.98) * 1.5
            profiles.append((time[own], np.cumsum(np.minimum(rate[own], most))))
    return profiles


def _internet(lists: Path) -> Internet:
    networks = pq.read_table(lists / "lists_ip2asn_v4.parquet")
    start, end, asn = (np.array(networks[name]).astype(np.int64) for name in ("start", "end", "asn"))
    owner = [name or "" for name in networks["org"].to_pylist()]
    firms = ("Bank", "Insurance", "Consult", "GmbH")
    chosen: dict[str, Any] = {
        **NETWORKS,
        "uni": np.unique(asn[np.array(["niversit" in name for name in owner])]),
        "corp": np.unique(asn[np.array([any(word in name for word in firms) for name in owner])]),
    }
    countries = pq.read_table(lists / "lists_ip2country_v4.parquet")
    browsers = pq.read_table(lists / "lists_browser_user_agents.parquet", columns=["userAgent", "weight"])
    weight = np.array(browsers["weight"])
    mail = pq.read_table(lists / "lists_disposable_email_domains.parquet")
    listed = zip(mail["domain"].to_pylist(), mail["in_disposable_email_domains"].to_pylist(), strict=True)
    return Internet(
        start=start,
        end=end,
        asn=asn,
        ranges={kind: _ranges(start, end, asn, np.array(list(numbers))) for kind, numbers in chosen.items()},
        country_start=np.array(countries["start"]).astype(np.int64),
        country_end=np.array(countries["end"]).astype(np.int64),
        country_code=np.array(countries["country"].to_pylist(), object),
        browsers=browsers["userAgent"].to_pylist(),
        browser_shares=np.cumsum(weight / weight.sum()),
        disposable=[domain for domain, yes in listed if yes and domain.count(".") == 1],
    )


def _ranges(start: Numbers, end: Numbers, asn: Numbers, numbers: Numbers) -> tuple[Numbers, Shares]:
    """Ranges of some networks and their cumulative shares: a large network counts by the root of its size."""
    rows = np.flatnonzero(np.isin(asn, numbers))
    size = (end[rows] - start[rows] + 1).astype(float)
    total: dict[int, float] = {}
    for number, addresses in zip(asn[rows], size, strict=True):
        total[number] = total.get(number, 0) + addresses
    weight = size * np.array([total[number] ** -0.5 for number in asn[rows]])
    return rows, np.cumsum(weight / weight.sum())
