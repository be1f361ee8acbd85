"""Writes durations with covariates, from a Cox model with known coefficients: the same bytes for the same arguments.

    python make_durations.py OUTPUT [--rows 1000000] [--tenures distinct|tied]

Tenures are in months: distinct ones have nine decimals, tied ones are whole months up to 60. Two covariates are numbers, which hardly
ever agree between two customers, one is a count and two say yes or no. Three in ten customers are censored at random, and whoever
is still there after 60 months.
"""

import argparse

import numpy as np

SEED = 20250102
END = 60.0
COEFFICIENTS = {"age": -0.02, "price": 0.01, "tickets": 0.15, "annual": -0.7, "promotion": 0.3}


def durations(rows, tied):
    random = np.random.default_rng(SEED)
    columns = {
        "age": np.round(random.normal(45, 12, rows), 3),
        "price": np.round(random.gamma(4, 10, rows), 3),
        "tickets": random.poisson(1.2, rows),
        "annual": random.integers(0, 2, rows),
        "promotion": random.integers(0, 2, rows),
    }
    risk = np.exp(sum(COEFFICIENTS[name] * values for name, values in columns.items()))
    left = random.exponential(1 / (0.05 * risk))
    seen = np.where(random.random(rows) < 0.3, random.uniform(0, END, rows), END)
    time = np.minimum(left, seen)
    time = np.maximum(np.ceil(time), 1) if tied else np.round(time, 9) + 1e-9
    return time, (left <= seen).astype(int), columns


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--tenures", choices=["distinct", "tied"], default="distinct")
    args = parser.parse_args()
    time, event, columns = durations(args.rows, args.tenures == "tied")
    formats = ["%d" if args.tenures == "tied" else "%.9f", "%d", "%.3f", "%.3f", "%d", "%d", "%d"]
    table = np.column_stack([time, event, *columns.values()])
    np.savetxt(args.output, table, fmt=formats, delimiter=",", header=",".join(["time", "event", *columns]), comments="")


main()
