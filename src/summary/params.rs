//! Checked settings of a summary.

use crate::time::{Day, TimeUnit};
use crate::{Error, Result};

/// The window of observation and the unit of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SummaryParams {
    time_unit: TimeUnit,
    as_of: Option<Day>,
    calibration_end: Option<Day>,
    separate_refunds: bool,
}

impl SummaryParams {
    /// Observation to the last date of the log, times in the unit given.
    pub fn new(time_unit: TimeUnit) -> Self {
        Self { time_unit, as_of: None, calibration_end: None, separate_refunds: false }
    }

    /// The same, observed to the end of this day; rows after it are set aside.
    ///
    /// # Errors
    /// `Usage` where it is not after the calibration end.
    pub fn as_of(mut self, day: Day) -> Result<Self> {
        self.as_of = Some(day);
        self.checked()
    }

    /// The same, but described by rows to the end of this day; what comes after is the holdout.
    ///
    /// # Errors
    /// `Usage` where it is not before the end of observation.
    pub fn calibration_end(mut self, day: Day) -> Result<Self> {
        self.calibration_end = Some(day);
        self.checked()
    }

    /// The same, with negative amounts summed apart from purchases instead of netted.
    #[must_use]
    pub fn separate_refunds(mut self, separate: bool) -> Self {
        self.separate_refunds = separate;
        self
    }

    fn checked(self) -> Result<Self> {
        match (self.calibration_end, self.as_of) {
            (Some(calibration_end), Some(as_of)) if calibration_end >= as_of => Err(Error::usage(format!(
                "the calibration ends on {calibration_end}, the observation on {as_of}: nothing is held out"
            ))
            .hint("give `--calibration-end` a day before `--as-of`")),
            _ => Ok(self),
        }
    }

    /// Whether negative amounts are summed apart from purchases.
    pub fn separates_refunds(&self) -> bool {
        self.separate_refunds
    }

    /// The unit of recency and age.
    pub fn time_unit(&self) -> TimeUnit {
        self.time_unit
    }

    /// The last day of observation, where it is not to be taken from the log.
    pub fn as_of_day(&self) -> Option<Day> {
        self.as_of
    }

    /// The last day of calibration, where there is a holdout.
    pub fn calibration_end_day(&self) -> Option<Day> {
        self.calibration_end
    }
}
