//! Subscriptions as a file holds them: a row a contract, with its problems named by line.

use rayon::prelude::*;

use super::{Contract, Contracts, Details};
use crate::Result;
use crate::columns::{
    self, AMOUNT, BILLING_MONTHS, Column, ColumnMap, END, PAYMENT_FAILED, REASON, REFUNDED, REQUESTED, START, STATUS,
};
use crate::dialect::{is_missing, trimmed};
use crate::money::Currency;
use crate::scan::{Problems, TextTable, Texts, ValueProblem, value};
use crate::segments::{Segments, interned, said};
use crate::time::Day;

/// What the columns of a file of subscriptions stand for.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionParams {
    /// The columns that the user named.
    pub columns: ColumnMap,
    /// The currency of amounts in a file without a column of currencies, and of the report.
    pub currency: Option<Currency>,
    /// The columns that make a segment.
    pub by: Vec<String>,
    /// Whether `end` holds the last day of the contract instead of the first day after it.
    pub end_is_last_day: bool,
}

/// The subscriptions of a file.
#[derive(Debug, Clone)]
pub struct Subscriptions {
    /// The customers in byte order of their ids; contracts name them by their place.
    pub ids: Texts,
    /// The contracts.
    pub contracts: Contracts,
    /// The values of the segment columns for each segment, in byte order; one segment without values where none are asked
    /// for.
    pub segments: Vec<Vec<String>>,
    /// The reasons that contracts name by their place, in byte order.
    pub reasons: Vec<String>,
    /// The currencies that contracts name by their place.
    pub currencies: Vec<Currency>,
    /// The currency of the report: the one asked for, else the only one of the file; without a name where there are several.
    pub currency: Currency,
    /// Ends that are placeholders for none, as databases write them: `9999-12-31`, `0000-00-00`, `NULL`.
    pub placeholder_ends: u64,
    /// Whether the file has amounts; without them every contract has an amount of one.
    pub has_amounts: bool,
}

const END_BEFORE_START: ValueProblem =
    ValueProblem { reason: "end before start", message: "is before the start of the contract" };
const NO_CURRENCY: ValueProblem =
    ValueProblem { reason: "not a currency", message: "is not the three-letter code of a currency" };
const NO_MONTHS: ValueProblem = ValueProblem {
    reason: "not a number of months",
    message: "is not a number of months from 1 to 1200, nor a time such as `year` or `3 months`",
};

impl Subscriptions {
    /// The subscriptions of a table with `customer_id` and `start`, and as far as they are there `end`, `amount`, `currency`,
    /// `billing_months`, `requested`, `payment_failed`, `refunded`, `reason`, `status`.
    ///
    /// # Units
    /// An amount pays for one month, or for as long as `billing_months` says: so many months, or a word such as `quarterly`, `year` or
    /// `2 weeks`. A month is a twelfth of 365.25 days, so that weeks have their share of it; that share is rounded once to the
    /// minor unit, half to the even one.
    /// # Errors
    /// `Data` with the line of every start that is missing, end before its start, and value that cannot be read.
    pub fn from_table(table: &TextTable, params: &SubscriptionParams) -> Result<Self> {
        let header = table.header();
        table.not_empty()?;
        let find = |column: Column| header.find(column, &params.columns);
        let mut problems = Problems::new();
        let (customers, ids) = customers(table, header.require(columns::CUSTOMER_ID, &params.columns)?, &mut problems);
        let start = header.require(START, &params.columns)?;
        let starts: Vec<i32> =
            table.required(start, |written, text| value::day(written, text).map(|day| day.0), &mut problems);
        let mut days = |column: Column| -> Result<Option<(usize, Vec<Option<Day>>)>> {
            Ok(find(column)?.map(|place| (place, table.optional(place, value::day, &mut problems))))
        };
        let mut ends = days(END)?;
        let placeholder_ends = ends.as_ref().map_or(0, |(place, ends)| {
            let texts = table.column(*place);
            ends.iter().enumerate().filter(|(row, end)| end.is_none() && !texts.get(*row).is_empty()).count() as u64
        });
        let (requested, failed, refunded) = (days(REQUESTED)?, days(PAYMENT_FAILED)?, days(REFUNDED)?);
        if let Some((place, ends)) = &mut ends {
            let (start_texts, written) = (table.column(start), table.written(start));
            for (row, end) in ends.iter_mut().enumerate() {
                let Some(day) = end else { continue };
                // A start that cannot be read is a problem of its own, and no reason to doubt the end.
                if day.0 < starts[row] && value::day(&written, start_texts.get(row)).is_ok() {
                    table.refuse(row, *place, END_BEFORE_START, &mut problems);
                }
                day.0 += i32::from(params.end_is_last_day);
            }
        }
        let money = Money::read(table, params, &mut problems)?;
        let paused: Option<Vec<bool>> = find(STATUS)?.map(|place| {
            table.column(place).iter().map(|text| text.trim_ascii().eq_ignore_ascii_case(b"paused")).collect()
        });
        let (reason_of, reasons) = match find(REASON)? {
            Some(place) => {
                let (codes, names) = interned(&[table.column(place)], said);
                (Some((codes, names.iter().position(|name| name[0].is_empty()))), names.into_iter().flatten().collect())
            }
            None => (None, Vec::new()),
        };
        let by: Vec<&Texts> =
            params.by.iter().map(|name| Ok(table.column(header.named(name)?))).collect::<Result<_>>()?;
        let segments = if by.is_empty() { Segments::one(table.len()) } else { Segments::of_columns(&by) };
        problems.check_all(
            "value",
            header.file(),
            "mend them in the file; a contract without an end goes on, one without a start cannot be placed",
        )?;

        let mut details = Vec::new();
        let mut rows = Vec::with_capacity(table.len());
        let at = |days: &Option<(usize, Vec<Option<Day>>)>, row: usize| days.as_ref().and_then(|(_, days)| days[row]);
        for row in 0..table.len() {
            let own = Details {
                requested: at(&requested, row),
                payment_failed: at(&failed, row),
                refunded: at(&refunded, row),
                reason: reason_of
                    .as_ref()
                    .and_then(|(codes, empty)| Some(codes[row]).filter(|code| Some(*code as usize) != *empty)),
            };
            let known = (own != Details::default()).then(|| {
                details.push(own);
                (details.len() - 1) as u32
            });
            rows.push(Contract {
                customer: customers[row],
                start: Day(starts[row]),
                end: at(&ends, row),
                amount: money.amounts.as_ref().map_or(1, |amounts| amounts[row]),
                segment: segments.of[row],
                currency: money.codes.as_ref().map_or(0, |codes| codes[row] as u16),
                paused: paused.as_ref().is_some_and(|paused| paused[row]),
                details: known,
            });
        }
        let contracts = Contracts::new(rows, details, ids.len() as u32)?;
        Ok(Self {
            ids,
            contracts,
            segments: segments.names,
            reasons,
            currencies: money.currencies,
            currency: money.report,
            placeholder_ends,
            has_amounts: money.amounts.is_some(),
        })
    }
}

impl Subscriptions {
    /// The same subscriptions with segments of customers instead of contracts, in the order of [`Self::ids`].
    #[must_use]
    pub fn with_customer_segments(mut self, segments: Segments) -> Self {
        self.contracts = self.contracts.with_segments(&segments.of);
        self.segments = segments.names;
        self
    }
}

/// The amounts of a file a month, in minor units, and their currencies.
struct Money {
    amounts: Option<Vec<i64>>,
    codes: Option<Vec<u32>>,
    currencies: Vec<Currency>,
    report: Currency,
}

impl Money {
    fn read(table: &TextTable, params: &SubscriptionParams, problems: &mut Problems) -> Result<Self> {
        let find = |column: Column| table.header().find(column, &params.columns);
        let Some(place) = table.header().find_amount(AMOUNT, &params.columns)? else {
            let report = params.currency.clone().unwrap_or_default();
            return Ok(Self { amounts: None, codes: None, currencies: vec![report.clone()], report });
        };
        let (codes, currencies) = match find(columns::CURRENCY)? {
            None => (None, vec![params.currency.clone().unwrap_or_default()]),
            Some(column) => {
                let (codes, names) = interned(&[table.column(column)], |text| text);
                let parsed: Vec<Option<Currency>> = names.iter().map(|name| Currency::of_file(&name[0])).collect();
                for row in (0..table.len()).filter(|&row| parsed[codes[row] as usize].is_none()) {
                    table.refuse(row, column, NO_CURRENCY, problems);
                }
                // A code in upper and in lower case is one currency.
                let parsed: Vec<Currency> = parsed.into_iter().map(Option::unwrap_or_default).collect();
                let mut currencies = parsed.clone();
                currencies.sort_unstable_by(|one, other| one.code().cmp(&other.code()));
                currencies.dedup();
                let place = |parsed: &Currency| currencies.partition_point(|own| own.code() < parsed.code()) as u32;
                let places: Vec<u32> = parsed.iter().map(place).collect();
                let codes: Vec<u32> = codes.into_iter().map(|code| places[code as usize]).collect();
                (Some(codes), currencies)
            }
        };
        let amounts: Vec<i64> = match &codes {
            None => table.amounts(place, &currencies[0], problems),
            Some(codes) => {
                // Each row has the decimals of its own currency.
                let columns = table.amount_columns(place);
                let amount = |row: usize| {
                    columns.amount(row, &currencies[codes[row] as usize]).unwrap_or_else(|(column, problem)| {
                        table.refuse(row, column, problem, problems);
                        0
                    })
                };
                (0..table.len()).map(amount).collect()
            }
        };
        let amounts = match find(BILLING_MONTHS)? {
            None => amounts,
            Some(column) => {
                let lengths = table.optional(column, paid_for, problems);
                amounts
                    .iter()
                    .zip(lengths)
                    .enumerate()
                    .map(|(row, (amount, length))| {
                        a_month_of(*amount, length.unwrap_or(MONTH)).unwrap_or_else(|| {
                            table.refuse(row, place.0, ValueProblem::TOO_LARGE, problems);
                            0
                        })
                    })
                    .collect()
            }
        };
        let report = match (&params.currency, &currencies[..]) {
            (Some(report), _) => report.clone(),
            (None, [only]) => only.clone(),
            (None, _) => Currency::UNNAMED,
        };
        Ok(Self { amounts: Some(amounts), codes, currencies, report })
    }
}

/// A day in the parts of which a month, a twelfth of 365.25 days, has a whole number.
const DAY: u64 = 16;
const MONTH: u64 = 487;
/// The longest that an amount may pay for.
const LONGEST: u64 = 1_200 * MONTH;

/// How long an amount pays for, in sixteenths of a day: so many months, or a time in words, `year`, `monthly`, `3 months`, `every
/// 2 weeks`. Words that are used for two times, as `biweekly` is, are none.
fn paid_for(written: &value::Written<'_>, text: &[u8]) -> Result<u64, ValueProblem> {
    let text = trimmed(text);
    if is_missing(text) {
        return Err(ValueProblem::MISSING);
    }
    let length = match time_in_words(&String::from_utf8_lossy(text)) {
        Some(length) => length,
        None => match value::whole(written, text) {
            Ok(months) => Some(months).filter(|months| *months <= LONGEST / MONTH).map(|months| months * MONTH),
            Err(ValueProblem::NOT_A_NUMBER | ValueProblem::NOT_WHOLE) => None,
            Err(problem) => return Err(problem),
        },
    };
    length.filter(|length| (DAY..=LONGEST).contains(length)).ok_or(NO_MONTHS)
}

/// A time in words, in sixteenths of a day; the inner `None` where it is too long to be told, the outer one where it is no such time.
fn time_in_words(text: &str) -> Option<Option<u64>> {
    let letters = text.trim().to_lowercase();
    let times = letters.strip_prefix("every").or(letters.strip_prefix("per")).unwrap_or(&letters).trim_start();
    let words = times.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &times[..times.len() - words.len()];
    // Between a number and its unit, or the two words of one; a sign or a range is neither.
    let unit: String = match number.is_empty() {
        true => words.replace([' ', '-', '_'], ""),
        false => words.trim_start_matches([' ', '-', '_']).to_owned(),
    };
    if number.is_empty() && words.starts_with(['-', '_']) {
        return None;
    }
    let length = match unit.as_str() {
        "day" | "days" | "daily" => DAY,
        "week" | "weeks" | "weekly" => 7 * DAY,
        "month" | "months" | "monthly" => MONTH,
        "quarter" | "quarters" | "quarterly" => 3 * MONTH,
        "halfyear" | "halfyearly" | "semiannual" | "semiannually" => 6 * MONTH,
        "year" | "years" | "yearly" | "annual" | "annually" => 12 * MONTH,
        _ => return None,
    };
    Some(if number.is_empty() {
        Some(length)
    } else {
        number.parse::<u64>().ok().and_then(|times| times.checked_mul(length))
    })
}

/// A month's share of an amount, half a minor unit to the even one; `None` where it is more than an amount holds.
fn a_month_of(amount: i64, length: u64) -> Option<i64> {
    let (parts, length) = (i128::from(amount) * i128::from(MONTH), i128::from(length));
    let (whole, rest) = (parts.div_euclid(length), parts.rem_euclid(length));
    let share = match (2 * rest).cmp(&length) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Equal => whole + (whole & 1),
        std::cmp::Ordering::Greater => whole + 1,
    };
    i64::try_from(share).ok()
}

/// Each row's customer by its place in the byte order of ids, and those ids.
fn customers(table: &TextTable, position: usize, problems: &mut Problems) -> (Vec<u32>, Texts) {
    let texts = table.column(position);
    table.refuse_no_customer(position, problems);
    let order = byte_order(texts);
    let (mut places, mut ids) = (vec![0_u32; texts.len()], Texts::default());
    for row in order {
        let id = texts.get(row as usize);
        if ids.is_empty() || ids.get(ids.len() - 1) != id {
            ids.push(id);
        }
        places[row as usize] = (ids.len() - 1) as u32;
    }
    (places, ids)
}

/// The rows of a column in byte order of their texts.
fn byte_order(texts: &Texts) -> Vec<u32> {
    const BYTES: usize = 16;
    let first = if texts.is_empty() { &[][..] } else { texts.get(0) };
    let shared = texts.iter().fold(first.len(), |shared, text| {
        first[..shared].iter().zip(text).take_while(|(one, other)| one == other).count()
    });
    // Sixteen bytes after what all have in common decide nearly always, without a look at the text.
    let key = |text: &[u8]| {
        let mut bytes = [0; BYTES];
        let rest = &text[shared..text.len().min(shared + BYTES)];
        bytes[..rest.len()].copy_from_slice(rest);
        u128::from_be_bytes(bytes)
    };
    let rows = u32::try_from(texts.len()).expect("fewer than four billion contracts");
    let mut order: Vec<(u128, u32)> =
        (0..rows).into_par_iter().map(|row| (key(texts.get(row as usize)), row)).collect();
    order.par_sort_unstable_by(|(one, row), (other, other_row)| {
        one.cmp(other)
            .then_with(|| texts.get(*row as usize).cmp(texts.get(*other_row as usize)))
            .then(row.cmp(other_row))
    });
    order.into_iter().map(|(_, row)| row).collect()
}
