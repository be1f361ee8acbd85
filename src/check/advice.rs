//! What a file can be used for, and the command line to type.

use super::column::Kind;
use super::{ColumnReport, Place};
use crate::columns::{
    self, ACCOUNT, AGE, AMOUNT, CREDIT, CUSTOMER_ID, Column, DATE, DEBIT, DIRECT_COST, EVENT, FREQUENCY, PROFIT,
    RECENCY, REVENUE, START, TIME,
};
use crate::scan::{NoCustomer, Quote, ScanParams};

/// A command that can take the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The command.
    pub command: &'static str,
    /// What to type.
    pub line: String,
    /// What of the file speaks for it.
    pub because: String,
}

/// What is known when advice is given.
pub(super) struct Known<'a> {
    pub file: &'a str,
    pub places: &'a [Place],
    pub columns: &'a [ColumnReport],
    /// Customers with enough days to tell, and those of them who pay equal amounts at regular intervals.
    pub telling: u64,
    pub regular: u64,
    /// Flags without which the file would be refused.
    pub needed: Vec<String>,
    /// The preset that was asked for, or that fits the header.
    pub preset: Option<String>,
}

impl Known<'_> {
    fn has(&self, columns: &[Column]) -> bool {
        columns.iter().all(|column| self.places.iter().any(|place| place.standard.contains(column)))
    }

    /// Whether most customers who tell pay equal amounts at regular intervals.
    pub fn is_regular(&self) -> bool {
        self.telling > 0 && self.regular * 2 > self.telling
    }

    fn line(&self, command: &str, flags: &[String]) -> String {
        let file = quoted(self.file);
        let flags = flags.iter().chain(&self.needed).map(|flag| format!(" {}", quoted(flag)));
        format!("custval {command} {file}{}", flags.collect::<String>())
    }
}

/// The commands that can take a file.
pub(super) fn commands(known: &Known<'_>, params: &ScanParams) -> Vec<Suggestion> {
    // What is said to read the file must be said to every command.
    let mut flags: Vec<String> = params
        .columns
        .iter()
        .flat_map(|(standard, named)| ["--column".to_owned(), format!("{standard}={named}")])
        .collect();
    if let Some(preset) = &known.preset {
        // The columns of a preset end in a `|`.
        let own = params.columns.iter().filter(|(_, named)| !named.ends_with('|'));
        let own = own.flat_map(|(standard, named)| ["--column".to_owned(), format!("{standard}={named}")]);
        flags = ["--preset".to_owned(), preset.clone()].into_iter().chain(own).collect();
    }
    let mut found = Vec::new();
    let mut add = |commands: &[&'static str], flags: &[String], because: &str| {
        for command in commands {
            found.push(Suggestion { command, line: known.line(command, flags), because: because.to_owned() });
        }
    };
    if known.has(&[FREQUENCY, RECENCY, AGE]) {
        add(&["fit", "clv"], &flags, "one row a customer, as `custval summary` makes it");
    } else if known.has(&[CUSTOMER_ID, PROFIT]) {
        add(&["hook"], &flags, "profit by customer");
        if known.has(&[REVENUE, DIRECT_COST]) {
            add(&["portfolio"], &flags, "revenue and cost by customer");
        }
    } else if known.has(&[CUSTOMER_ID, START]) {
        add(&["churn", "survival", "cohort"], &flags, "looks contractual: contracts with their start");
    } else if known.has(&[TIME, EVENT]) {
        add(&["survival"], &flags, "durations and whether the customer left");
    } else if known.has(&[ACCOUNT, DEBIT, CREDIT]) || (known.has(&[ACCOUNT, AMOUNT]) && !known.has(&[CUSTOMER_ID])) {
        let line = format!("custval allocate COSTING.toml --ledger {}", quoted(known.file));
        found.push(Suggestion { command: "allocate", line, because: "amounts by ledger account".into() });
    } else if known.has(&[CUSTOMER_ID, DATE, AMOUNT]) {
        let because = if known.is_regular() {
            format!(
                "looks contractual: {} of {} customers with four or more days pay equal amounts at regular intervals",
                known.regular, known.telling
            )
        } else {
            "does not look contractual: purchases at no regular intervals".to_owned()
        };
        // The exclusions of a preset come with it.
        let own = params.policies.exclude.iter().filter(|exclusion| known.preset.is_none() || !exclusion.if_there);
        let excluded = own.flat_map(|exclusion| ["--exclude".to_owned(), exclusion.as_written()]);
        let flags: Vec<String> = flags.iter().cloned().chain(excluded).collect();
        add(&["summary", "fit", "clv", "cohort"], &flags, &because);
    } else if let Some(preset) = known.preset.as_ref().filter(|_| params.columns.iter().next().is_none()) {
        add(&["check"], &["--preset".into(), preset.clone()], "its columns are those of the preset");
    } else if let Some(guessed) = guess(known) {
        add(&["check"], &guessed, "an id, a date and an amount, under other names: check that these are the ones");
    }
    found
}

/// The columns that would make a log of the file, by what they hold.
fn guess(known: &Known<'_>) -> Option<Vec<String>> {
    let mut flags = Vec::new();
    for (column, kinds) in [
        (CUSTOMER_ID, &[Kind::Id, Kind::Text, Kind::Number][..]),
        (DATE, &[Kind::Date]),
        (AMOUNT, &[Kind::Amount, Kind::Number]),
    ] {
        if known.has(&[column]) {
            continue;
        }
        let free = |report: &&ColumnReport| {
            report.standard.is_empty()
                && !flags.iter().any(|flag: &String| flag.ends_with(&format!("={}", report.name)))
        };
        let of_kind = |kind: &Kind| known.columns.iter().filter(free).find(|report| report.kind == *kind);
        let report = kinds.iter().find_map(of_kind)?;
        flags.extend(["--column".to_owned(), format!("{}={}", column.name, report.name)]);
    }
    Some(flags)
}

/// What was found about how a file is written, as settings that hold for every command.
pub(super) fn settings(
    known: &Known<'_>,
    read_as: &crate::scan::ReadAs,
    dialects: &[crate::dialect::Dialect],
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
    if let Some(amount) = place(AMOUNT) {
        settings.push(("decimal", text(dialects[amount].decimal.name())));
    }
    if let Some(date) = place(DATE).or_else(|| place(START)) {
        settings.push(("date-format", text(dialects[date].dates.name())));
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
        let of: Vec<&str> = known
            .columns
            .iter()
            .filter(|report| report.standard.contains(&column.name))
            .map(|report| report.name.as_str())
            .collect();
        let named = match of[..] {
            [] => continue,
            [one] => one.to_owned(),
            // A product: either order is the same.
            ref factors => factors.join("*"),
        };
        columns.push(toml::Value::String(format!("{}={named}", column.name)));
    }
    settings.push(("column", toml::Value::Array(columns).to_string()));
    settings
}

/// A word of a command line, quoted where the shell needs it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,%+@".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
