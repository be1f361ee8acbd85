"""Writes the small costing model beside this file: five customers, their year 2025, its ledger, and what follows from them.

    python3 data/costing/make.py

The yearly totals below are given; the script spreads each over events of plausible dates and sizes so that they sum to it
exactly, and works out the profit table from what it wrote. The same bytes every time.
"""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent
YEAR = 2025

#             name                segment        since         revenue   goods manual electronic call min stops
CUSTOMERS = {
    "A": ("Alder Stationers", "wholesale", "2017-03-06", 50_000, 24_000, 40, 200, 1_200, 60),
    "B": ("Birch Schools", "institution", "2019-09-02", 30_000, 15_000, 120, 60, 3_600, 120),
    "C": ("Cedar Clinics", "institution", "2020-01-13", 20_000, 10_500, 30, 90, 900, 45),
    "D": ("Dogwood Diners", "retail", "2022-06-20", 15_000, 7_500, 300, 10, 9_000, 150),
    "E": ("Elm Corner Shop", "retail", "2023-11-14", 5_000, 3_000, 150, 0, 4_800, 75),
}

# Account, description, cost centre, cost of the year, and how much single months differ (0: none).
COSTS = [
    ("6100", "Wages", "order desk", 9_000, 0),
    ("6200", "Order system", "order desk", 1_200, 0),
    ("6300", "Rent", "order desk", 1_800, 0),
    ("6100", "Wages", "call centre", 14_400, 0),
    ("6400", "Telephone", "call centre", 3_600, 20),
    ("6100", "Wages", "delivery", 5_400, 0),
    ("6500", "Fuel", "delivery", 2_400, 30),
    ("6600", "Van lease", "delivery", 1_200, 0),
    ("6100", "Salaries", "head office", 7_200, 0),
    ("6300", "Rent", "head office", 2_400, 0),
    ("6700", "Audit and fees", "head office", 1_400, 60),
]

# Practical capacity of the year, and what one event uses of it.
CAPACITY = {"order desk": 1_000, "call centre": 24_000, "delivery": 600}
USE = {
    "manual order": ("order desk", Fraction(1, 2)),
    "electronic order": ("order desk", Fraction(1, 10)),
    "call": ("call centre", Fraction(1)),
    "delivery stop": ("delivery", Fraction(1)),
}
LEVEL = {"order desk": "transaction", "call centre": "relationship", "delivery": "transaction"}

WORKDAYS = [
    day
    for day in (date(YEAR, 1, 2) + timedelta(n) for n in range(363))
    if day.weekday() < 5 and day.month * 100 + day.day != 1225
]


class Dice:
    """A linear congruential generator: the same numbers under every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def between(self, low, high):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)


def split(total, weights):
    """Whole parts of a whole total in proportion to the weights; what rounding leaves goes to the largest remainders."""
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[: total - sum(parts)]:
        parts[n] += 1
    return parts


def spread(events, dice):
    """As many workdays as there are events, evenly over the year with some scatter."""
    step = len(WORKDAYS) / events
    return [WORKDAYS[min(int(n * step) + dice.between(0, max(0, int(step))), len(WORKDAYS) - 1)] for n in range(events)]


def cents(amount):
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


def write(name, header, rows):
    with open(HERE / name, "w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def events_of_the_year():
    """Orders (day, customer, channel, amount, goods) and other events (day, customer, activity, quantity)."""
    orders, others = [], []
    for seed, (customer, figures) in enumerate(CUSTOMERS.items(), start=1):
        _, _, _, revenue, goods, manual, electronic, minutes, stops = figures
        dice = Dice(seed)
        # Every so many orders comes in electronically, so that both channels run through the year.
        channels = [
            "electronic" if (n + 1) * electronic // (manual + electronic) > n * electronic // (manual + electronic) else "manual"
            for n in range(manual + electronic)
        ]
        amounts = split(revenue * 100, [dice.between(40, 160) for _ in channels])
        costs = split(goods * 100, [amount * dice.between(90, 110) for amount in amounts])
        orders += zip(spread(len(channels), dice), [customer] * len(channels), channels, amounts, costs)
        calls = minutes // 15
        lengths = split(minutes, [dice.between(4, 26) for _ in range(calls)])
        others += [(day, customer, "call", length) for day, length in zip(spread(calls, dice), lengths)]
        others += [(day, customer, "delivery stop", 1) for day in spread(stops, dice)]
    orders.sort(key=lambda order: order[:3])
    return orders, others


def ledger_of_the_year(orders):
    """Ledger rows (day, account, cost centre, description, cents): each cost by month, goods as sold."""
    goods = Counter()
    for day, _, _, _, cost in orders:
        goods[day.month] += cost
    dice = Dice(99)
    months = [[] for _ in range(12)]
    for month in range(1, 13):
        months[month - 1].append(("5000", "goods", "Cost of goods sold", goods[month]))
    for account, description, centre, cost, scatter in COSTS:
        parts = split(cost * 100, [100 + dice.between(-scatter, scatter) for _ in months])
        for month, part in zip(months, parts):
            month.append((account, centre, description, part))
    for number, rows in enumerate(months, start=1):
        last = date(YEAR + number // 12, number % 12 + 1, 1) - timedelta(1)
        yield from ((last, *row) for row in rows)


def profits(orders, activities, ledger):
    """The profit table from the rows themselves, in exact arithmetic; every figure is whole cents."""
    cost_of = Counter()
    for _, _, centre, _, amount in ledger:
        cost_of[centre] += amount
    cost_to_serve = defaultdict(Counter)
    for _, customer, activity, quantity in activities:
        centre, used = USE[activity]
        cost_to_serve[customer][LEVEL[centre]] += Fraction(cost_of[centre], CAPACITY[centre]) * used * quantity
    for customer in CUSTOMERS:
        own = [order for order in orders if order[1] == customer]
        revenue, goods = sum(order[3] for order in own), sum(order[4] for order in own)
        levels = [int(cost_to_serve[customer][level]) for level in ("unit", "transaction", "relationship", "selling")]
        assert levels == [cost_to_serve[customer][level] for level in ("unit", "transaction", "relationship", "selling")]
        profit = revenue - goods - sum(levels)
        purchase_days = len({order[0] for order in own})
        money = [revenue, 0, 0, revenue, goods, *levels, sum(levels), profit]
        period = [date(YEAR, 1, 1), date(YEAR, 12, 31), 365, purchase_days]
        yield [customer, *map(cents, money), profit / revenue, cents(0), *period]


def main():
    orders, others = events_of_the_year()
    ledger = list(ledger_of_the_year(orders))
    activities = [(day, customer, f"{channel} order", 1) for day, customer, channel, _, _ in orders] + others
    activities.sort()

    write(
        "customers.csv",
        "customer_id,name,segment,first_date",
        ([customer, *figures[:3]] for customer, figures in CUSTOMERS.items()),
    )
    write(
        "transactions.csv",
        "order_id,date,customer_id,channel,amount,cost_of_goods",
        (
            [f"SO-{number:04}", day, customer, channel, cents(amount), cents(cost)]
            for number, (day, customer, channel, amount, cost) in enumerate(orders, start=1)
        ),
    )
    write(
        "activities.csv",
        "date,customer_id,activity,quantity",
        activities,
    )
    write(
        "ledger.csv",
        "date,account,cost_centre,description,amount",
        ([day, account, centre, text, cents(amount)] for day, account, centre, text, amount in ledger),
    )
    write(
        "profits.csv",
        "customer_id,revenue,discounts,refunds,net_revenue,direct_cost,unit_cost,transaction_cost,relationship_cost,selling_cost,"
        "cost_to_serve,profit,profit_margin,acquisition_cost,period_start,period_end,active_days,purchase_days",
        profits(orders, activities, ledger),
    )


main()
