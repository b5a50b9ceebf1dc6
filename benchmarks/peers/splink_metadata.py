"""Splink 4.0.16 (MIT) on sign-up records and the commonest client of each account; clusters of at least five accounts.

Fields: payment, device, sign-up address and its /24, e-mail domain, client software, day of the sign-up.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from pathlib import Path

import pandas as pd
import splink.comparison_library as cl
from common import LEAST_GROUP, Accused, accounts, exchanges, main
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLDS = (0.01, 0.05, 0.2, 0.5, 0.9, 0.99, 0.999, 0.9999)


def records(world: Path) -> pd.DataFrame:
    told = accounts(world).to_pandas()
    used = exchanges(world, ["account_id", "tls_fingerprint"]).to_pandas()
    client = used.groupby("account_id")["tls_fingerprint"].agg(lambda c: c.mode().iat[0] if c.notna().any() else None)
    return pd.DataFrame(
        {
            "unique_id": told["account_id"],
            "payment": told["payment_fingerprint"],
            "device": told["device_fingerprint"],
            "address": told["signup_ip"],
            "network": told["signup_ip"].str.rsplit(".", n=1).str[0],
            "domain": told["email_domain"],
            "client": told["account_id"].map(client),
            "day": told["created_time"].dt.strftime("%Y-%m-%d"),
        }
    )


def accuse(world: Path, _: Path) -> Accused:
    logging.getLogger("splink").setLevel(logging.ERROR)
    fields = ("payment", "device", "address", "network", "domain", "client", "day")
    rules = [("payment",), ("device",), ("address",), ("network",), ("domain", "day"), ("client", "day")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.ExactMatch(f).configure(term_frequency_adjustments=True) for f in fields],
        blocking_rules_to_generate_predictions=[block_on(*r) for r in rules],
    )
    linker = Linker(records(world), settings, DuckDBAPI())
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("payment"), block_on("device")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("payment"))
    training.estimate_parameters_using_expectation_maximisation(block_on("network"))
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    return {str(t): clusters(linker, pairs, t) for t in THRESHOLDS}


def clusters(linker: Linker, pairs: object, threshold: float) -> list[list[str]]:
    table = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold).as_pandas_dataframe()
    found: dict[str, list[str]] = defaultdict(list)
    for cluster, name in zip(table["cluster_id"], table["unique_id"], strict=True):
        found[cluster].append(name)
    return [sorted(names) for names in found.values() if len(names) >= LEAST_GROUP]


if __name__ == "__main__":
    main(accuse)
