"""Writes a costing model with its files: a ledger, customers and a log of activities, the same bytes for the same arguments.

    python make_costs.py FOLDER [--events 20000000] [--customers 1000000]

Thirty activities with a pool each; half of them count their events, the other half take `5 + 3*lines + 10*rush` minutes each.
"""

import argparse
from pathlib import Path

import duckdb

ACTIVITIES = 30
TIMED = 15


def cost(activity):
    return f"{1_000_000 + activity * 12_345.67:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    args = parser.parse_args()
    folder = args.folder
    folder.mkdir(parents=True)
    # One thread keeps the order of rows.
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"""COPY (
        SELECT 'C' || lpad((hash(i * 2 + 1) % {args.customers})::VARCHAR, 7, '0') AS customer_id,
               DATE '2025-01-01' + (hash(i * 3 + 7) % 365)::INT AS date,
               'activity ' || lpad((hash(i * 5 + 11) % {ACTIVITIES})::VARCHAR, 2, '0') AS activity,
               1 + (hash(i * 7 + 13) % 9) AS lines, (hash(i * 11 + 17) % 2) AS rush
        FROM range({args.events}) t(i)) TO '{folder}/activities.csv' (HEADER)""")
    connection.execute(f"""COPY (SELECT 'C' || lpad(i::VARCHAR, 7, '0') AS customer_id FROM range({args.customers}) t(i))
                           TO '{folder}/customers.csv' (HEADER)""")
    with open(folder / "ledger.csv", "w") as ledger, open(folder / "costing.toml", "w") as model:
        ledger.write("account,amount\n")
        for name in ["ledger", "activities", "customers"]:
            model.write(f'[inputs.{name}]\npath = "{name}.csv"\n')
        for activity in range(ACTIVITIES):
            ledger.write(f"{6000 + activity},{cost(activity)}\n")
            model.write(f'[pools.p{activity:02}]\naccounts = ["{6000 + activity}"]\n')
            model.write(f'[activities."activity {activity:02}"]\npool = "p{activity:02}"\nlevel = "transaction"\n')
            if activity < TIMED:
                model.write('minutes = "5 + 3*lines + 10*rush"\n')


main()
