"""Whether contenders found the same; says what they agree on, or ends with what differs.

    python agree.py summaries CUSTVAL OTHER...
    python agree.py scores MODEL CUSTVAL OTHER
    python agree.py costs WIDE OTHER
"""

import sys

import polars as pl

# Lifetimes stops a little short of the maximum: its scores are the same to about four digits.
SCORE_TOLERANCE = 1e-3
# Quotients of the same integers, read back from text.
FLOAT_TOLERANCE = 1e-12


def read(path, **types):
    return pl.read_csv(path, schema_overrides={"customer_id": pl.String, **types}).sort("customer_id")


def summaries(*paths):
    """Every customer the same: dates, counts and amounts exactly, times and means to the last digits."""
    types = {"first_date": pl.Date, "last_date": pl.Date, "amount": pl.Decimal(18, 2)}
    ours, *others = (read(path, **types) for path in paths)
    exact = ["customer_id", "first_date", "last_date", "transactions", "frequency", "amount"]
    for path, theirs in zip(paths[1:], others):
        if not ours.select(exact).equals(theirs.select(exact)):
            raise SystemExit(f"{paths[0]} and {path} differ")
        for column in ("recency", "age", "monetary_value"):
            if not ours[column].is_null().equals(theirs[column].is_null()):
                raise SystemExit(f"{paths[0]} and {path} differ in where {column} is empty")
            gap = ((ours[column] - theirs[column]).abs() / theirs[column].abs().clip(1.0)).max()
            if gap is not None and gap > FLOAT_TOLERANCE:
                raise SystemExit(f"{paths[0]} and {path} differ by {gap} in {column}")
    print(
        f"All agree for every customer: {ours.height:,} customers, amount {ours['amount'].sum():,}, "
        f"frequency {ours['frequency'].sum():,} in all."
    )


def scores(model, *paths):
    """The same customers, and sums within the tolerance; says how far single customers are apart."""
    ours, theirs = map(read, paths)
    if not ours["customer_id"].equals(theirs["customer_id"]):
        raise SystemExit(f"{model}: not the same customers")
    parts = []
    for column in ("p_alive", "expected_transactions"):
        own, other = ours[column].sum(), theirs[column].sum()
        if abs(own - other) > SCORE_TOLERANCE * abs(own):
            raise SystemExit(f"{model}: {column} is {own} in all, and {other} by the peer")
        widest = (ours[column] - theirs[column]).abs().max()
        parts.append(f"{column} {own:,.4f} and {other:,.4f} in all, at most {widest:.1e} apart")
    print(f"{model}, custval and Lifetimes: {'; '.join(parts)}.")


def costs(wide, other):
    """Every activity's cost to every customer less than a cent apart: SQL keeps the fractions that whole cents cannot have."""
    ours, theirs = read(wide), read(other).pivot("activity", index="customer_id", values="cost").fill_null(0.0)
    activities = ours.columns[1:]
    if not ours["customer_id"].equals(theirs["customer_id"]):
        theirs = ours.select("customer_id").join(theirs, on="customer_id", how="left").fill_null(0.0).sort("customer_id")
    gaps = [(ours[activity] - theirs[activity]).abs().max() for activity in activities]
    if max(gaps) >= 0.01:
        raise SystemExit(f"{wide} and {other} differ by {max(gaps)}")
    print(f"All agree: {ours.height:,} customers, {len(activities)} activities, at most {max(gaps):.4f} apart.")


{"summaries": summaries, "scores": scores, "costs": costs}[sys.argv[1]](*sys.argv[2:])
