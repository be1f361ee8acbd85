"""Writes tables of one row a customer or a contract: the same bytes for the same arguments.

    python make_customers.py profits|contracts OUTPUT [--rows 10000000]

`profits` has `customer_id,net_revenue,cost_to_serve,profit`, nine in ten customers profitable and in no order. `contracts` has
`customer_id,start,end,amount,plan` of five years, up to three contracts a customer one after the other; four in ten go on.
"""

import argparse

import numpy as np
import polars as pl

SEED = 20250103
CHUNK = 1_000_000
FIRST_DAY = np.datetime64("2020-01-01")
DAYS = 1_826


def ids(numbers):
    """Eight digits each, in no order and none twice."""
    return pl.Series(numbers * 38_196_601 % 90_000_000 + 10_000_000)


def profits(random, first, rows):
    revenue = np.round(random.lognormal(5, 1, rows), 2)
    cost = np.round(revenue * random.lognormal(-1.2, 0.9, rows), 2)
    columns = {"customer_id": ids(np.arange(first, first + rows)), "net_revenue": revenue, "cost_to_serve": cost}
    money = pl.col("net_revenue", "cost_to_serve", "profit").round(2).cast(pl.Decimal(18, 2))
    return pl.DataFrame(columns).with_columns(profit=pl.col("net_revenue") - pl.col("cost_to_serve")).with_columns(money)


def contracts(random, first, rows):
    # Runs of three rows; a later contract of the run is of the same customer six times in ten.
    number = np.arange(first, first + rows)
    place = number % 3
    own = np.cumprod(random.random((rows // 3 + 1, 3)) < 0.6, axis=1).ravel()[:rows].astype(bool)
    customer = np.where((place > 0) & own, number - place, number)
    width = DAYS // 3
    start = place * width + random.integers(0, width // 2, rows)
    end = start + 1 + (random.random(rows) * (width // 2)).astype(int)
    goes_on = (place == 2) | ~own & (random.random(rows) < 0.4)
    return pl.DataFrame({
        "customer_id": ids(customer),
        "start": FIRST_DAY + start,
        "end": pl.Series(FIRST_DAY + end).set(pl.Series(goes_on), None),
        "amount": random.choice([9.9, 19.9, 49.0, 99.0], rows),
        "plan": random.choice(["basic", "plus", "pro"], rows),
    }).with_columns(pl.col("amount").round(2).cast(pl.Decimal(18, 2)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("table", choices=["profits", "contracts"])
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, default=10_000_000)
    args = parser.parse_args()
    random = np.random.default_rng(SEED)
    chunk = CHUNK - CHUNK % 3
    with open(args.output, "wb") as file:
        for first in range(0, args.rows, chunk):
            table = {"profits": profits, "contracts": contracts}[args.table](random, first, min(chunk, args.rows - first))
            table.write_csv(file, include_header=first == 0)


main()
