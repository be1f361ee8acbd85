//! The definitions of churn: each a name, a numerator, a denominator and an interval.

use std::fmt;
use std::str::FromStr;

use crate::intervals::Method;
use crate::{Error, Result};

/// What is divided by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Definition {
    /// Members of the opening base lost over the opening base.
    OpeningBase,
    /// All who left over the opening base; may exceed 100 %.
    OpeningAll,
    /// All who left over the opening base and those who joined.
    Exposed,
    /// All who left over the mean of those there at the start and at the end.
    Average,
    /// All who left over all who joined; may exceed 100 %.
    LossToGain,
    /// The share of the opening base that is gone a year later.
    Annual,
    /// Members of the opening base lost over customer-periods, of all complete periods together.
    Lifetime,
    /// Recurring revenue lost by departures and reductions over that of the opening base.
    RevenueGross,
    /// Recurring revenue lost by departures over that of the opening base.
    RevenueChurn,
    /// Gross loss less expansion over recurring revenue of the opening base.
    RevenueNet,
    /// Gross loss less expansion and reactivation over recurring revenue of the opening base.
    RevenueNetReactivation,
    /// Profit of those lost, in the last full period before the opening, over that of the opening base.
    Profit,
}

impl Definition {
    /// Every definition.
    pub const ALL: [Self; 12] = [
        Self::OpeningBase,
        Self::OpeningAll,
        Self::Exposed,
        Self::Average,
        Self::LossToGain,
        Self::Annual,
        Self::Lifetime,
        Self::RevenueGross,
        Self::RevenueChurn,
        Self::RevenueNet,
        Self::RevenueNetReactivation,
        Self::Profit,
    ];

    /// The name used on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpeningBase => "opening-base",
            Self::OpeningAll => "opening-all",
            Self::Exposed => "exposed",
            Self::Average => "average",
            Self::LossToGain => "loss-to-gain",
            Self::Annual => "annual",
            Self::Lifetime => "lifetime",
            Self::RevenueGross => "revenue-gross",
            Self::RevenueChurn => "revenue-churn",
            Self::RevenueNet => "revenue-net",
            Self::RevenueNetReactivation => "revenue-net-reactivation",
            Self::Profit => "profit",
        }
    }

    /// How its interval is made.
    pub fn interval(self) -> Method {
        match self {
            Self::OpeningBase | Self::Exposed | Self::Annual => Method::Wilson,
            Self::OpeningAll | Self::Average | Self::Lifetime => Method::Poisson,
            Self::LossToGain => Method::LogRatio,
            _ => Method::Bootstrap,
        }
    }

    /// Whether it counts customers; the others weigh them by revenue or profit.
    pub fn of_customers(self) -> bool {
        self.interval() != Method::Bootstrap
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Definition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|definition| definition.name() == text).ok_or_else(|| {
            Error::usage(format!("`{text}` is not a definition of churn"))
                .hint_nearest(text, Self::ALL.iter().map(|definition| definition.name()))
        })
    }
}
