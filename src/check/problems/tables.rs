//! What the commands for a table would refuse of it, as they say themselves.

use super::{Finding, Findings, MEND};
use crate::check::Commands;
use crate::check::advice::Purpose;
use crate::columns::Header;
use crate::error::RefusedRow;
use crate::progress::Silent;
use crate::scan::{BadRows, RejectedRows, ScanParams, Source, ValueProblem, scan_fields, shortened};
use crate::{Error, Result};

impl Findings<'_> {
    /// What the commands for a table would refuse of it, as they say themselves; returns those that can read it, each with
    /// whether it needs a folder for rejects.
    pub fn of_table(
        &mut self,
        candidates: &[&'static str],
        purpose: Purpose,
        source: &Source,
        asker: &dyn Commands,
    ) -> Result<Vec<(&'static str, bool)>> {
        let mut able = Vec::new();
        let mut unable = Vec::new();
        for command in candidates.iter().copied() {
            match asker.read(command, purpose, source, BadRows::SetAside { at_most: None }) {
                Ok(rejects) => {
                    let kinds = rejects.gathered()?;
                    kinds.iter().for_each(|rows| self.of_rejected(rows));
                    // What a flag decides is no fault of rows.
                    if !kinds.iter().any(|rows| ValueProblem::answer(rows.reason).is_some()) {
                        able.push((command, !kinds.is_empty()));
                    }
                }
                Err(error) => unable.push((command, error)),
            }
        }
        for (command, error) in unable {
            let hint = error.hint_text().unwrap_or_default().to_owned();
            if !able.is_empty() {
                let (problem, hint) = (format!("not for `{command}`"), format!("{}: {hint}", error.message()));
                self.add(false, (None, None), (&problem, ""), self.rows, &hint);
                continue;
            }
            // Where no row is left, what is wrong with them is said without setting any aside.
            let alone = asker.read(command, purpose, source, BadRows::Refuse);
            self.of_refused(&alone.err().unwrap_or(error), source)?;
        }
        Ok(able)
    }

    /// Rows of a table that a command would set aside.
    fn of_rejected(&mut self, rows: &RejectedRows) {
        let RejectedRows { line, column, reason, value, count } = rows;
        self.push(Finding {
            refused: true,
            line: Some(*line),
            column: column.clone(),
            problem: (*reason).to_owned(),
            value: value.clone(),
            count: *count,
            hint: ValueProblem::answer(reason).unwrap_or(MEND).to_owned(),
        });
    }

    /// What a command refuses a table for.
    fn of_refused(&mut self, error: &Error, source: &Source) -> Result<()> {
        let rows = error.refused_rows();
        let mut kinds: Vec<&RefusedRow> = Vec::new();
        for row in rows {
            match kinds.iter_mut().find(|own| (&own.column, own.reason) == (&row.column, row.reason)) {
                Some(own) if own.line <= row.line => {}
                Some(own) => *own = row,
                None => kinds.push(row),
            }
        }
        let places: Vec<(u64, Option<&str>)> = kinds.iter().map(|kind| (kind.line, kind.column.as_deref())).collect();
        let values = values_at(source, self.params, &places)?;
        for (kind, value) in kinds.iter().zip(values) {
            let alike = rows.iter().filter(|row| (&row.column, row.reason) == (&kind.column, kind.reason));
            self.of_rejected(&RejectedRows {
                line: kind.line,
                column: kind.column.as_deref().map(str::to_owned),
                reason: kind.reason,
                value,
                count: alike.count() as u64,
            });
        }
        if kinds.is_empty() {
            let place = error.location();
            self.push(Finding {
                refused: true,
                line: place.and_then(|place| place.line),
                column: place.and_then(|place| place.column.clone()),
                problem: error.message().to_owned(),
                value: String::new(),
                count: self.rows,
                hint: error.hint_text().unwrap_or_default().to_owned(),
            });
        }
        Ok(())
    }
}

/// The values that stand on lines in columns; nothing of what is about a whole record.
fn values_at(source: &Source, params: &ScanParams, places: &[(u64, Option<&str>)]) -> Result<Vec<String>> {
    let header = |header: &Header| -> Vec<Option<usize>> {
        let position = |name: &str| header.names().iter().position(|own| own == name);
        places.iter().map(|(_, column)| column.and_then(position)).collect()
    };
    let fields = scan_fields(
        source,
        params,
        &Silent,
        |own| (header(own), vec![String::new(); places.len()]),
        |(columns, values), batch| {
            for (value, ((line, _), column)) in values.iter_mut().zip(places.iter().zip(&*columns)) {
                if let (Some(column), Ok(row)) = (column, batch.lines().binary_search(line)) {
                    *value = shortened(batch.text(*column).get(row));
                }
            }
        },
        |(_, own), (_, other)| {
            own.iter_mut().zip(other).filter(|(own, _)| own.is_empty()).for_each(|(own, other)| *own = other);
        },
    )?;
    Ok(fields.reduction.1)
}
