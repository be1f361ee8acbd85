"""Writes survival.csv: what the Python package lifelines 0.30.3 finds on six data sets.

    pip install lifelines==0.30.3
    python3 tests/reference/make_survival.py FOLDER > tests/reference/survival.csv

FOLDER holds rossi.csv, waltons_dataset.csv, multicenter_aids_cohort.tsv, gbsg2.csv and larynx.csv, all from the
package, and telco_churn.csv, IBM's sample of telecom customers.
"""

import sys

import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter, NelsonAalenFitter
from lifelines.statistics import multivariate_logrank_test, proportional_hazard_test
from lifelines.utils import restricted_mean_survival_time

folder = sys.argv[1]
print("data_set,analysis,name,figure,value")


def put(data_set, analysis, name, figure, value):
    print(f"{data_set},{analysis},{name},{figure},{float(value)!r}")


def curve(data_set, times, events, entry, at, horizon):
    km = KaplanMeierFitter().fit(times, events, entry=entry)
    na = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(times, events, entry=entry)
    for t in at:
        put(data_set, "curve", t, "survival", km.predict(t))
        put(data_set, "curve", t, "at_risk", km.event_table.loc[t, "at_risk"])
        bounds = km.confidence_interval_.loc[t]
        put(data_set, "curve", t, "low", bounds.iloc[0])
        put(data_set, "curve", t, "high", bounds.iloc[1])
        put(data_set, "curve", t, "cumulative_hazard", na.predict(t))
    put(data_set, "median", "all", "median", km.median_survival_time_)
    if entry is None:
        mean, variance = restricted_mean_survival_time(km, t=horizon, return_variance=True)
        put(data_set, "restricted", horizon, "mean", mean)


def groups(data_set, times, group, events):
    test = multivariate_logrank_test(times, group, events)
    put(data_set, "log_rank", "all", "chi_squared", test.test_statistic)
    put(data_set, "log_rank", "all", "p_value", test.p_value)


def cox(data_set, frame, time, event, entry=None):
    fit = CoxPHFitter().fit(frame, time, event, entry_col=entry, fit_options={"precision": 1e-13})
    for name, row in fit.summary.iterrows():
        put(data_set, "cox", name, "coefficient", row["coef"])
        put(data_set, "cox", name, "std_error", row["se(coef)"])
        put(data_set, "cox", name, "hazard_ratio", row["exp(coef)"])
        put(data_set, "cox", name, "low", row["exp(coef) lower 95%"])
        put(data_set, "cox", name, "high", row["exp(coef) upper 95%"])
        put(data_set, "cox", name, "p_value", row["p"])
    put(data_set, "cox", "all", "log_likelihood", fit.log_likelihood_)
    put(data_set, "cox", "all", "chi_squared", fit.log_likelihood_ratio_test().test_statistic)
    if entry is None:
        for transform in ["km", "identity"]:
            test = proportional_hazard_test(fit, frame, time_transform=transform)
            for name, statistic in zip(fit.params_.index, test.test_statistic):
                put(data_set, transform, name, "chi_squared", statistic)


rossi = pd.read_csv(f"{folder}/rossi.csv")
curve("rossi", rossi.week, rossi.arrest, None, [1, 10, 20, 37, 52], 52)
groups("rossi", rossi.week, rossi.fin, rossi.arrest)
cox("rossi", rossi, "week", "arrest")

telco = pd.read_csv(f"{folder}/telco_churn.csv")
left = (telco.Churn == "Yes").astype(int)
curve("telco", telco.tenure, left, None, [0, 1, 12, 24, 60, 72], 72)
groups("telco", telco.tenure, telco.Contract, left)
frame = pd.DataFrame({"tenure": telco.tenure, "left": left, "SeniorCitizen": telco.SeniorCitizen,
                      "MonthlyCharges": telco.MonthlyCharges})
for column in ["Contract", "InternetService", "PaymentMethod"]:
    for level in sorted(telco[column].unique())[1:]:
        frame[f"{column}={level}".replace(",", ";")] = (telco[column] == level).astype(float)
cox("telco", frame, "tenure", "left")

waltons = pd.read_csv(f"{folder}/waltons_dataset.csv")
curve("waltons", waltons["T"], waltons["E"], None, [6, 33, 56, 69], 60)
groups("waltons", waltons["T"], waltons["group"], waltons["E"])

aids = pd.read_csv(f"{folder}/multicenter_aids_cohort.tsv", sep="\t")
curve("aids", aids["T"], aids["D"], aids["W"], sorted(set(aids["T"][aids["D"] == 1]))[::8], 9)
cox("aids", aids[["AIDSY", "W", "T", "D"]], "T", "D", entry="W")

gbsg2 = pd.read_csv(f"{folder}/gbsg2.csv")
groups("gbsg2", gbsg2.time, gbsg2.tgrade, gbsg2.cens)
frame = pd.DataFrame({"time": gbsg2.time, "cens": gbsg2.cens, "age": gbsg2.age, "tsize": gbsg2.tsize,
                      "pnodes": gbsg2.pnodes, "progrec": gbsg2.progrec, "estrec": gbsg2.estrec})
for column in ["horTh", "menostat", "tgrade"]:
    for level in sorted(gbsg2[column].unique())[1:]:
        frame[f"{column}={level}"] = (gbsg2[column] == level).astype(float)
cox("gbsg2", frame, "time", "cens")

larynx = pd.read_csv(f"{folder}/larynx.csv")
curve("larynx", larynx.time, larynx.death, None, [1.3, 4.0, 7.4], 6)
cox("larynx", larynx, "time", "death")
