"""A Cox regression with lifelines: python lifelines_cox.py DURATIONS OUTPUT [test]

With the word `test` also the test of proportional hazards, which custval always makes.
"""

import sys

import pandas as pd
from lifelines import CoxPHFitter
from lifelines.statistics import proportional_hazard_test

durations, output, *test = sys.argv[1:]
table = pd.read_csv(durations)
fitter = CoxPHFitter().fit(table, duration_col="time", event_col="event")
columns = fitter.summary[["coef", "se(coef)", "exp(coef)", "p"]]
if test:
    columns = columns.join(proportional_hazard_test(fitter, table, time_transform="km").summary["test_statistic"])
columns.to_csv(output)
