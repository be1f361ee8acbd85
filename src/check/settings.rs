//! How the values of a file are written, as far as that is decided, and the settings that pin it.

use super::Place;
use super::advice::Known;
use super::column::Profile;
use crate::columns::{self, AMOUNT, Column, DATE, END, Header, START};
use crate::dialect::{Dialect, Evidence, Pinned, Sighting};
use crate::scan::{NoCustomer, Quote, ReadAs, ScanParams, shortened};

/// What of how the values of a file are written is decided: by what was said, or by the values.
pub(super) struct Decided<'a> {
    pub dialects: &'a [Dialect],
    /// What tells how numbers are written, and what tells it of dates: of a log all that is read by one setting; of a table each
    /// column, since it is read by its own values.
    pub numbers: Vec<Evidence>,
    pub dates: Vec<Evidence>,
}

impl<'a> Decided<'a> {
    pub fn of(columns: &[Profile], places: &[Place], dialects: &'a [Dialect], is_table: bool) -> Self {
        let told = |wanted: &[Column]| {
            let is = |place: &Place| wanted.iter().any(|column| place.standard.contains(column));
            let own = columns.iter().zip(places).filter(|(_, place)| is(place));
            let mut each: Vec<Evidence> = own.map(|(profile, _)| profile.evidence.clone()).collect();
            if !is_table {
                let mut all = Evidence::default();
                each.drain(..).for_each(|one| all.merge(&one));
                each.push(all);
            }
            each
        };
        match is_table {
            true => Self { dialects, numbers: told(columns::NUMBERS), dates: told(&[DATE, START, END]) },
            false => Self { dialects, numbers: told(&[AMOUNT]), dates: told(&[DATE]) },
        }
    }

    /// The settings that are left open, each with the value that raises the question and what could be said.
    pub fn undecided(&self, pinned: &Pinned) -> Vec<(&'static str, String)> {
        let said =
            |one: &Sighting, words: &str| format!("`{}` on line {} could be {words}", shortened(&one.value), one.line);
        let decimal = self.numbers.iter().find_map(|told| told.unclear_decimal(pinned));
        let decimal = decimal.map(|one| ("decimal", said(one, "two numbers: \"point\" or \"comma\"")));
        let order = self.dates.iter().find_map(|told| told.unclear_order(pinned));
        let order = order.map(|one| said(one, "two days: \"dmy\" or \"mdy\""));
        let same = pinned.dates.is_none() && self.dates.iter().any(are_same);
        let same = same.then(|| "its days are those of \"dmy\" and of \"mdy\" alike".to_owned());
        decimal.into_iter().chain(order.or(same).map(|why| ("date-format", why))).collect()
    }

    fn decimal(&self, params: &ScanParams) -> bool {
        let pinned = &params.pinned;
        let marks = |told: &Evidence| (told.point, told.comma);
        let (point, comma) = self.numbers.iter().map(marks).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let unclear = self.numbers.iter().any(|told| told.unclear_decimal(pinned).is_some());
        pinned.decimal.is_some() || (point != comma && !unclear)
    }

    fn dates(&self, params: &ScanParams) -> bool {
        let told = |told: &Evidence| {
            let orders = told.day_first.max(told.month_first).max(told.either_order);
            let others = [told.clear, told.serial, told.seconds, told.milliseconds];
            if orders > 0 { told.day_first != told.month_first } else { others.iter().any(|count| *count > 0) }
        };
        let mut columns = self.dates.iter().filter(|told| **told != Evidence::default()).peekable();
        params.pinned.dates.is_some() || (columns.peek().is_some() && columns.all(told))
    }
}

/// Whether all dates are the same days with either order of day and month, so that they tell none.
pub(super) fn are_same(told: &Evidence) -> bool {
    told.same > 0 && told.clear + told.day_first + told.month_first + told.either_order == 0
}

/// What was found about how a file is written, as settings that hold for every command.
pub(super) fn settings(
    known: &Known<'_>,
    header: &Header,
    read_as: &ReadAs,
    decided: &Decided<'_>,
    params: &ScanParams,
) -> Vec<(&'static str, String)> {
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let place = |column| known.places.iter().position(|place| place.standard.contains(&column));
    let mut settings = Vec::new();
    if let Some(delimiter) = &read_as.delimiter {
        settings.push(("delimiter", text(delimiter)));
    }
    if params.quote != Quote::default() {
        settings.push(("quote", text(&params.quote.to_string())));
    }
    if let Some(encoding) = read_as.encoding.filter(|encoding| *encoding != "utf-16") {
        settings.push(("encoding", text(encoding)));
    }
    if let Some(amount) = place(AMOUNT).filter(|_| decided.decimal(params)) {
        settings.push(("decimal", text(decided.dialects[amount].decimal.name())));
    }
    if let Some(date) = place(DATE).or_else(|| place(START)).filter(|_| decided.dates(params)) {
        settings.push(("date-format", text(decided.dialects[date].dates.name())));
    }
    if let Some(zone) = &params.pinned.zone {
        settings.push(("tz", text(zone.name())));
    }
    if params.no_header {
        settings.push(("no-header", "true".into()));
    }
    if let Some(code) = params.currency.code() {
        settings.push(("currency", text(code)));
    }
    let policies = &params.policies;
    if !policies.exclude.is_empty() {
        let exclusions = policies.exclude.iter().map(|exclusion| toml::Value::String(exclusion.as_written()));
        settings.push(("exclude", toml::Value::Array(exclusions.collect()).to_string()));
    }
    if params.no_customer != NoCustomer::default() {
        settings.push(("no-customer", text(&params.no_customer.to_string())));
    }
    let mut columns = Vec::new();
    for column in columns::ALL {
        // What two columns could stand for is none of them.
        let Ok(Some((one, second))) = header.find_amount(*column, &params.columns) else { continue };
        let name = |position: usize| header.names()[position].as_str();
        let named = match second {
            None => name(one).to_owned(),
            Some(second) => format!("{}{}{}", name(one), second.sign(), name(second.column())),
        };
        columns.push(toml::Value::String(format!("{}={named}", column.name)));
    }
    settings.push(("column", toml::Value::Array(columns).to_string()));
    settings
}
