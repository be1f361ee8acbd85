//! The summary that an earlier command wrote, read back.

use super::{CustomerSummary, Holdout};
use crate::columns::{self, Column, ColumnMap};
use crate::money::Currency;
use crate::scan::value::{self, Written};
use crate::scan::{Problems, TextTable, Texts, ValueProblem};
use crate::time::{Day, TimeUnit};
use crate::{Error, Location, Result};

const NEGATIVE: ValueProblem = ValueProblem { reason: "negative", message: "is negative" };
const BEYOND_AGE: ValueProblem = ValueProblem {
    reason: "recency beyond age",
    message: "is longer than `age`: the last purchase would be after the end",
};
const RECENCY_WITHOUT_REPEAT: ValueProblem = ValueProblem {
    reason: "recency without a repeat purchase",
    message: "must be 0 where `frequency` is 0: without a repeat purchase the last one is the first",
};
const REPEAT_WITHOUT_RECENCY: ValueProblem = ValueProblem {
    reason: "repeat purchase without recency",
    message: "must be above 0 where `frequency` is: a repeat purchase is on a later day than the first",
};
const VALUE_WITHOUT_REPEAT: ValueProblem = ValueProblem {
    reason: "monetary_value without a repeat purchase",
    message: "must be empty or 0 where `frequency` is 0: it is the mean of repeat purchases",
};
const TWICE: ValueProblem = ValueProblem { reason: "customer twice", message: "stands in the table twice" };
const DISAGREES: ValueProblem = ValueProblem { reason: "value differs", message: "differs from the first row" };
const ORDER: ValueProblem = ValueProblem { reason: "dates in the wrong order", message: "is before `first_date`" };
const AFTER_END: ValueProblem =
    ValueProblem { reason: "date after the end of observation", message: "is after `observation_end`" };
const AGE_DIFFERS: ValueProblem = ValueProblem {
    reason: "age contradicts the dates",
    message: "is not the time from `first_date` to `observation_end` in this unit",
};
const RECENCY_DIFFERS: ValueProblem = ValueProblem {
    reason: "recency contradicts the dates",
    message: "is not the time from `first_date` to `last_date` in this unit",
};
const MORE_THAN_DAYS: ValueProblem = ValueProblem {
    reason: "more repeat purchases than days",
    message: "is more than `recency` has days: purchases of one day are one",
};

impl CustomerSummary {
    /// The summary that a table holds: at least `customer_id`, `frequency`, `recency` and `age`. Where it does not say in which
    /// unit its times are, they are in the one given.
    ///
    /// Writing a summary as CSV without rounding and reading it back gives the same bits.
    ///
    /// # Errors
    /// `Usage` or `Data` where a column is missing, or the unit of time is neither told nor given; `Data`, with the first ten and the count by reason, where a value cannot be used: a
    /// number that is none, not finite or negative, recency beyond age, a repeat purchase without its time or a time
    /// without one, more of them than days, times that contradict the dates of the row by more than one unit (they may have been
    /// rounded to whole ones), a date after the end of observation, a customer twice.
    pub fn from_table(
        table: &TextTable,
        map: &ColumnMap,
        currency: &Currency,
        otherwise: Option<TimeUnit>,
    ) -> Result<Self> {
        let reader = Reader { table, map };
        let mut problems = Problems::new();
        let id = table.header().require(columns::CUSTOMER_ID, map)?;
        let frequency_at = table.header().require(columns::FREQUENCY, map)?;
        let recency_at = table.header().require(columns::RECENCY, map)?;
        let age_at = table.header().require(columns::AGE, map)?;
        let time_unit = reader.time_unit(otherwise, &mut problems)?;
        let observation_end = reader.one_for_all(columns::OBSERVATION_END, value::day, &mut problems)?;

        let mut order: Vec<usize> = (0..table.len()).collect();
        order.sort_by(|one, other| table.column(id).get(*one).cmp(table.column(id).get(*other)));
        table.refuse_no_customer(id, &mut problems);
        for pair in order.windows(2) {
            let same = table.column(id).get(pair[0]);
            if !same.is_empty() && same == table.column(id).get(pair[1]) {
                table.refuse(pair[1], id, TWICE, &mut problems);
            }
        }
        let frequency: Vec<u64> = table.required(frequency_at, value::whole, &mut problems);
        let recency: Vec<f64> = table.required(recency_at, not_negative, &mut problems);
        let age: Vec<f64> = table.required(age_at, not_negative, &mut problems);
        let first_date = reader.days(columns::FIRST_DATE, &mut problems)?;
        let last_date = reader.days(columns::LAST_DATE, &mut problems)?;
        let amount = reader.amounts(columns::AMOUNT, currency, &mut problems)?;
        let refunds = reader.amounts(columns::REFUNDS, currency, &mut problems)?;
        let monetary_at = table.header().find(columns::MONETARY_VALUE, map)?;
        let mut monetary_value = monetary_at.map(|at| table.optional(at, value::number, &mut problems));
        let times = Times {
            first: first_date.as_deref(),
            last: last_date.as_deref(),
            end: observation_end,
            recency: &recency,
            age: &age,
        };
        let mut contradicts = false;
        // Values that could not be read stand as zero and would only repeat the problem.
        if problems.is_empty() {
            for row in 0..table.len() {
                if recency[row] > age[row] {
                    table.refuse(row, recency_at, BEYOND_AGE, &mut problems);
                }
                if frequency[row] == 0 && recency[row] != 0.0 {
                    table.refuse(row, recency_at, RECENCY_WITHOUT_REPEAT, &mut problems);
                }
                if frequency[row] > 0 && recency[row] == 0.0 {
                    table.refuse(row, recency_at, REPEAT_WITHOUT_RECENCY, &mut problems);
                }
                if let (Some(at), Some(values)) = (monetary_at, &mut monetary_value) {
                    if frequency[row] == 0 && values[row].is_some_and(|value| value != 0.0) {
                        table.refuse(row, at, VALUE_WITHOUT_REPEAT, &mut problems);
                    }
                    // Others write zero for the mean of nothing.
                    values[row] = values[row].filter(|_| frequency[row] > 0);
                }
            }
            if let (Some(first), Some(last)) = (&first_date, &last_date) {
                let at = table.header().require(columns::LAST_DATE, map)?;
                for row in (0..table.len()).filter(|row| last[*row] < first[*row]) {
                    table.refuse(row, at, ORDER, &mut problems);
                }
            }
            for (column, days) in [(columns::FIRST_DATE, &first_date), (columns::LAST_DATE, &last_date)] {
                let (Some(days), Some(end)) = (days, observation_end) else { continue };
                let at = table.header().require(column, map)?;
                for row in (0..table.len()).filter(|row| days[*row] > end) {
                    table.refuse(row, at, AFTER_END, &mut problems);
                }
            }
        }
        if problems.is_empty() {
            for row in 0..table.len() {
                if times.age_differs(row, time_unit) {
                    table.refuse(row, age_at, AGE_DIFFERS, &mut problems);
                }
                if times.recency_differs(row, time_unit) {
                    table.refuse(row, recency_at, RECENCY_DIFFERS, &mut problems);
                }
            }
            contradicts = !problems.is_empty();
        }
        if problems.is_empty() {
            let unit = time_unit.days();
            for row in (0..table.len()).filter(|row| frequency[*row] as f64 - recency[*row] * unit > unit - ROUNDING) {
                table.refuse(row, frequency_at, MORE_THAN_DAYS, &mut problems);
            }
        }
        let fitting = TimeUnit::ALL.into_iter().find(|unit| contradicts && times.fit(*unit));
        let hint = match (fitting, table.header().find(columns::TIME_UNIT, map)?) {
            (Some(unit), None) => format!("its times are in units of a {unit}: say `--time-unit {unit}`"),
            (Some(unit), Some(_)) => format!("its times are in units of a {unit}: let its column `time_unit` say so"),
            (None, _) => "mend them in the file".to_owned(),
        };
        let holdout = reader.holdout(currency, &mut problems)?;
        problems.check_all("value", table.header().file(), hint)?;

        let sorted = Sorted { order: &order };
        Ok(Self {
            ids: order.iter().map(|row| table.column(id).get(*row)).collect::<Texts>(),
            observation_start: first_date.as_ref().and_then(|first| first.iter().min().copied()),
            first_date: first_date.map(|values| sorted.of(&values)),
            last_date: last_date.map(|values| sorted.of(&values)),
            frequency: sorted.of(&frequency),
            recency: sorted.of(&recency),
            age: sorted.of(&age),
            monetary_value: monetary_value.map(|values| sorted.of(&values)),
            amount: amount.map(|values| sorted.of(&values)),
            refunds: refunds.map(|values| sorted.of(&values)),
            holdout: holdout.map(|(transactions, amount, refunds)| Holdout {
                transactions: sorted.of(&transactions),
                amount: sorted.of(&amount),
                refunds: refunds.map(|refunds| sorted.of(&refunds)),
                end: None,
            }),
            time_unit,
            observation_end,
            currency: currency.clone(),
        })
    }
}

/// By how many days the rounding of floating-point numbers may be off.
const ROUNDING: f64 = 1e-6;

/// The times of a table beside its dates, as far as it has them.
struct Times<'a> {
    first: Option<&'a [Day]>,
    last: Option<&'a [Day]>,
    end: Option<Day>,
    recency: &'a [f64],
    age: &'a [f64],
}

impl Times<'_> {
    /// Whether an age in a unit is not the time from the first purchase to the end of observation.
    fn age_differs(&self, row: usize, unit: TimeUnit) -> bool {
        self.first.zip(self.end).is_some_and(|(first, end)| differs(self.age[row], unit, first[row], end))
    }

    /// Whether a recency in a unit is not the time from the first purchase to the last.
    fn recency_differs(&self, row: usize, unit: TimeUnit) -> bool {
        self.first.zip(self.last).is_some_and(|(first, last)| differs(self.recency[row], unit, first[row], last[row]))
    }

    /// Whether the times of every row are in this unit.
    fn fit(&self, unit: TimeUnit) -> bool {
        (0..self.age.len()).all(|row| !self.age_differs(row, unit) && !self.recency_differs(row, unit))
    }
}

/// Whether a time is not that between two days. It may have been rounded to whole units, up or down.
fn differs(time: f64, unit: TimeUnit, from: Day, to: Day) -> bool {
    (time * unit.days() - f64::from(to.0 - from.0)).abs() > unit.days() + ROUNDING
}

/// Columns in the order of the customers.
struct Sorted<'a> {
    order: &'a [usize],
}

impl Sorted<'_> {
    fn of<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.order.iter().map(|row| values[*row]).collect()
    }
}

fn not_negative(written: &Written<'_>, text: &[u8]) -> Result<f64, ValueProblem> {
    // Adding zero takes the sign off a negative zero.
    value::number(written, text).and_then(|number| if number < 0.0 { Err(NEGATIVE) } else { Ok(number + 0.0) })
}

struct Reader<'a> {
    table: &'a TextTable,
    map: &'a ColumnMap,
}

impl Reader<'_> {
    fn days(&self, column: Column, problems: &mut Problems) -> Result<Option<Vec<Day>>> {
        let Some(at) = self.table.header().find(column, self.map)? else { return Ok(None) };
        let day = |written: &Written<'_>, text: &[u8]| value::day(written, text).map(OrEpoch);
        Ok(Some(self.table.required(at, day, problems).into_iter().map(|day| day.0).collect()))
    }

    fn amounts(&self, column: Column, currency: &Currency, problems: &mut Problems) -> Result<Option<Vec<i128>>> {
        let Some(place) = self.table.header().find_amount(column, self.map)? else { return Ok(None) };
        let amounts = self.table.amounts(place, currency, problems);
        Ok(Some(amounts.into_iter().map(i128::from).collect()))
    }

    fn holdout(&self, currency: &Currency, problems: &mut Problems) -> Result<Option<HeldOut>> {
        let Some(at) = self.table.header().find(columns::HOLDOUT_TRANSACTIONS, self.map)? else { return Ok(None) };
        let transactions = self.table.required(at, value::whole, problems);
        let amount = self.amounts(columns::HOLDOUT_AMOUNT, currency, problems)?;
        let refunds = self.amounts(columns::HOLDOUT_REFUNDS, currency, problems)?;
        Ok(amount.map(|amount| (transactions, amount, refunds)))
    }

    /// The unit in which the table says its times are, else the one given.
    fn time_unit(&self, otherwise: Option<TimeUnit>, problems: &mut Problems) -> Result<TimeUnit> {
        let unit = |_: &Written<'_>, text: &[u8]| {
            let unknown = ValueProblem { reason: "not a unit of time", message: "is not `day`, `week` or `month`" };
            TimeUnit::ALL.into_iter().find(|unit| unit.name().as_bytes() == text).ok_or(unknown)
        };
        let told = self.one_for_all(columns::TIME_UNIT, unit, problems)?;
        told.or(otherwise).ok_or_else(|| {
            Error::usage("it does not say in which unit its times are")
                .at(Location::file(self.table.header().file()))
                .hint("say `--time-unit day`, `--time-unit week` or `--time-unit month`")
        })
    }

    /// A value that every row repeats.
    fn one_for_all<T: Copy + PartialEq + Send>(
        &self,
        column: Column,
        parse: impl Fn(&Written<'_>, &[u8]) -> Result<T, ValueProblem> + Sync,
        problems: &mut Problems,
    ) -> Result<Option<T>> {
        let Some(at) = self.table.header().find(column, self.map)? else { return Ok(None) };
        let values = self.table.optional(at, parse, problems);
        let Some(first) = values.first() else { return Ok(None) };
        for (row, value) in values.iter().enumerate() {
            if value != first && value.is_some() {
                self.table.refuse(row, at, DISAGREES, problems);
            }
        }
        Ok(*first)
    }
}

/// Purchase days, amounts and, where they are kept apart, refunds of the holdout.
type HeldOut = (Vec<u64>, Vec<i128>, Option<Vec<i128>>);

/// A day that stands for one that could not be read, until the problem is reported.
#[derive(Clone, Copy)]
struct OrEpoch(Day);

impl Default for OrEpoch {
    fn default() -> Self {
        Self(Day(0))
    }
}
