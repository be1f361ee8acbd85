//! `custval check`: what is in these files, and what is wrong with them.

use std::io::Write;
use std::path::Path;

use custval::Error;
use custval::check::{self, Purpose, Report, Suggestion, Together, frame};
use custval::columns::Header;
use custval::progress::Silent;
use custval::scan::{self, BadRows, Exclusion, Inputs, NoCustomer, Policies, Rejects, ScanParams, Source, TextTable};
use custval::summary::CustomerSummary;
use custval::wording::{counted, grouped};
use serde_json::json;

use super::{fit, hook, portfolio, survival};
use crate::contracts;
use crate::exit::Exit;
use crate::options::{FormatOptions, OF_AN_INPUT, RunOptions, parsed};
use crate::output::whole::NewFile;
use crate::output::{Answer, Document, InJson, NamedTable, OutputOptions, printable};
use crate::presets::{self, Preset};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval check data/cdnow_sample.csv
      what the columns are, what is wrong with them, and what to type next
  custval check export.csv --table settings > custval.toml
      how the file is written, for other runs: custval summary export.csv --config custval.toml
  custval check 'exports/*.csv' --table problems
      what is wrong with each of them, and whether they overlap";

/// What is in these files, what is wrong with them, and which commands they can feed
///
/// Every field is looked at. What a command would refuse is shown first, with its first line, how often it occurs and what to do;
/// then what is suspicious. Commands are advised with what was said about reading the file and with the flags that they need to go
/// through; none where no flag helps. Of several files it is also said what they are as one table: columns that one of them lacks,
/// rows that two of them have, days on which several have rows, stretches between files that none has; one that cannot be read
/// is a problem of its own. --table columns, problems, commands or settings picks one table; without it a terminal gets the first
/// three, and JSON everything. The code is 1 where something would be refused,
/// or no command can take a file.
///
/// Outliers are numbers more than ten median absolute deviations from the median, if at most one in a hundred is, or more than a
/// hundred of them, if at most one in twenty is; of twenty numbers or more. Much of the sum is one amount of more than a hundred
/// that is over 5 % of all that is positive. Days without rows are stretches three times as long as nearly all others.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files of any kind: paths, patterns, `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    format: FormatOptions,
    /// Rows without a customer: what a run would refuse, or would set aside
    #[arg(long, default_value = "refuse", value_name = "refuse|aside", value_parser = parsed::<NoCustomer>, help_heading = "Input")]
    no_customer: NoCustomer,
    /// Rows that a run leaves out, as in `--exclude 'status=canceled*'`: nothing is looked at in them; may be
    /// repeated, and adds to what a preset leaves out
    #[arg(long, value_name = "COLUMN=PATTERN", value_parser = parsed::<Exclusion>, help_heading = "Input")]
    exclude: Vec<Exclusion>,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first.
pub const TABLES: [&str; 4] = ["columns", "problems", "commands", "settings"];

/// Runs the command.
///
/// # Errors
/// What cannot be read or written.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let settings = args.output.wants_lines("settings");
    let destination = if settings { None } else { Some(args.output.clone().open(&TABLES, InJson::Document)?) };
    let mut file = settings.then(|| args.output.file().map(NewFile::create)).flatten().transpose()?;
    let policies = Policies { exclude: args.exclude.clone(), ..Policies::default() };
    let params = ScanParams { no_customer: args.no_customer, policies, ..args.format.params()? };
    let (inputs, others) = Inputs::open_readable(&args.files)?;
    session.list(&inputs);
    let preset = args.format.preset.as_deref().map(Preset::open).transpose()?;
    let asker = Asker { args: &args, params: &params, preset, session };
    let (reports, together) = check::check_all(&inputs, others, &params, &asker, &session.bar)?;
    let together = together.as_ref();
    let refused = reports.iter().any(Report::is_refused) || together.is_some_and(Together::is_refused);
    for report in &reports {
        session.messages.note(&said(report));
    }
    if let Some(together) = together {
        session.messages.note(&said_together(together));
    }
    let Some(destination) = destination else {
        let text = lines(&reports)?;
        match &mut file {
            Some(file) => file.write_all(text.as_bytes()).map_err(|error| file.named(error))?,
            None => crate::output::print(&text)?,
        }
        file.map(NewFile::commit).transpose()?;
        return Ok(if refused { Exit::CheckFailed } else { Exit::Done });
    };
    let tables = vec![
        NamedTable { name: "columns", frame: frame::columns(&reports) },
        NamedTable { name: "problems", frame: frame::problems(&reports, together) },
        NamedTable { name: "commands", frame: frame::commands(&reports, together) },
        NamedTable { name: "settings", frame: frame::settings(&reports) },
    ];
    let document = Some(Document::Text(format!("{:#}\n", document(&reports, together))));
    let receipt = session.receipt(&args.output, document_figures(&reports))?;
    let people = destination.is_for_people() && TABLES[1..].iter().all(|table| !args.output.is_picked(table));
    destination.write(Answer { tables, document, ..Answer::default() }, &receipt, session)?;
    if people {
        crate::output::print(&advice(&reports, together))?;
    }
    Ok(if refused { Exit::CheckFailed } else { Exit::Done })
}

/// What the check asks of the commands.
struct Asker<'a> {
    args: &'a Args,
    params: &'a ScanParams,
    preset: Option<Preset>,
    session: &'a Session,
}

impl check::Commands for Asker<'_> {
    fn files(&self) -> Vec<String> {
        self.args.files.clone()
    }

    fn fitting_preset(&self, header: &Header) -> Option<String> {
        let nothing_said = self.args.format.preset.is_none() && self.args.format.column.is_empty();
        presets::fitting(header).filter(|_| nothing_said).map(str::to_owned)
    }

    fn takes(&self, command: &str) -> bool {
        self.preset.as_ref().is_none_or(|preset| preset.is_for(command))
    }

    fn said(&self, command: &str, purpose: Option<Purpose>) -> Vec<String> {
        let input = purpose.and_then(Purpose::input_of_allocate);
        let is_taken = |name: &str, said: &[String]| match name {
            // To refuse is what every command does.
            "no-customer" => !said.iter().any(|word| word.ends_with("refuse")) && purpose.is_none_or(Purpose::is_log),
            "exclude" => purpose.is_none_or(Purpose::takes_exclusions),
            _ => true,
        };
        let mut words: Vec<String> = Vec::new();
        // A file that the environment names the next run reads as well.
        let config = self.args.run.config.iter();
        for path in config.filter(|path| std::env::var("CUSTVAL_CONFIG").as_ref() != Ok(*path)) {
            words.extend(["--config".to_owned(), path.clone()]);
        }
        for (name, said) in self.session.said_of_input(command) {
            match (input, said) {
                _ if !is_taken(name, said) => {}
                (Some(input), [flag, value]) if OF_AN_INPUT.contains(&name) => {
                    words.extend([flag.clone(), format!("{input}={value}")]);
                }
                _ => words.extend_from_slice(said),
            }
        }
        words
    }

    fn read(&self, command: &str, purpose: Purpose, table: &Source, bad_rows: BadRows) -> custval::Result<Rejects> {
        let mut params = ScanParams { bad_rows, ..self.params.clone() };
        if !purpose.takes_exclusions() {
            params.policies.exclude.clear();
        }
        let columns = &params.columns;
        let read = |make: &dyn Fn(&TextTable) -> custval::Result<()>| {
            scan::read_table_for(table, &params, &Silent, make).map(|(table, ())| table.rejects().clone())
        };
        match (purpose, command) {
            (_, "portfolio") => portfolio::rejects(table, &params),
            (Purpose::Profits, _) => hook::rejects(table, &params),
            (Purpose::Durations, _) => read(&|table| survival::observations(table, &[], &params).map(drop)),
            (Purpose::Contracts, _) => {
                let currency = self.args.format.currency.as_ref();
                read(&|table| contracts::read(table, &params, currency, command))
            }
            _ => read(&|table| {
                let summary = CustomerSummary::from_table(table, columns, &params.currency, None)?;
                if command == "fit" { fit::observed(&summary, table.header().file()).map(drop) } else { Ok(()) }
            }),
        }
    }
}

/// What is wrong, where, and what to do about it, and what to type next: for people, who see no table as wide as that.
fn advice(reports: &[Report], together: Option<&Together>) -> String {
    let problems = check::findings(reports, together).map(|(file, found)| {
        let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
        let column = found.column.as_ref().map(|column| format!(" `{column}`:")).unwrap_or_default();
        let value = if found.value.is_empty() { String::new() } else { format!(", `{}`", found.value) };
        let refused = if found.refused { ", refused" } else { "" };
        let count = grouped(found.count);
        format!(" {file}{line}:{column} {}{value} ({count}{refused})\n   {}\n", found.problem, found.hint)
    });
    let commands: Vec<&Suggestion> = check::suggestions(reports, together).map(|(_, command)| command).collect();
    let commands = commands.chunk_by(|one, other| one.because == other.because).map(|alike| {
        let lines: String = alike.iter().map(|command| format!(" {}\n", command.line)).collect();
        format!("{lines}   {}\n", alike[0].because)
    });
    let titled = |title: &str, texts: Vec<String>| match texts.is_empty() {
        true => String::new(),
        false => format!("\n{title}\n{}", texts.concat()),
    };
    let text = titled("problems", problems.collect()) + &titled("commands", commands.collect());
    text.split_inclusive('\n').map(|line| printable(line.trim_end_matches('\n').to_owned()) + "\n").collect()
}

/// One line or two about a file.
fn said(report: &Report) -> String {
    if let (false, [problem]) = (report.is_read(), &report.problems[..]) {
        return format!("{}: {}", report.read_as.file, problem.problem) + &stopping(1);
    }
    let mut text = format!("read {} of {} as {}", counted(report.rows, "row"), report.read_as.file, report.read_as);
    report.read_as.header_text().into_iter().for_each(|said| text += &format!("\n{said}"));
    for (exclusion, rows) in report.left_out.iter().filter(|(_, rows)| *rows > 0) {
        text += &format!("\nleft out {}, excluded by `{exclusion}`", counted(*rows, "row"));
    }
    let of = |name: &str| report.columns.iter().find(|column| column.standard.contains(&name));
    if let Some(customers) = of("customer_id") {
        let more = if customers.distinct.more { "more than " } else { "" };
        text += &format!("\n{more}{}", counted(customers.distinct.count, "customer"));
        let dates = of("date").or_else(|| of("start"));
        if let Some((first, last)) = dates.and_then(|dates| dates.first_day.zip(dates.last_day)) {
            text += &format!(", {first} to {last}");
        }
    }
    if report.is_for_no_command() && !report.is_refused() {
        text += "\nfor no command by itself: see `--table problems`";
    }
    text + &stopping(report.problems.iter().filter(|problem| problem.refused).count())
}

/// One line or more about all files as one table.
fn said_together(together: &Together) -> String {
    let mut text = format!("together {}", counted(together.rows, "row"));
    if let Some(customers) = together.customers {
        let more = if customers.more { "more than " } else { "" };
        text += &format!(", {more}{}", counted(customers.count, "customer"));
    }
    if let Some((first, last)) = together.days {
        text += &format!(", {first} to {last}");
    }
    for shared in together.problems.iter().filter(|shared| !shared.finding.refused) {
        text += &format!("\n{} ({}): {}", shared.finding.problem, shared.named(), grouped(shared.finding.count));
    }
    text + &stopping(together.problems.iter().filter(|shared| shared.finding.refused).count())
}

fn stopping(refused: usize) -> String {
    if refused == 0 {
        return String::new();
    }
    format!("\n{} would stop a run: see `--table problems`", counted(refused as u64, "problem"))
}

/// What was found about how the files are written, as lines of a settings file.
fn lines(reports: &[Report]) -> anyhow::Result<String> {
    let mut reports = reports.iter().filter(|report| report.is_read());
    let Some(first) = reports.next() else { return Ok(String::new()) };
    if let Some(other) = reports.find(|other| other.settings != first.settings) {
        return Err(Error::usage(format!(
            "{} and {} are written in different ways",
            first.read_as.file, other.read_as.file
        ))
        .hint("ask for the settings of one file at a time")
        .into());
    }
    let settings = first.settings.iter().map(|(name, value)| format!("{name} = {value}\n"));
    let undecided = first.undecided.iter().map(|(name, why)| format!("# {name} is not decided: {why}\n"));
    Ok(settings.chain(undecided).collect())
}

fn document_figures(reports: &[Report]) -> serde_json::Value {
    reports.iter().map(|report| json!({ "file": report.read_as.file, "rows": report.rows })).collect()
}

/// Everything found, file by file; behind them what all are together, which has `files` and no `file`.
fn document(reports: &[Report], together: Option<&Together>) -> serde_json::Value {
    let problem = |problem: &check::Finding| {
        json!({
            "line": problem.line,
            "column": problem.column,
            "problem": problem.problem,
            "value": problem.value,
            "count": problem.count,
            "refused": problem.refused,
            "what_to_do": problem.hint,
        })
    };
    let shared = |shared: &check::Shared| {
        let mut object = problem(&shared.finding);
        object["files"] = json!(shared.files);
        object
    };
    let command =
        |command: &Suggestion| json!({ "command": command.command, "line": command.line, "because": command.because });
    let all = |together: &Together| {
        json!({
            "files": together.files,
            "rows": together.rows,
            "refused": together.is_refused(),
            "customers": together.customers.map(|customers| customers.count),
            "customers_is_more": together.customers.map(|customers| customers.more),
            "first_day": together.days.map(|(first, _)| first),
            "last_day": together.days.map(|(_, last)| last),
            "problems": together.problems.iter().map(shared).collect::<Vec<_>>(),
            "commands": together.commands.iter().map(command).collect::<Vec<_>>(),
        })
    };
    let left_out = |(exclusion, rows): &(Exclusion, u64)| json!({ "exclusion": exclusion.to_string(), "rows": rows });
    let one = |report: &Report| {
        let column = |column: &check::ColumnReport| {
            json!({
                "column": column.name,
                "read_as": column.standard,
                "type": column.kind.name(),
                "written": column.written,
                "missing": column.missing,
                "distinct": column.distinct.count,
                "distinct_is_more": column.distinct.more,
                "smallest": column.range.as_ref().map(|(low, _)| low),
                "largest": column.range.as_ref().map(|(_, high)| high),
            })
        };
        json!({
            "file": report.read_as.file,
            "read_as": report.read_as,
            "rows": report.rows,
            "left_out": report.left_out.iter().map(left_out).collect::<Vec<_>>(),
            "refused": report.is_refused(),
            "columns": report.columns.iter().map(column).collect::<Vec<_>>(),
            "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
            "commands": report.commands.iter().map(command).collect::<Vec<_>>(),
            "settings": report.settings.iter().map(|(name, value)| json!({ "setting": name, "value": value })).collect::<Vec<_>>(),
            "undecided": report.undecided.iter().map(|(name, why)| json!({ "setting": name, "why": why })).collect::<Vec<_>>(),
        })
    };
    reports.iter().map(one).chain(together.map(all)).collect()
}

impl OutputOptions {
    /// Whether this table is to be written as lines of text: where it is the one picked and no format is asked for.
    fn wants_lines(&self, table: &str) -> bool {
        self.is_picked(table) && self.is_auto()
    }

    /// The file that results go to, if they do.
    fn file(&self) -> Option<&Path> {
        self.path().filter(|path| !path.ends_with('/')).map(Path::new)
    }
}
