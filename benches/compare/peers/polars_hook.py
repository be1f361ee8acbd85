"""The Hook curve, its bands, Gini and the portfolio grid with Polars: python polars_hook.py PROFITS OUTPUT THREADS"""

import os
import sys

table, output, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads

import polars as pl  # noqa: E402 (reads the number of threads as it is imported)

money = pl.Decimal(18, 2)
customers = pl.read_csv(
    table, schema={"customer_id": pl.String, "net_revenue": money, "cost_to_serve": money, "profit": money}
).sort(["profit", "customer_id"], descending=[True, False])
n = customers.height
rank = pl.int_range(1, n + 1, dtype=pl.Int64)
bands = (
    customers.group_by(((rank - 1) * 10 // n + 1).alias("band"))
    .agg(pl.len().alias("customers"), pl.col("profit").sum())
    .sort("band")
    .with_columns(cumulative_profit=pl.col("profit").cum_sum())
)
profit = pl.col("profit").cast(pl.Float64)
gini = customers.select(((n + 1 - 2 * rank) * profit).sum() / (n * profit.abs().sum())).item()
cut = {
    "revenue": customers["net_revenue"].cast(pl.Float64).quantile(0.5, "linear"),
    "low": customers["cost_to_serve"].cast(pl.Float64).quantile(1 / 3, "linear"),
    "high": customers["cost_to_serve"].cast(pl.Float64).quantile(2 / 3, "linear"),
}
cost = pl.col("cost_to_serve").cast(pl.Float64)
boxes = customers.group_by(
    high_revenue=pl.col("net_revenue").cast(pl.Float64) >= cut["revenue"],
    cost_level=(cost > cut["low"]).cast(pl.Int8) + (cost > cut["high"]).cast(pl.Int8),
).agg(pl.len().alias("customers"), pl.col("net_revenue", "cost_to_serve", "profit").sum())
bands.write_csv(output)
print(gini, boxes)
