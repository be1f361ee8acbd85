"""The customer summary of a log with DuckDB: python duckdb_summary.py LOG OUTPUT THREADS OBSERVATION_END text|integer any|customer

The last two say what the ids are read as, and in which order the customers are written.
"""

import sys

import duckdb

log, output, threads, end, ids, order = sys.argv[1:]
id_type = {"text": "VARCHAR", "integer": "BIGINT"}[ids]
order_by = {"any": "", "customer": "ORDER BY customer_id"}[order]
connection = duckdb.connect(config={"threads": int(threads), "preserve_insertion_order": False})
types = f"{{'customer_id': '{id_type}', 'date': 'DATE', 'amount': 'DECIMAL(18, 2)'}}"
read = f"read_parquet('{log}')" if log.endswith(".parquet") else f"read_csv('{log}', header = true, columns = {types})"
# Two levels: first the days of each customer, then the customers. The types are given, so that nothing is guessed and sums are exact.
connection.execute(f"""
    COPY (
        WITH days AS (
            SELECT customer_id, date, sum(amount) AS amount
            FROM {read}
            GROUP BY customer_id, date
        )
        SELECT
            customer_id,
            min(date) AS first_date,
            max(date) AS last_date,
            count(*) AS transactions,
            count(*) - 1 AS frequency,
            (max(date) - min(date)) / 7 AS recency,
            (DATE '{end}' - min(date)) / 7 AS age,
            (sum(amount) - arg_min(amount, date))::DOUBLE / nullif(count(*) - 1, 0) AS monetary_value,
            sum(amount) AS amount
        FROM days
        GROUP BY customer_id
        {order_by}
    ) TO '{output}' (FORMAT csv, HEADER true)
""")
