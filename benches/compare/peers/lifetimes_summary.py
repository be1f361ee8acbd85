"""The summary that Lifetimes fits, in weeks, by its own means: python lifetimes_summary.py LOG OUTPUT CALIBRATION_END"""

import sys

import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data

log, output, end = sys.argv[1:]
table = summary_data_from_transaction_data(
    pd.read_csv(log, dtype={"customer_id": str}), "customer_id", "date", observation_period_end=end, freq="D", freq_multiplier=7
)
table.rename(columns={"T": "age"}).to_csv(output)
