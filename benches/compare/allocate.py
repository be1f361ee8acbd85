"""The same allocation by custval and in SQL for DuckDB, side by side: customers, activity events, 30 activities.

    python3 -m venv target/compare && target/compare/bin/pip install duckdb
    target/compare/bin/python benches/compare/allocate.py target/release/custval [EVENTS] [CUSTOMERS]

Half of the activities count their events, the other half take `5 + 3*lines + 10*rush` minutes each. Both read the same CSV and
write the cost of every customer; SQL keeps fractions of cents, custval splits them by largest remainder. Every way runs three
times, in turn; wall time and peak memory of each whole process are printed, and the largest difference of a customer's cost.
"""

import os
import subprocess
import sys
import tempfile
import time

import duckdb

ACTIVITIES = 30
TIMED = 15
RUNS = 3


def cost(activity):
    return f"{1_000_000 + activity * 12_345.67:.2f}"


def make(folder, events, customers):
    con = duckdb.connect()
    con.execute(f"""copy (
        select 'C' || lpad((hash(i * 2 + 1) % {customers})::varchar, 7, '0') as customer_id,
               date '2025-01-01' + (hash(i * 3 + 7) % 365)::int as date,
               'activity ' || lpad((hash(i * 5 + 11) % {ACTIVITIES})::varchar, 2, '0') as activity,
               1 + (hash(i * 7 + 13) % 9) as lines, (hash(i * 11 + 17) % 2) as rush
        from range({events}) t(i)) to '{folder}/activities.csv' (header)""")
    con.execute(f"""copy (select 'C' || lpad(i::varchar, 7, '0') as customer_id from range({customers}) t(i))
                    to '{folder}/customers.csv' (header)""")
    with open(f"{folder}/ledger.csv", "w") as ledger, open(f"{folder}/costing.toml", "w") as model:
        ledger.write("account,amount\n")
        for name in ["ledger", "activities", "customers"]:
            model.write(f'[inputs.{name}]\npath = "{name}.csv"\n')
        for activity in range(ACTIVITIES):
            ledger.write(f"{6000 + activity},{cost(activity)}\n")
            model.write(f'[pools.p{activity:02}]\naccounts = ["{6000 + activity}"]\n')
            model.write(f'[activities."activity {activity:02}"]\npool = "p{activity:02}"\nlevel = "transaction"\n')
            if activity < TIMED:
                model.write('minutes = "5 + 3*lines + 10*rush"\n')


SQL = """
create table cost as select * from (values {costs}) v(activity, cost, timed);
create table used as
    select a.customer_id, a.activity, sum(case when c.timed then 5 + 3 * lines + 10 * rush else 1 end)::double as quantity
    from read_csv('{folder}/activities.csv', header = true, columns = {{'customer_id': 'varchar', 'date': 'date',
                  'activity': 'varchar', 'lines': 'bigint', 'rush': 'bigint'}}) a join cost c using (activity) group by all;
create table rate as
    select u.activity, any_value(c.cost) / sum(quantity) as rate from used u join cost c using (activity) group by 1;
copy (select c.customer_id, sum(coalesce(quantity * rate, 0)) as cost
      from read_csv('{folder}/customers.csv') c left join used using (customer_id) left join rate using (activity)
      group by 1 order by 1) to '{folder}/sql.csv' (header);
"""


def sql(folder):
    costs = ", ".join(
        f"('activity {activity:02}', {cost(activity)}::double, {str(activity < TIMED).lower()})" for activity in range(ACTIVITIES)
    )
    return SQL.format(costs=costs, folder=folder)


def measured(command):
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.perf_counter() - begin, usage.ru_maxrss / 1e6


def main():
    tool = sys.argv[1]
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000_000
    customers = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        make(folder, events, customers)
        ways = {
            "custval": [tool, "allocate", f"{folder}/costing.toml", "--quiet", "--output", f"{folder}/custval.csv"],
            "duckdb": [sys.executable, "-c", f"import duckdb; duckdb.execute({sql(folder)!r})"],
        }
        seen = {way: [] for way in ways}
        for _ in range(RUNS):
            for way, command in ways.items():
                seen[way].append(measured(command))
        medians = {way: sorted(runs)[RUNS // 2] for way, runs in seen.items()}
        for way, (wall, memory) in medians.items():
            print(f"{way}: {wall:.2f} s, {memory:.2f} GB")
        print(f"duckdb / custval: {medians['duckdb'][0] / medians['custval'][0]:.2f} in time, "
              f"{medians['duckdb'][1] / medians['custval'][1]:.2f} in memory")
        gap = duckdb.sql(f"""select max(abs(c.cost_to_serve - s.cost)), count(*) from '{folder}/custval.csv' c
                             join '{folder}/sql.csv' s using (customer_id)""").fetchone()
        print(f"largest difference of a customer's cost: {gap[0]:.4f} over {gap[1]} customers")


main()
