"""A log as Parquet, as DuckDB writes it: python make_parquet.py LOG OUTPUT"""

import sys

import duckdb

log, output = sys.argv[1:]
types = "{'customer_id': 'VARCHAR', 'date': 'DATE', 'amount': 'DECIMAL(18, 2)'}"
duckdb.execute(f"""
    COPY (SELECT customer_id, date, amount FROM read_csv('{log}', header = true, columns = {types}))
    TO '{output}' (FORMAT parquet, COMPRESSION zstd)
""")
