"""Models fitted and customers scored with Lifetimes: python lifetimes_score.py SUMMARY OUTPUT MODEL...

SUMMARY has customer_id, frequency, recency and age, in weeks; a model is bg-nbd or pareto-nbd; OUTPUT gets `-MODEL.csv` added.
"""

import sys

import pandas as pd
from lifetimes import BetaGeoFitter, ParetoNBDFitter

FITTERS = {"bg-nbd": BetaGeoFitter, "pareto-nbd": ParetoNBDFitter}
WEEKS = 39

summary, output, *models = sys.argv[1:]
table = pd.read_csv(summary, dtype={"customer_id": str})
history = table["frequency"], table["recency"], table["age"]
for model in models:
    fitter = FITTERS[model]().fit(*history)
    scores = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "p_alive": fitter.conditional_probability_alive(*history),
            "expected_transactions": fitter.conditional_expected_number_of_purchases_up_to_time(WEEKS, *history),
        }
    )
    scores.to_csv(f"{output}-{model}.csv", index=False)
