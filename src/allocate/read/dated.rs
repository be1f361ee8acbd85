//! Which files say when: without a date, each of several periods would count every row.

use super::File;
use crate::allocate::model::Model;
use crate::columns::DATE;
use crate::error::Problem;
use crate::scan::headers;
use crate::{Error, Location, Result};

/// Refuses what has no date when there are several runs of one period each.
///
/// # Errors
/// `ErrorKind::Usage` for a ledger or an activity log without a date, and as [`Model::fits_several_periods`].
pub fn fits_several_periods(
    model: &Model,
    ledger: &File,
    activities: Option<&File>,
    drivers: Option<&File>,
) -> Result<()> {
    let mut undated = Vec::new();
    for (name, input, file) in [("ledger", "ledger", Some(ledger)), ("activity log", "activities", activities)] {
        if let Some(at) = file.map(without_date).transpose()?.flatten() {
            undated.push((name, format!("`[inputs.{input}]`"), at));
        }
    }
    if !undated.is_empty() {
        let joined = |each: fn(&(&str, String, String)) -> String| undated.iter().map(each).collect::<Vec<_>>();
        let inputs = joined(|(_, input, _)| input.clone()).join(" and ");
        let names = joined(|(name, ..)| format!("the {name}")).join(" and ");
        let (have, them) = if undated.len() == 1 { ("has", "it") } else { ("have", "them") };
        let problem = |(name, _, file): &(&str, String, String)| Problem {
            location: Location::file(file),
            message: format!("the {name} has no column `date`"),
        };
        return Err(Error::usage(format!("{names} {have} no dates, so that every period would count all of {them}"))
            .problems(undated.iter().map(problem).collect())
            .hint(format!(
                "name the column with `columns = {{ date = \"NAME\" }}` under {inputs}, or leave `--by period` out"
            )));
    }
    let dated_drivers = drivers.map(without_date).transpose()?.flatten().is_none();
    model.fits_several_periods(dated_drivers)
}

/// The first file of a table without a date.
fn without_date(file: &File) -> Result<Option<String>> {
    for header in headers(&file.inputs, &file.params)? {
        if header.find(DATE, &file.params.columns)?.is_none() {
            return Ok(Some(header.file().to_owned()));
        }
    }
    Ok(None)
}
