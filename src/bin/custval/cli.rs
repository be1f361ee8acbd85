//! The commands, in the order in which work goes.

use clap::{Parser, Subcommand};

use crate::commands::{
    allocate, check, churn, clv, cohort, fit, generate, hook, portfolio, profile, summary, survival, why,
};

/// What each customer is worth, and why
///
/// custval reads the files that a business can export, CSV or Parquet, and says what its customers are worth:
/// who buys and how often, who is still a customer, what they will bring, and who makes the profit.
/// Results go to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "custval", version, propagate_version = true, max_term_width = 110)]
#[command(after_help = "Exit codes: 0 done; 1 a check said no; 2 could not run; 3 the data were refused; \
                        130 interrupted.\nSettings: flags, then CUSTVAL_* variables, then the file of --config, \
                        then the preset, then defaults; --show-settings prints them.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One question each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What is in files, what is wrong with them, and which commands they can feed
    Check(check::Args),
    /// One row a customer: frequency, recency, age, monetary value, totals
    Summary(summary::Args),
    /// The ledger to customers: profit and loss by customer
    Allocate(allocate::Args),
    /// Every cent of one customer's cost in a run of allocate
    Why(why::Args),
    /// Fit a model of buying and spending, as JSON
    Fit(fit::Args),
    /// Lifetime value by customer
    Clv(clv::Args),
    /// The Hook curve: who makes the profit, who takes it back
    #[command(visible_alias = "whale")]
    Hook(hook::Args),
    /// Churn by every definition, revenue from opening to closing, who left and what it cost
    Churn(Box<churn::Args>),
    /// Survival by tenure: Kaplan-Meier, hazards, group tests, Cox regression
    Survival(Box<survival::Args>),
    /// Cohorts by joining period and age: retention, orders, revenue, profit
    Cohort(Box<cohort::Args>),
    /// Revenue against cost to serve: who stands where, and what pays most for whom
    Portfolio(portfolio::Args),
    /// The customer service and sales profile: one-time, repeat, advocate
    Profile(profile::Args),
    /// A synthetic business from known parameters, with the truth beside it
    Generate(Box<generate::Args>),
}
