"""The customer summary of a log with Polars, lazily and streaming: python polars_summary.py LOG OUTPUT THREADS OBSERVATION_END text|integer any|customer

The last two say what the ids are read as, and in which order the customers are written.
"""

import os
import sys

log, output, threads, end, ids, order = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads

import polars as pl  # noqa: E402 (reads the number of threads as it is imported)

types = {"customer_id": {"text": pl.String, "integer": pl.Int64}[ids], "date": pl.Date, "amount": pl.Decimal(18, 2)}
rows = pl.scan_parquet(log) if log.endswith(".parquet") else pl.scan_csv(log, schema=types)
days = (
    rows.group_by("customer_id", "date")
    .agg(pl.col("amount").sum())
)
customers = (
    days.group_by("customer_id")
    .agg(
        first_date=pl.col("date").min(),
        last_date=pl.col("date").max(),
        transactions=pl.len().cast(pl.Int64),
        first_amount=pl.col("amount").min_by("date"),
        amount=pl.col("amount").sum(),
    )
    .with_columns(frequency=pl.col("transactions") - 1)
    .select(
        "customer_id",
        "first_date",
        "last_date",
        "transactions",
        "frequency",
        recency=(pl.col("last_date") - pl.col("first_date")).dt.total_days() / 7,
        age=(pl.lit(end).str.to_date() - pl.col("first_date")).dt.total_days() / 7,
        monetary_value=pl.when(pl.col("frequency") > 0).then(
            (pl.col("amount") - pl.col("first_amount")).cast(pl.Float64) / pl.col("frequency")
        ),
        amount="amount",
    )
)
if order == "customer":
    customers = customers.sort("customer_id")
customers.sink_csv(output, engine="streaming")
