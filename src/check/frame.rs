//! What is in files, as frames.

use polars::prelude::DataFrame;

use super::{ColumnReport, Finding, Report, Suggestion, Together, findings, suggestions};
use crate::tables::build::{counts, flags, frame, text};

/// One row a column, in the order of the files.
///
/// # Shape
/// `file`, `column`, `read_as` (standard columns), `type`, `written`, `missing`, `distinct` (a number, or `more than 65536`),
/// `smallest`, `largest` (text, as the values are written).
pub fn columns(reports: &[Report]) -> DataFrame {
    let all: Vec<(&str, &ColumnReport)> = reports
        .iter()
        .flat_map(|report| report.columns.iter().map(|column| (report.read_as.file.as_str(), column)))
        .collect();
    let each = || all.iter().map(|(_, column)| *column);
    frame(vec![
        text("file", all.iter().map(|(file, _)| Some(*file))),
        text("column", each().map(|column| Some(column.name.as_str()))),
        text("read_as", each().map(|column| (!column.standard.is_empty()).then(|| column.standard.join(", ")))),
        text("type", each().map(|column| Some(column.kind.name()))),
        text("written", each().map(|column| column.written.as_deref())),
        counts("missing", each().map(|column| Some(column.missing))),
        text("distinct", each().map(|column| Some(column.distinct.to_string()))),
        text("smallest", each().map(|column| column.range.as_ref().map(|(low, _)| low.as_str()))),
        text("largest", each().map(|column| column.range.as_ref().map(|(_, high)| high.as_str()))),
    ])
}

/// One row a problem: what would be refused first, then by line; file by file, and then of several files together.
///
/// # Shape
/// `file` (or files), `line` (of the first), `column`, `problem`, `value` (the first), `count`, `refused`, `what_to_do`.
pub fn problems(reports: &[Report], together: Option<&Together>) -> DataFrame {
    let all: Vec<(String, &Finding)> = findings(reports, together).collect();
    let each = || all.iter().map(|(_, problem)| *problem);
    frame(vec![
        text("file", all.iter().map(|(file, _)| Some(file.as_str()))),
        counts("line", each().map(|problem| problem.line)),
        text("column", each().map(|problem| problem.column.as_deref())),
        text("problem", each().map(|problem| Some(problem.problem.as_str()))),
        text("value", each().map(|problem| Some(problem.value.as_str()).filter(|value| !value.is_empty()))),
        counts("count", each().map(|problem| Some(problem.count))),
        flags("refused", each().map(|problem| Some(problem.refused))),
        text("what_to_do", each().map(|problem| Some(problem.hint.as_str()))),
    ])
}

/// One row a command that can take a file, or all of them together.
///
/// # Shape
/// `file` (or files), `command`, `line` (what to type), `because`.
pub fn commands(reports: &[Report], together: Option<&Together>) -> DataFrame {
    let all: Vec<(String, &Suggestion)> = suggestions(reports, together).collect();
    let each = || all.iter().map(|(_, command)| *command);
    frame(vec![
        text("file", all.iter().map(|(file, _)| Some(file.as_str()))),
        text("command", each().map(|command| Some(command.command))),
        text("line", each().map(|command| Some(command.line.as_str()))),
        text("because", each().map(|command| Some(command.because.as_str()))),
    ])
}

/// One row a setting.
///
/// # Shape
/// `file`, `setting`, `value` (as TOML).
pub fn settings(reports: &[Report]) -> DataFrame {
    let all: Vec<_> = reports
        .iter()
        .flat_map(|report| report.settings.iter().map(|setting| (report.read_as.file.as_str(), setting)))
        .collect();
    frame(vec![
        text("file", all.iter().map(|(file, _)| Some(*file))),
        text("setting", all.iter().map(|(_, (name, _))| Some(*name))),
        text("value", all.iter().map(|(_, (_, value))| Some(value.as_str()))),
    ])
}
