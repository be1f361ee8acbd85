//! Policies: what counts as leaving, when, and against which base. Every dashboard has one; here it has a name.

use std::fmt;
use std::num::IntErrorKind;
use std::str::FromStr;

use super::{Contract, Definition, Details};
use crate::choice::choices;
use crate::time::Day;
use crate::{Error, Result};

/// When a cancellation that the customer asked for counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// On the day of the request.
    Request,
    /// When the contract ends.
    End,
}

choices! {
    Cancellation, "does not say when a cancellation counts" { Request = "request", End = "end" }
}

/// When a payment that failed, and was never made good, counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedPayment {
    /// So many days after the failure, if the contract did not end before.
    After(u16),
    /// When the contract ends.
    End,
    /// Never: only who chose to leave has left.
    Never,
}

/// What a paused contract is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pauses {
    /// A customer that stays.
    Stay,
    /// A departure, and a return when the pause ends.
    Leave,
}

choices! {
    Pauses, "does not say what a pause is" { Stay = "stay", Leave = "leave" }
}

/// What a contract is that was paid back in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunds {
    /// A contract like any other.
    Ignored,
    /// A departure on the day of the refund.
    Leave,
    /// No contract at all, from its first day.
    Void,
}

choices! {
    Refunds, "does not say what a refund is" { Ignored = "ignored", Leave = "leave", Void = "void" }
}

/// What a contract without an amount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// A contract like any other.
    Counted,
    /// No contract: only who pays is a customer.
    Apart,
}

choices! {
    Free, "does not say what a free contract is" { Counted = "counted", Apart = "apart" }
}

/// What a customer is that joins and leaves in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamePeriod {
    /// Somebody who joined and left.
    Counted,
    /// Nobody.
    Ignored,
}

choices! {
    SamePeriod, "does not say what joining and leaving in one period is" { Counted = "counted", Ignored = "ignored" }
}

/// What a customer is that comes back after having left in an earlier period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reactivation {
    /// Somebody who joined, like a new customer.
    Joins,
    /// Neither new nor joined: loss-to-gain leaves it out of the gains.
    Apart,
}

choices! {
    Reactivation, "does not say what coming back is" { Joins = "joins", Apart = "apart" }
}

/// A complete set of rules, with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The name that `--policy` takes.
    pub name: String,
    /// What it says in one line, and who counts so.
    pub meaning: &'static str,
    /// The rate that goes under the name of churn.
    pub definition: Definition,
    /// When a cancellation counts.
    pub cancellation: Cancellation,
    /// When a failed payment counts.
    pub failed_payment: FailedPayment,
    /// What a pause is.
    pub pauses: Pauses,
    /// What a refunded contract is.
    pub refunds: Refunds,
    /// What a free contract is.
    pub free: Free,
    /// What joining and leaving in one period is.
    pub same_period: SamePeriod,
    /// What coming back is.
    pub reactivation: Reactivation,
    /// A gap of fewer days than this is no departure.
    pub gap_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name: "contract-end".into(),
            meaning: "who is there at the start and gone when the contract has ended (the default)",
            definition: Definition::OpeningBase,
            cancellation: Cancellation::End,
            failed_payment: FailedPayment::End,
            pauses: Pauses::Stay,
            refunds: Refunds::Ignored,
            free: Free::Counted,
            same_period: SamePeriod::Counted,
            reactivation: Reactivation::Joins,
            gap_days: 0,
        }
    }
}

impl Policy {
    /// Every policy with a name, the default first. Those named after a dashboard follow what its makers
    /// say of it in public; a period of the calendar stands in place of their last 30 days.
    pub fn named() -> Vec<Self> {
        let base = Self::default();
        let paying = Self { free: Free::Apart, ..base.clone() };
        let all_who_left = Definition::OpeningAll;
        let named = |name: &str, meaning, policy: Self| Self { name: name.into(), meaning, ..policy };
        vec![
            base.clone(),
            named(
                "on-request",
                "gone on the day of the request to cancel, or when a payment fails",
                Self { cancellation: Cancellation::Request, failed_payment: FailedPayment::After(0), ..base.clone() },
            ),
            named(
                "voluntary",
                "only who chose to leave: a failed payment is no departure",
                Self { failed_payment: FailedPayment::Never, ..base.clone() },
            ),
            named(
                "stripe",
                "paying customers cancelled or unpaid, over those at the start and those who joined (Stripe Billing: \
                 Calculating subscriber churn rate)",
                Self { definition: Definition::Exposed, pauses: Pauses::Leave, ..paying.clone() },
            ),
            named(
                "recurly",
                "all paying customers whose last contract expired, over those at the start (Recurly: Key terms \
                 related to churn)",
                Self { definition: all_who_left, ..paying.clone() },
            ),
            named(
                "baremetrics",
                "all who cancelled or owed for 30 days, over those at the start (Baremetrics: User and revenue churn)",
                Self {
                    definition: all_who_left,
                    cancellation: Cancellation::Request,
                    failed_payment: FailedPayment::After(30),
                    ..paying.clone()
                },
            ),
            named(
                "profitwell",
                "paying customers gone after the paid period; who joins and leaves in one period is nobody, refunds \
                 are ignored, who returns is a reactivation (ProfitWell against Chargebee)",
                Self {
                    definition: all_who_left,
                    same_period: SamePeriod::Ignored,
                    reactivation: Reactivation::Apart,
                    ..paying.clone()
                },
            ),
            named(
                "chartmogul-scheduled",
                "paying customers as soon as they schedule the cancellation, over those at the start (ChartMogul: \
                 Churn recognition, third option)",
                Self {
                    definition: all_who_left,
                    cancellation: Cancellation::Request,
                    refunds: Refunds::Leave,
                    ..paying
                },
            ),
            named(
                "strict",
                "pauses are departures and refunded contracts never were",
                Self { pauses: Pauses::Leave, refunds: Refunds::Void, free: Free::Apart, ..base },
            ),
        ]
    }

    /// The same rules by a name that says that they are not those of the policy of the old name.
    #[must_use]
    pub fn changed(self) -> Self {
        if self.name.ends_with(CHANGED) { self } else { Self { name: self.name + CHANGED, ..self } }
    }

    /// The part of a contract that counts under this policy: its first day, and the first day after it; `None` where
    /// the contract does not count at all.
    pub(super) fn counts(&self, contract: &Contract, details: Details) -> Option<(Day, Option<Day>)> {
        let left_out = (contract.paused && self.pauses == Pauses::Leave)
            || (contract.amount == 0 && self.free == Free::Apart)
            || (details.refunded.is_some() && self.refunds == Refunds::Void);
        if left_out {
            return None;
        }
        // What fails to be paid ends nothing, but who asked to go did not stay for that.
        let unpaid = details.payment_failed.filter(|_| self.failed_payment == FailedPayment::Never);
        let mut end = contract.end.filter(|_| unpaid.is_none() || details.requested.is_some());
        let mut at_latest = |day: Option<Day>| end = end.into_iter().chain(day).min();
        if self.refunds == Refunds::Leave {
            at_latest(details.refunded);
        }
        if self.cancellation == Cancellation::Request {
            at_latest(details.requested);
        }
        if let (FailedPayment::After(days), Some(failed)) = (self.failed_payment, details.payment_failed) {
            at_latest(Some(Day(failed.0 + i32::from(days))));
        }
        // Cancelled before it began: never a customer by this contract.
        end.is_none_or(|end| end >= contract.start).then_some((contract.start, end))
    }

    /// The rules in which this policy differs from another, each with the policy that has only that rule of
    /// the other.
    pub(super) fn steps_towards(&self, other: &Self) -> Vec<(&'static str, Self)> {
        let mut steps = Vec::new();
        let mut step = |rule, differs: bool, policy: Self| {
            if differs {
                steps.push((rule, policy));
            }
        };
        let own = || self.clone();
        step("definition", self.definition != other.definition, Self { definition: other.definition, ..own() });
        step(
            "cancellation",
            self.cancellation != other.cancellation,
            Self { cancellation: other.cancellation, ..own() },
        );
        let failed_payment = other.failed_payment;
        step("failed payment", self.failed_payment != failed_payment, Self { failed_payment, ..own() });
        step("pauses", self.pauses != other.pauses, Self { pauses: other.pauses, ..own() });
        step("refunds", self.refunds != other.refunds, Self { refunds: other.refunds, ..own() });
        step("free contracts", self.free != other.free, Self { free: other.free, ..own() });
        step("same period", self.same_period != other.same_period, Self { same_period: other.same_period, ..own() });
        step("gap", self.gap_days != other.gap_days, Self { gap_days: other.gap_days, ..own() });
        steps
    }
}

/// What follows the name of a policy of which a rule was changed.
const CHANGED: &str = "-changed";

impl FromStr for Policy {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let named = Self::named();
        named.iter().find(|policy| policy.name == name).cloned().ok_or_else(|| {
            let names: Vec<&str> = named.iter().map(|policy| policy.name.as_str()).collect();
            Error::usage(format!("`{name}` is not a policy"))
                .hint(format!("the policies are {}", crate::columns::list(&names)))
        })
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for FailedPayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(days) => write!(f, "{days}d"),
            Self::End => f.write_str("end"),
            Self::Never => f.write_str("never"),
        }
    }
}

impl FromStr for FailedPayment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "end" => Ok(Self::End),
            "never" => Ok(Self::Never),
            _ => match text.strip_suffix('d').map(str::parse) {
                Some(Ok(days)) => Ok(Self::After(days)),
                Some(Err(error)) if *error.kind() == IntErrorKind::PosOverflow => {
                    Err(Error::usage(format!("`{text}` is too long for a failed payment to be waited for"))
                        .hint(format!("say at most `{}d`, or `never`", u16::MAX)))
                }
                _ => Err(Error::usage(format!("`{text}` does not say when a failed payment counts"))
                    .hint("say `end`, `never`, or so many days after the failure, as in `30d`")),
            },
        }
    }
}
