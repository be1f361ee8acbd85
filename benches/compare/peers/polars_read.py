"""The bare reading of a table with Polars, columns typed: python polars_read.py TABLE THREADS"""

import os
import sys

table, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads

import polars as pl  # noqa: E402 (reads the number of threads as it is imported)

types = {"customer_id": pl.String, "start": pl.Date, "end": pl.Date, "amount": pl.Decimal(18, 2), "plan": pl.String}
print(pl.read_csv(table, schema=types).height)
