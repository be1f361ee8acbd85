//! Periods of the calendar: ISO weeks, months, quarters and years as `[start, end)`.
//!
//! A *length* of time has fixed units and lives in [`crate::time`]; a *calendar* period has a name
//! (`2024-02`, `2025-W01`), a first day, and the first day of the next one. An ISO week begins on
//! Monday and carries the ISO year, which differs from the calendar year around the turn of the year.

use std::fmt;

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::choice::choices;
use crate::time::Day;
use crate::wording::counted;
use crate::{Error, Result};

/// How the calendar is cut into periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// ISO weeks, Monday to Sunday.
    Week,
    /// Calendar months.
    #[default]
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

choices! {
    Grain, "is not a period of the calendar" { Week = "week", Month = "month", Quarter = "quarter", Year = "year" }
}

impl Grain {
    /// The period that holds the day.
    pub fn period_of(self, day: Day) -> Period {
        let number = match self {
            // 1970-01-01 is a Thursday, so its week begins three days earlier.
            Self::Week => (day.0 + 3).div_euclid(7),
            months => {
                let date = day.date();
                let month = (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1;
                month.div_euclid(months.months())
            }
        };
        Period { grain: self, number }
    }

    /// Months in one period; an ISO week is not made of months.
    fn months(self) -> i32 {
        match self {
            Self::Week => 0,
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

/// One period of the calendar, `[start, end)`.
///
/// Its text is its name: `2024-02`, `2024-Q1`, `2024`, or `2025-W01` with the ISO year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    grain: Grain,
    /// Periods since the one that holds 1970-01-01.
    number: i32,
}

impl Period {
    /// How the calendar is cut.
    pub fn grain(self) -> Grain {
        self.grain
    }

    /// The first day.
    pub fn start(self) -> Day {
        match self.grain {
            Grain::Week => Day(self.number * 7 - 3),
            months => first_of_month(self.number * months.months()),
        }
    }

    /// The first day after the period.
    pub fn end(self) -> Day {
        self.plus(1).start()
    }

    /// The period so many periods later; earlier where negative.
    #[must_use]
    pub fn plus(self, periods: i32) -> Self {
        Self { grain: self.grain, number: self.number + periods }
    }

    /// How many periods this one comes after the other.
    pub fn since(self, earlier: Self) -> i32 {
        self.number - earlier.number
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.start().date();
        match self.grain {
            Grain::Week => {
                let week = date.iso_week_date();
                write!(f, "{}-W{:02}", week.year(), week.week())
            }
            Grain::Month => write!(f, "{}-{:02}", date.year(), date.month()),
            Grain::Quarter => write!(f, "{}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
            Grain::Year => write!(f, "{}", date.year()),
        }
    }
}

/// The day so many calendar months after another: the same day of the month, or the month's last.
///
/// Steps are counted from the first day, never from the step before: from 2024-01-31 they are
/// 02-29, 03-31, 04-30.
pub fn months_after(day: Day, months: i32) -> Day {
    let date = day.date();
    let month = (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1 + months;
    let (first, next) = (first_of_month(month), first_of_month(month + 1));
    Day((first.0 + i32::from(date.day()) - 1).min(next.0 - 1))
}

/// The first day of a month, counted from January 1970.
fn first_of_month(month: i32) -> Day {
    let year = i16::try_from(1970 + month.div_euclid(12)).expect("a year between 1 and 9999");
    let date = civil::date(year, i8::try_from(month.rem_euclid(12) + 1).expect("a month from 1 to 12"), 1);
    Day((date - civil::date(1970, 1, 1)).get_days())
}

/// Consecutive periods, with the place of every day among them found without arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    first: Period,
    /// The first day of every period, and the first day after the last.
    starts: Vec<Day>,
    /// The period of each day from the first on.
    by_day: Vec<u32>,
}

impl Timeline {
    /// The periods from the one that holds `from` to the one that holds `to`.
    ///
    /// # Errors
    /// Where `to` lies before `from`, or so late that what follows is no day of the calendar; where there are more periods than
    /// anybody has data of.
    pub fn new(grain: Grain, from: Day, to: Day) -> Result<Self> {
        // Of years after the last one that some definitions look ahead by.
        const LAST_YEAR: i16 = 9_990;
        // Weeks of nearly two hundred years.
        const MOST_PERIODS: i32 = 10_000;
        if to < from {
            return Err(Error::usage(format!("the periods end on `{to}`, before they begin on `{from}`"))
                .hint("give `--from` a day of the data, or `--as-of` a later one"));
        }
        if to.date().year() > LAST_YEAR {
            return Err(Error::data(format!("the periods go on to `{to}`, at the end of the calendar"))
                .hint("say the last day observed with `--as-of`; where a contract goes on, leave its end empty"));
        }
        let first = grain.period_of(from);
        let count = grain.period_of(to).since(first) + 1;
        if count > MOST_PERIODS {
            let periods = counted(count.unsigned_abs().into(), grain.name());
            return Err(Error::data(format!("from {from} to {to} there are {periods}: more than data can be of"))
                .hint("a day so early mostly stands for none: say with `--from` when the observation begins"));
        }
        let starts: Vec<Day> = (0..=count).map(|step| first.plus(step).start()).collect();
        let mut by_day = Vec::new();
        for (period, days) in (0_u32..).zip(starts.windows(2)) {
            by_day.resize(by_day.len() + (days[1].0 - days[0].0) as usize, period);
        }
        Ok(Self { first, starts, by_day })
    }

    /// How many periods there are; at least one.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Never: a timeline has at least one period.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// A period by its place.
    pub fn period(&self, place: usize) -> Period {
        self.first.plus(i32::try_from(place).expect("fewer periods than days"))
    }

    /// All periods in order.
    pub fn periods(&self) -> impl Iterator<Item = Period> + '_ {
        (0..self.len()).map(|place| self.period(place))
    }

    /// The first day of a period by its place; the place after the last gives the end of the last.
    pub fn start(&self, place: usize) -> Day {
        self.starts[place]
    }

    /// The place of the period that holds the day; a day before the first counts to the first, a
    /// day after the last to the last.
    pub fn place(&self, day: Day) -> usize {
        let days = i64::from(day.0) - i64::from(self.starts[0].0);
        self.by_day[usize::try_from(days).unwrap_or(0).min(self.by_day.len() - 1)] as usize
    }

    /// The number of periods that start on the day or before.
    pub fn started_by(&self, day: Day) -> usize {
        if day < self.starts[0] { 0 } else { self.place(day) + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn iso_weeks_carry_the_iso_year() {
        for (date, week) in [
            ("2024-12-30", "2025-W01"),
            ("2020-12-31", "2020-W53"),
            ("2027-01-02", "2026-W53"),
            ("2024-12-29", "2024-W52"),
        ] {
            assert_eq!(Grain::Week.period_of(day(date)).to_string(), week);
        }
    }

    #[test]
    fn month_steps_are_counted_from_the_first_day() {
        let steps: Vec<_> = (1..=3).map(|n| months_after(day("2024-01-31"), n).to_string()).collect();
        assert_eq!(steps, ["2024-02-29", "2024-03-31", "2024-04-30"]);
        assert_eq!(months_after(day("2024-03-31"), -1), day("2024-02-29"));
        assert_eq!(months_after(day("2024-02-29"), 12), day("2025-02-28"));
    }

    #[test]
    fn periods_hold_their_first_day_and_not_their_end() {
        for (grain, date, name, start, end) in [
            (Grain::Month, "2024-02-29", "2024-02", "2024-02-01", "2024-03-01"),
            (Grain::Quarter, "2024-03-31", "2024-Q1", "2024-01-01", "2024-04-01"),
            (Grain::Year, "2023-12-31", "2023", "2023-01-01", "2024-01-01"),
            (Grain::Week, "2024-12-30", "2025-W01", "2024-12-30", "2025-01-06"),
            (Grain::Month, "1969-12-31", "1969-12", "1969-12-01", "1970-01-01"),
            (Grain::Quarter, "1969-12-31", "1969-Q4", "1969-10-01", "1970-01-01"),
        ] {
            let period = grain.period_of(day(date));
            assert_eq!((period.to_string().as_str(), period.start(), period.end()), (name, day(start), day(end)));
            assert_eq!(grain.period_of(period.start()), period);
            assert_eq!(grain.period_of(period.end()), period.plus(1));
            assert_eq!(grain.period_of(Day(period.end().0 - 1)), period);
        }
    }

    #[test]
    fn a_timeline_finds_the_period_of_every_day() {
        let timeline = Timeline::new(Grain::Month, day("2023-12-15"), day("2024-03-01")).unwrap();
        let names: Vec<_> = timeline.periods().map(|period| period.to_string()).collect();
        assert_eq!(names, ["2023-12", "2024-01", "2024-02", "2024-03"]);
        assert_eq!(timeline.place(day("2024-02-29")), 2);
        assert_eq!(timeline.place(day("2024-03-01")), 3);
        assert_eq!((timeline.place(day("2000-01-01")), timeline.place(day("2030-01-01"))), (0, 3));
        assert_eq!((timeline.started_by(day("2023-11-30")), timeline.started_by(day("2024-01-01"))), (0, 2));
        assert!(Timeline::new(Grain::Month, day("2024-03-01"), day("2024-02-29")).is_err());
    }
}
