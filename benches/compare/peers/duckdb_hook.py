"""The Hook curve, its bands, Gini and the portfolio grid with DuckDB: python duckdb_hook.py PROFITS OUTPUT THREADS"""

import sys

import duckdb

table, output, threads = sys.argv[1:]
connection = duckdb.connect(config={"threads": int(threads)})
money = "DECIMAL(18, 2)"
connection.execute(f"""
    CREATE TABLE ranked AS
    SELECT *, row_number() OVER (ORDER BY profit DESC, customer_id) AS rank
    FROM read_csv('{table}', header = true, columns = {{'customer_id': 'VARCHAR', 'net_revenue': '{money}',
                  'cost_to_serve': '{money}', 'profit': '{money}'}})
""")
connection.execute(f"""
    COPY (
        SELECT band, customers, profit, sum(profit) OVER (ORDER BY band) AS cumulative_profit
        FROM (SELECT (rank - 1) * 10 // (SELECT count(*) FROM ranked) + 1 AS band, count(*) AS customers, sum(profit) AS profit
              FROM ranked GROUP BY 1)
        ORDER BY band
    ) TO '{output}' (FORMAT csv, HEADER true)
""")
connection.execute("""
    WITH cuts AS (
        SELECT quantile_cont(net_revenue, 1 / 2) AS revenue, quantile_cont(cost_to_serve, [1 / 3, 2 / 3]) AS cost FROM ranked
    )
    SELECT net_revenue >= cuts.revenue, (cost_to_serve > cuts.cost[1])::INT + (cost_to_serve > cuts.cost[2])::INT,
           count(*), sum(net_revenue), sum(cost_to_serve), sum(profit)
    FROM ranked, cuts GROUP BY ALL
""").fetchall()
gini = "(SELECT sum((n + 1 - 2 * rank) * profit::DOUBLE) / (n * sum(abs(profit)::DOUBLE)) FROM ranked, (SELECT count(*) AS n FROM ranked) GROUP BY n)"
print(connection.execute(f"SELECT {gini}").fetchone())
