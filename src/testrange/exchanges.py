"""From requests to rows of the exchange table, and their truth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.records import EXCHANGES
from testrange import seeds
from testrange.activity import Requests, requests_of
from testrange.language import compose
from testrange.lengths import Drawn, input_tokens, output_tokens, reasoning_tokens
from testrange.networks import dotted
from testrange.population import Population
from testrange.rhythm import DAY
from testrange.scripts import Rows, Texts
from testrange.setting import MODELS, TOOLSETS, Setting

TRUTH = pa.schema([("exchange_id", pa.string()), ("harvest", pa.bool_()), ("group", pa.string())])
STATUSES = np.array([200, 429, 500, 400])


def block(setting: Setting, people: Population, part: int, answers: bool) -> tuple[pa.Table, pa.Table]:
    """The exchanges of a block of accounts in order of time, and the truth about them in the same order."""
    rng = setting.generator("block", part)
    return rows_of(setting, people, requests_of(setting, people, rng), rng, answers)


def rows_of(
    setting: Setting, people: Population, requests: Requests, rng: np.random.Generator, answers: bool
) -> tuple[pa.Table, pa.Table]:
    """These requests as exchanges in order of time, and the truth about them in the same order."""
    rows = _columns(setting, people, requests, rng)
    if answers:
        rows["output_text"] = _answers(setting, requests, rng)
    order = pc.sort_indices(rows["time"])
    table = pa.Table.from_arrays([rows[name] for name in EXCHANGES.names], schema=EXCHANGES.arrow).take(order)
    group = pa.array(people.group, pa.string()).take(pa.array(requests.owner))
    truth = pa.Table.from_arrays([rows["exchange_id"], pa.array(requests.harvest), group], schema=TRUTH)
    return table, truth.take(order)


def _columns(setting: Setting, people: Population, requests: Requests, rng: np.random.Generator) -> dict[str, pa.Array]:
    owner, size = requests.owner, len(requests)
    texts = _texts(setting, people, requests, rng)
    model = _model(people, requests)
    status = _status(people, owner, rng)
    drawn = Drawn(owner, requests.number, model, status != 200)
    output = output_tokens(people, drawn, rng)
    accounts = account_ids(people)
    stateless = pa.array(people.stateless[owner])
    conversation = pc.if_else(stateless, pa.scalar(None, pa.string()), seeds.hexadecimal(requests.session, "cv_"))
    turn = pc.if_else(stateless, pa.scalar(None, pa.int16()), pa.array(requests.turn, pa.int16()))
    fixed = {
        "exchange_id": seeds.hexadecimal(rng.integers(0, 1 << 63, size).astype(np.uint64), "ex_", 24),
        "time": _time(setting, requests),
        "account_id": accounts.take(pa.array(owner)),
        "model": pa.array(MODELS).take(pa.array(model)),
        "api_key_id": _keys(people, requests),
        "surface": pa.array(people.surface, pa.string()).take(pa.array(owner)),
        "conversation_id": conversation,
        "turn": turn,
        "system_text": texts.system,
        "input_text": texts.message,
        "output_text": pa.nulls(size, pa.string()),
        "input_tokens": pa.array(input_tokens(people, drawn, (texts.system, texts.message), output, rng), pa.int32()),
        "output_tokens": pa.array(output, pa.int32()),
        "reasoning_tokens": reasoning_tokens(people, drawn, output, rng),
        "tool_names": pa.array(TOOLSETS, pa.list_(pa.string())).take(pa.array(people.tools[owner])),
        "temperature": pa.array(people.temperature[owner], pa.float32(), from_pandas=True),
        "max_output_tokens": pa.array(people.max_output[owner], pa.int32(), mask=people.max_output[owner] < 0),
        "status": pa.array(status, pa.int16()),
    }
    return fixed | _client(setting, people, requests) | _address(setting, people, requests)


def account_ids(people: Population) -> pa.StringArray:
    """The public names of accounts."""
    return seeds.hexadecimal(people.identity, "ac_")


def _time(setting: Setting, requests: Requests) -> pa.Array:
    return pa.array(setting.clock.start + (requests.seconds * 1e6).astype(np.int64), EXCHANGES.arrow.field("time").type)


def _texts(setting: Setting, people: Population, requests: Requests, rng: np.random.Generator) -> Texts:
    """Each script writes its own rows; then all go back to the order of requests."""
    owner = requests.owner
    script = np.where(requests.harvest, people.harvest_script[owner], people.script[owner])
    columns = (people.voice[owner], requests.speaker, requests.session, requests.turn)
    rows = Rows(*columns, setting.book, rng)
    order, written = [], []
    for number in np.unique(script):
        picked = np.flatnonzero(script == number)
        order.append(picked)
        written.append(setting.scripts[number].write(rows.take(picked)))
    if not written:
        return Texts(pa.array([], pa.string()), pa.array([], pa.string()))
    back = pa.array(np.argsort(np.concatenate(order)))
    return Texts(
        pa.concat_arrays([w.system for w in written]).take(back),
        pa.concat_arrays([w.message for w in written]).take(back),
    )


def _model(people: Population, requests: Requests) -> seeds.Indices:
    """The usual model, a second one now and then, and after the account's move the new one for a share."""
    owner = requests.owner
    chance = seeds.unit(seeds.mix(requests.session, 81))
    other = seeds.unit(seeds.mix(requests.session, 82)) < 0.12
    usual = np.where(other, (seeds.unit(seeds.mix(people.voice[owner], 83)) * 4).astype(np.int64), people.model[owner])
    moved = (requests.seconds > people.move_day[owner] * DAY) & (chance < people.move_share[owner])
    return np.where(moved, people.next_model[owner], usual)


def _status(people: Population, owner: seeds.Indices, rng: np.random.Generator) -> seeds.Indices:
    """Nearly all succeed; the more an account asks for, the more often it meets its rate limit."""
    limited = 0.002 + 0.02 * np.minimum(people.rate[owner] / 400.0, 1.0)
    chance = rng.random(len(owner))
    found: seeds.Indices = STATUSES[(chance < limited).astype(np.int64) + 2 * (chance > 0.992) + (chance > 0.996)]
    return found


def _keys(people: Population, requests: Requests) -> pa.Array:
    """The key used; the app has none."""
    owner = requests.owner
    key = (seeds.unit(seeds.mix(requests.session, 84)) ** 2 * people.keys[owner]).astype(np.int64)
    names = seeds.hexadecimal(seeds.mix(people.identity[owner], 85, key), "key_", 12)
    return pc.if_else(pa.array((people.surface == "app")[owner]), pa.scalar(None, pa.string()), names)


def _client(setting: Setting, people: Population, requests: Requests) -> dict[str, pa.Array]:
    owner = requests.owner
    second = seeds.unit(seeds.mix(requests.session, 86)) < people.second_share[owner]
    client = pa.array(np.where(second, people.second_client[owner], people.client[owner]))
    agents = pa.array(setting.software.agent, pa.string())
    return {
        "user_agent": agents.take(client),
        "tls_fingerprint": pa.array(setting.software.handshake, pa.string()).take(client),
    }


def _address(setting: Setting, people: Population, requests: Requests) -> dict[str, pa.Array]:
    """One address per session: an exit of the account's pool, the other place, or the usual one."""
    owner = requests.owner
    chance = seeds.unit(seeds.mix(requests.session, 87))
    away = seeds.unit(seeds.mix(requests.session, 88)) < people.away_share[owner]
    address = np.where(away, people.away[owner], _leased(setting, people, requests))
    if setting.pools:
        sizes = np.array([len(pool) for pool in setting.pools])
        pool = np.maximum(people.pool[owner], 0)
        exit_number = (seeds.unit(seeds.mix(requests.session, 89)) * sizes[pool]).astype(np.int64)
        exits = np.concatenate(setting.pools)[(np.cumsum(sizes) - sizes)[pool] + exit_number]
        address = np.where((people.pool[owner] >= 0) & (chance < people.pool_share[owner]), exits, address)
    place = setting.networks.place(address)
    return {
        "client_ip": dotted(address),
        "client_asn": pa.array(setting.networks.asn[place], pa.int32()),
        "client_country": pa.array(setting.networks.country, pa.string()).take(pa.array(place)),
    }


def _leased(setting: Setting, people: Population, requests: Requests) -> seeds.Indices:
    """The home address of the day: networks hand out another one of the neighbourhood when a lease ends."""
    owner = requests.owner
    lease = people.lease[owner]
    period = (requests.seconds / (np.maximum(lease, 1.0) * DAY)).astype(np.int64)
    home = people.home[owner]
    other = (home & ~4095) + (seeds.unit(seeds.mix(home, period, 90)) * 4096).astype(np.int64)
    place = setting.networks.place(home)
    other = np.clip(other, setting.networks.start[place], setting.networks.end[place])
    return np.where((lease > 0) & (period > 0), other, home)


def _answers(setting: Setting, requests: Requests, rng: np.random.Generator) -> pa.StringArray:
    """A short synthetic answer, for code that wants one to be there."""
    size = len(requests)
    groups = setting.book.group("answer", rng.integers(0, 11, size))
    return compose(setting.book, groups, requests.speaker, np.zeros(size, dtype=np.uint64), rng)
