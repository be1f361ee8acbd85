"""Writes a transaction log of any size: `customer_id,date,amount`, the same bytes for the same arguments.

    python make_log.py OUTPUT [--rows 20000000] [--customers 1000000] [--id-bytes 8|36] [--order date|shuffled]

Every customer joins on some day of the first year and buys at least once in the two years of the log; how often follows a
gamma distribution, so that a few buy very often and many once. Ids are eight digits, or shaped like a UUID, and in no order.
"""

import argparse

import numpy as np

SEED = 20250101
DAYS = 730
CHUNK = 1_000_000
DIGITS = np.frombuffer(b"0123456789", np.uint8)
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def scrambled(numbers):
    """Well-mixed 64 bits of each number (the finaliser of splitmix64)."""
    bits = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def short_ids(customers):
    """Eight digits each: a full cycle through the numbers from 10,000,000 to 99,999,999, so that none repeats."""
    numbers = np.arange(customers, dtype=np.int64) * 38_196_601 % 90_000_000 + 10_000_000
    return DIGITS[numbers[:, None] // 10 ** np.arange(7, -1, -1) % 10]


def long_ids(customers):
    """36 bytes each, shaped like a UUID of version 4."""
    numbers = np.arange(1, customers + 1, dtype=np.uint64)
    halves = np.stack([scrambled(numbers), scrambled(numbers + np.uint64(1 << 40))], axis=1)
    nibbles = (halves[:, :, None] >> np.arange(60, -4, -4, dtype=np.uint64) & np.uint64(15)).reshape(customers, 32)
    nibbles[:, 12] = 4
    nibbles[:, 16] = 8 + nibbles[:, 16] % 4
    ids = np.full((customers, 36), ord("-"), np.uint8)
    ids[:, [place for place in range(36) if place not in (8, 13, 18, 23)]] = HEX[nibbles]
    return ids


def days_as_text():
    """`2023-01-01` and the days after it, ten bytes each."""
    days = np.datetime64("2023-01-01") + np.arange(DAYS)
    return np.frombuffer("".join(map(str, days)).encode(), np.uint8).reshape(DAYS, 10)


def events(rows, customers, order):
    """Customer, day and cents of each row, in the order of the file."""
    random = np.random.default_rng(SEED)
    weights = random.gamma(0.6, size=customers)
    counts = 1 + random.multinomial(rows - customers, weights / weights.sum())
    joined = random.integers(0, 365, size=customers)
    customer = np.repeat(np.arange(customers, dtype=np.int32), counts)
    random.shuffle(customer)
    since = joined[customer]
    day = (since + random.random(rows) * (DAYS - since)).astype(np.uint16)
    cents = np.clip(random.lognormal(3.2, 0.8, size=rows) * 100, 1, 9_999_999).astype(np.int32)
    if order == "date":
        by_date = np.argsort(day, kind="stable")
        customer, day, cents = customer[by_date], day[by_date], cents[by_date]
    return customer, day, cents


def lines(ids, days, cents):
    """The rows as bytes: laid out in a table of bytes as wide as the widest amount, whose unused places are dropped."""
    rows, width = ids.shape
    amount = width + 1 + 10 + 1
    table = np.empty((rows, amount + 9), np.uint8)
    table[:, :width] = ids
    table[:, [width, amount - 1]] = ord(",")
    table[:, width + 1 : amount - 1] = days
    digits = DIGITS[cents[:, None] // 10 ** np.arange(6, -1, -1) % 10]
    table[:, amount : amount + 5] = digits[:, :5]
    table[:, amount + 5] = ord(".")
    table[:, amount + 6 : amount + 8] = digits[:, 5:]
    table[:, amount + 8] = ord("\n")
    kept = np.ones(table.shape, bool)
    kept[:, amount : amount + 4] = cents[:, None] >= 10 ** np.arange(6, 2, -1)
    return table[kept]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--id-bytes", type=int, choices=[8, 36], default=8)
    parser.add_argument("--order", choices=["date", "shuffled"], default="date")
    args = parser.parse_args()
    ids = (short_ids if args.id_bytes == 8 else long_ids)(args.customers)
    text_of = days_as_text()
    customer, day, cents = events(args.rows, args.customers, args.order)
    with open(args.output, "wb") as file:
        file.write(b"customer_id,date,amount\n")
        for start in range(0, args.rows, CHUNK):
            part = slice(start, start + CHUNK)
            file.write(lines(ids[customer[part]], text_of[day[part]], cents[part]))


main()
