//! What is wrong with a file, what is suspicious about it, and what to do.

mod columns;
mod customers;
mod money;
mod tables;

pub(super) use columns::Unclear;
pub(super) use customers::Histories;
pub(super) use money::in_others;

use super::Place;
use super::advice::{Needs, Purpose, has};
use crate::columns::{
    ACCOUNT, AMOUNT, CREDIT, CURRENCY, CUSTOMER_ID, Column, DATE, DEBIT, EXCHANGE_RATE, Header, QUANTITY, START,
};
use crate::scan::{Reason, ScanParams, shortened};

/// Something that is wrong or suspicious.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether a command would refuse the file for it.
    pub refused: bool,
    /// The line on which it is first seen, where it is about lines.
    pub line: Option<u64>,
    /// The column it is about.
    pub column: Option<String>,
    /// What it is, in a few words.
    pub problem: String,
    /// The first value.
    pub value: String,
    /// How many rows or values it concerns.
    pub count: u64,
    /// What to do about it.
    pub hint: String,
}

/// What is found about one file.
pub(super) struct Findings<'a> {
    pub all: Vec<Finding>,
    pub purpose: Option<Purpose>,
    pub needs: Needs,
    pub params: &'a ScanParams,
    pub rows: u64,
    /// Whether it may have amounts: exchange rates beside names of currencies are none.
    pub has_amounts: bool,
}

impl Findings<'_> {
    pub fn add(&mut self, refused: bool, at: (Option<u64>, Option<&str>), what: (&str, &str), count: u64, hint: &str) {
        let ((line, column), (problem, value)) = (at, what);
        let (column, problem) = (column.map(str::to_owned), problem.to_owned());
        let value = shortened(value.as_bytes());
        // What a table is refused for its commands say themselves.
        let is_asked = self.purpose.is_some_and(Purpose::is_table);
        if !(refused && is_asked) {
            self.all.push(Finding { refused, line, column, problem, value, count, hint: hint.to_owned() });
        }
    }

    /// What no flag of a line mends.
    pub fn refuse(
        &mut self,
        line: Option<u64>,
        column: Option<&str>,
        problem: &str,
        value: &str,
        count: u64,
        hint: &str,
    ) {
        self.needs.more = true;
        self.add(true, (line, column), (problem, value), count, hint);
    }

    /// Rows that can be set aside; those of a ledger never are.
    pub fn refuse_rows(&mut self, line: Option<u64>, column: Option<&str>, reason: Reason, value: &str, count: u64) {
        let hint = match self.purpose {
            Some(Purpose::Ledger) => "mend it in the file: rows of a ledger are never set aside",
            _ => hint_of(reason),
        };
        self.needs.rejects = true;
        self.needs.more |= self.purpose == Some(Purpose::Ledger);
        self.add(true, (line, column), (reason.name(), value), count, hint);
    }

    fn suspect(&mut self, line: Option<u64>, column: &str, problem: &str, value: &str, count: u64, hint: &str) {
        self.add(false, (line, Some(column)), (problem, value), count, hint);
    }

    /// Adds what a command refuses, where no other one has said so of the same place.
    fn push(&mut self, finding: Finding) {
        let place = (finding.line, &finding.column);
        if !self.all.iter().any(|own| own.refused && (own.line, &own.column) == place) {
            self.all.retain(|own| own.line.is_none() || own.refused || (own.line, &own.column) != place);
            self.all.push(finding);
        }
    }

    /// Whether the commands for such a file read the column.
    fn is_read(&self, place: &Place) -> bool {
        let read: &[Column] = match self.purpose {
            Some(Purpose::Ledger) => &[ACCOUNT, DATE, AMOUNT, DEBIT, CREDIT],
            Some(Purpose::Activities | Purpose::Drivers) => &[CUSTOMER_ID, DATE, QUANTITY],
            _ => &[CUSTOMER_ID, DATE, AMOUNT, START],
        };
        read.iter().any(|column| place.standard.contains(column))
    }

    pub fn of_doubled(&mut self, column: Column, header: &Header) {
        let mut names: Vec<&String> = header.names().iter().filter(|name| header.is_named(name, column)).collect();
        names.sort_unstable();
        let alike = names.windows(2).any(|two| two[0] == two[1]);
        let hint = if alike {
            "rename one of them in the file".to_owned()
        } else {
            format!("rename one of them, or say which with `--column {}=NAME`", column.name)
        };
        // What nobody asks of a log may stand there twice.
        let is_asked = self.purpose != Some(Purpose::Log) || column == CURRENCY;
        self.needs.more |= is_asked;
        self.add(is_asked, (Some(header.line()), None), ("two columns of one meaning", column.name), 2, &hint);
    }

    /// That no command takes the file as it is, and what could be done.
    pub fn of_nothing(&mut self, places: &[Place], title: Option<&str>) {
        let hint = if let Some(title) = title {
            title
        } else if has(places, &[CUSTOMER_ID]) {
            "give it beside a log, contracts or a costing model with `--customers FILE`, where a command has that option"
        } else if is_of_rates(places) {
            "give it beside amounts in several currencies with `--exchange-rates FILE`"
        } else {
            "commands look for `customer_id`, `date`, `amount` (a log), `customer_id`, `start` (contracts), `customer_id`, `profit`, \
             `time`, `event` (durations), or `account`, `amount` (a ledger): name its columns with `--column`"
        };
        self.add(false, (None, None), (NO_COMMAND, ""), self.rows, hint);
    }
}

/// That no command takes a file as it is, and that its first line may be a row.
pub(super) const NO_COMMAND: &str = "for no command by itself";
pub(super) const NO_HEADER: &str = "perhaps there is no header";

/// Whether a file is one of exchange rates.
pub(super) fn is_of_rates(places: &[Place]) -> bool {
    has(places, &[CURRENCY, EXCHANGE_RATE]) && !has(places, &[AMOUNT])
}

/// What to do about a row that cannot be used.
fn hint_of(reason: Reason) -> &'static str {
    match reason {
        Reason::NoCustomer => "fill it in, or leave such rows out with `--no-customer aside`",
        Reason::UnclosedQuote => "close it, or say `--quote none` where a quote is an ordinary character",
        Reason::IdExponent => "export the ids as text, without a spreadsheet; `--rejects DIR` sets such rows aside",
        Reason::IdNotUtf8 | Reason::TextNotUtf8 => "export in UTF-8, or say `--encoding windows-1252`",
        _ => MEND,
    }
}

const MEND: &str = "mend it in the file, or set such rows aside with `--rejects DIR`";
