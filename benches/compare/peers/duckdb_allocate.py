"""What make_costs.py writes, allocated in SQL by DuckDB: python duckdb_allocate.py FOLDER OUTPUT THREADS

The cost of every customer, in fractions of cents; with a fourth argument, that of every customer and activity.
"""

import sys

import duckdb

folder, output, threads, *each = sys.argv[1:]
connection = duckdb.connect(config={"threads": int(threads)})
connection.execute(f"""
    CREATE TABLE cost AS
    SELECT 'activity ' || lpad((account - 6000)::VARCHAR, 2, '0') AS activity, amount::DOUBLE AS cost, account < 6015 AS timed
    FROM read_csv('{folder}/ledger.csv', header = true, columns = {{'account': 'INTEGER', 'amount': 'DECIMAL(18, 2)'}});
    CREATE TABLE used AS
    SELECT a.customer_id, a.activity, sum(CASE WHEN c.timed THEN 5 + 3 * lines + 10 * rush ELSE 1 END)::DOUBLE AS quantity
    FROM read_csv('{folder}/activities.csv', header = true, columns = {{'customer_id': 'VARCHAR', 'date': 'DATE',
                  'activity': 'VARCHAR', 'lines': 'BIGINT', 'rush': 'BIGINT'}}) a JOIN cost c USING (activity) GROUP BY ALL;
    CREATE TABLE rate AS
    SELECT u.activity, any_value(c.cost) / sum(quantity) AS rate FROM used u JOIN cost c USING (activity) GROUP BY 1;
""")
costs = "SELECT customer_id, activity, quantity * rate AS cost FROM used JOIN rate USING (activity)"
if each:
    connection.execute(f"COPY ({costs}) TO '{output}' (FORMAT csv, HEADER true)")
else:
    connection.execute(f"""COPY (
        SELECT c.customer_id, sum(coalesce(quantity * rate, 0)) AS cost
        FROM read_csv('{folder}/customers.csv') c LEFT JOIN used USING (customer_id) LEFT JOIN rate USING (activity)
        GROUP BY 1 ORDER BY 1) TO '{output}' (FORMAT csv, HEADER true)""")
