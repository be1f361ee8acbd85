//! What a file can be used for, and the command line to type.

use super::proposals::{Proposal, proposals};
use super::{ColumnReport, Commands, Place};
use crate::columns::{
    ACCOUNT, ACTIVITY, AGE, AMOUNT, COST_TO_SERVE, CREDIT, CUSTOMER_ID, Column, DATE, DEBIT, DRIVER, EVENT, FREQUENCY,
    NET_REVENUE, PROFIT, QUANTITY, RECENCY, RESIDUAL_CLV, REVENUE, START, TIME,
};

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

/// What a file is to the commands, by its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Purchases: `customer_id`, `date`, `amount`.
    Log,
    /// Contracts: `customer_id`, `start`.
    Contracts,
    /// Durations: `time`, `event`.
    Durations,
    /// A customer summary: `frequency`, `recency`, `age`.
    Summary,
    /// What each customer is worth: `customer_id` and `profit` or `residual_clv`.
    Profits,
    /// A ledger: `account` and `amount`, or `debit` and `credit`.
    Ledger,
    /// What was done for customers: `customer_id`, `activity`.
    Activities,
    /// Ready-made quantities: `customer_id`, `driver`, `quantity`.
    Drivers,
}

impl Purpose {
    pub(super) fn of(places: &[Place]) -> Option<Self> {
        let has = |columns: &[Column]| has(places, columns);
        // Debit and credit may be said to make the amount of a log.
        let makes_amount = |place: &Place| place.standard.contains(&DEBIT) && place.standard.contains(&AMOUNT);
        let booked = has(&[DEBIT, CREDIT]) && !places.iter().any(makes_amount);
        let money = booked || (has(&[AMOUNT]) && !has(&[CUSTOMER_ID]));
        let is_log = has(&[CUSTOMER_ID, DATE, AMOUNT]);
        let kinds = [
            // What `custval clv` writes has the columns of a summary too, and no unit of their times.
            (Self::Profits, has(&[CUSTOMER_ID]) && !is_log && (has(&[PROFIT]) || has(&[RESIDUAL_CLV]))),
            (Self::Summary, has(&[CUSTOMER_ID, FREQUENCY, RECENCY, AGE])),
            (Self::Contracts, has(&[CUSTOMER_ID, START])),
            (Self::Durations, has(&[TIME, EVENT])),
            (Self::Ledger, has(&[ACCOUNT]) && money),
            (Self::Log, is_log),
            (Self::Activities, has(&[CUSTOMER_ID, ACTIVITY])),
            (Self::Drivers, has(&[CUSTOMER_ID, DRIVER, QUANTITY])),
        ];
        kinds.into_iter().find_map(|(purpose, is)| is.then_some(purpose))
    }

    /// Whether the commands read it whole, and can be asked what they would refuse of it.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Contracts | Self::Durations | Self::Summary | Self::Profits)
    }

    /// Whether it is a log, read row by row: those without a customer can be left out.
    pub fn is_log(self) -> bool {
        matches!(self, Self::Log | Self::Activities | Self::Drivers)
    }

    /// Whether commands leave rows of it out by `--exclude`.
    pub fn takes_exclusions(self) -> bool {
        matches!(self, Self::Log | Self::Contracts)
    }

    /// The option of `allocate` that takes it, where that is its command.
    pub fn input_of_allocate(self) -> Option<&'static str> {
        match self {
            Self::Ledger => Some("ledger"),
            Self::Activities => Some("activities"),
            Self::Drivers => Some("drivers"),
            Self::Log | Self::Contracts | Self::Durations | Self::Summary | Self::Profits => None,
        }
    }
}

/// Whether a file has all of these columns.
pub(super) fn has(places: &[Place], columns: &[Column]) -> bool {
    columns.iter().all(|column| places.iter().any(|place| place.standard.contains(column)))
}

/// What a run needs beside the file, so that it goes through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// A folder for rows that cannot be used.
    pub rejects: bool,
    /// To leave rows without a customer out.
    pub no_customer: bool,
    /// Something that no flag known here mends.
    pub more: bool,
}

/// What is known when advice is given.
pub(super) struct Known<'a> {
    pub file: &'a str,
    /// How many files were looked at before.
    pub before: usize,
    pub places: &'a [Place],
    pub columns: &'a [ColumnReport],
    pub purpose: Option<Purpose>,
    pub needs: Needs,
    /// The commands that can read it, where they were asked, each with whether it needs a folder for rejects.
    pub able: Vec<(&'static str, bool)>,
    /// Whether somebody bought on two days; customers with enough days to tell, and those of them who pay equal amounts at
    /// regular intervals.
    pub repeats: bool,
    pub telling: u64,
    pub regular: u64,
    /// Whether the header may be a row.
    pub no_names: bool,
    /// The preset that fits the header, where none was asked for.
    pub preset: Option<String>,
    pub asker: &'a dyn Commands,
}

/// The commands that read logs, and whether they take several files by their names.
const OF_LOGS: [(&str, bool); 6] =
    [("summary", true), ("fit", true), ("clv", true), ("cohort", false), ("churn", false), ("profile", true)];

impl Known<'_> {
    fn has(&self, columns: &[Column]) -> bool {
        has(self.places, columns)
    }

    /// The commands that may take such a table, before they are asked.
    pub fn candidates(&self) -> Vec<&'static str> {
        match self.purpose {
            Some(Purpose::Summary) => vec!["fit", "clv", "profile"],
            Some(Purpose::Contracts) => vec!["churn", "survival", "cohort"],
            Some(Purpose::Durations) => vec!["survival"],
            Some(Purpose::Profits) => {
                let revenue = self.has(&[REVENUE]) || self.has(&[NET_REVENUE]);
                let boxes = revenue && self.has(&[PROFIT, COST_TO_SERVE]);
                if boxes { vec!["hook", "portfolio"] } else { vec!["hook"] }
            }
            _ => Vec::new(),
        }
    }

    fn because(&self, command: &str) -> String {
        let because = match self.purpose {
            Some(Purpose::Log) if self.telling > 0 && self.regular * 2 > self.telling => {
                return format!(
                    "looks contractual: {} of {} customers with four or more days pay equal amounts at regular intervals",
                    self.regular, self.telling
                );
            }
            Some(Purpose::Log) => "does not look contractual: purchases at no regular intervals",
            Some(Purpose::Contracts) => "looks contractual: contracts with their start",
            Some(Purpose::Durations) => "durations and whether the customer left",
            Some(Purpose::Summary) => "one row a customer, as `custval summary` makes it",
            Some(Purpose::Profits) if command == "portfolio" => "revenue and cost by customer",
            Some(Purpose::Profits) if self.has(&[PROFIT]) => "profit by customer",
            Some(Purpose::Profits) => "lifetime value by customer",
            Some(Purpose::Ledger) => "amounts by ledger account",
            Some(Purpose::Activities) => "activities by customer",
            Some(Purpose::Drivers) => "quantities of drivers by customer",
            None => "",
        };
        because.to_owned()
    }

    fn suggestion(&self, command: &'static str, needs: Needs) -> Suggestion {
        let words = line_words(self.asker, command, self.purpose, self.before, needs);
        Suggestion { command, line: line(command, &[self.file.to_owned()], &words), because: self.because(command) }
    }

    /// The check with these flags.
    fn check_with<'f>(&self, flag: &str, values: impl IntoIterator<Item = &'f String>, because: &str) -> Suggestion {
        let mut words = self.asker.said("check", None);
        values.into_iter().for_each(|value| words.extend([flag.to_owned(), value.clone()]));
        let line = line("check", &[self.file.to_owned()], &words);
        Suggestion { command: "check", line, because: because.to_owned() }
    }
}

/// What stands in a line behind the files: what was said, and what a run needs.
fn line_words(
    asker: &dyn Commands,
    command: &str,
    purpose: Option<Purpose>,
    before: usize,
    needs: Needs,
) -> Vec<String> {
    let mut words = asker.said(command, purpose);
    if needs.no_customer {
        words.extend(["--no-customer".to_owned(), "aside".to_owned()]);
    }
    if needs.rejects {
        // A folder is one run's.
        let number = if before == 0 { String::new() } else { format!("-{}", before + 1) };
        words.extend(["--rejects".to_owned(), format!("rejects-{command}{number}")]);
    }
    words
}

fn line(command: &str, files: &[String], words: &[String]) -> String {
    // A name is no flag.
    let named =
        |file: &String| if file.len() > 1 && file.starts_with('-') { format!("./{file}") } else { file.clone() };
    let words = files.iter().map(named).chain(words.iter().cloned()).map(|word| format!(" {}", quoted(&word)));
    format!("custval {command}{}", words.collect::<String>())
}

/// The commands that can take a file.
pub(super) fn commands(known: &Known<'_>) -> Vec<Suggestion> {
    let mut found = Vec::new();
    if let Some(preset) = &known.preset {
        found.push(known.check_with("--preset", [preset], "its columns are those of the preset"));
        // It may leave rows out, or take another column for the customer: what it says nothing of are durations.
        if known.purpose != Some(Purpose::Durations) {
            return found;
        }
    }
    if known.needs.more {
        return found;
    }
    found.extend(match known.purpose {
        Some(Purpose::Log) => {
            let of_logs = OF_LOGS.iter().filter(|(command, _)| *command != "churn" || known.repeats);
            of_logs.map(|(command, _)| known.suggestion(command, known.needs)).collect()
        }
        Some(purpose) => match purpose.input_of_allocate() {
            Some(input) => {
                let mut words = vec![format!("--{input}"), known.file.to_owned()];
                words.extend(line_words(known.asker, "allocate", Some(purpose), known.before, known.needs));
                let line = line("allocate", &["COSTING.toml".to_owned()], &words);
                vec![Suggestion { command: "allocate", line, because: known.because("allocate") }]
            }
            None => {
                let needs = |rejects| Needs { rejects, ..Needs::default() };
                let able = known.able.iter();
                able.map(|(command, rejects)| known.suggestion(command, needs(*rejects))).collect()
            }
        },
        None if known.no_names => Vec::new(),
        None => {
            let with = |found: &Proposal| known.check_with("--column", &found.columns, found.because);
            proposals(known.columns).iter().map(with).collect()
        }
    });
    found.retain(|suggestion: &Suggestion| known.asker.takes(suggestion.command));
    found
}

/// The commands that take several files of one log together, as they were named.
pub(super) fn commands_of_all(asker: &dyn Commands, needs: Needs, repeats: bool, because: &str) -> Vec<Suggestion> {
    let files = asker.files();
    let of_logs = OF_LOGS.iter().filter(|(command, _)| *command != "churn" || repeats);
    let able = of_logs.filter(|(command, several)| (*several || files.len() == 1) && asker.takes(command));
    able.map(|(command, _)| {
        let words = line_words(asker, command, Some(Purpose::Log), 0, needs);
        Suggestion { command, line: line(command, &files, &words), because: because.to_owned() }
    })
    .collect()
}

/// A word of a command line, quoted where the shell needs it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,%+@".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
