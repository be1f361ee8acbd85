//! All that is said of one file: its columns, what is wrong with it, and what to type next.

use super::advice::{Known, Needs, Purpose, commands};
use super::column::{Distinct, Kind, Profile};
use super::problems::{Finding, Findings, Histories, NO_HEADER, Unclear, is_of_rates};
use super::rows::Rows;
use super::settings::{Decided, are_same, settings};
use super::{ColumnReport, Commands, Gathered, Place, Report};
use crate::Result;
use crate::columns::{AMOUNT, CUSTOMER_ID, Column};
use crate::dialect::{Decimal, Dialect};
use crate::scan::{Fields, Reason, ScanParams, Source};

/// What a file is looked at with.
pub(super) struct Subject<'a> {
    pub source: &'a Source,
    /// How many files were looked at before.
    pub before: usize,
    pub places: &'a [Place],
    /// The first of the standard columns that two columns could stand for.
    pub doubled: &'a [Column],
    pub dialects: &'a [Dialect],
    pub params: &'a ScanParams,
    pub asker: &'a dyn Commands,
}

/// Everything found, put in order, and what it was found in.
pub(super) fn report(fields: Fields<Gathered>, subject: &Subject<'_>) -> Result<(Report, Gathered)> {
    let Subject { source, places, dialects, params, asker, .. } = *subject;
    let Fields { header, read_as, mut reduction, rows, bad, first_bad, left_out } = fields;
    let excluded: u64 = left_out.iter().map(|(_, rows)| rows).sum();
    let purpose = Purpose::of(places);
    let has_amounts = !is_of_rates(places);
    let mut found = Findings { all: Vec::new(), purpose, needs: Needs::default(), params, rows, has_amounts };
    let title = header.title_hint().filter(|_| places.iter().all(|place| place.standard.is_empty()));
    for (reason, count) in bad {
        let line = first_bad.iter().find(|(own, _)| *own == reason).map(|(_, line)| *line);
        // Under a title the records are longer than it is, and none of them is wrong.
        match title.filter(|_| reason == Reason::FieldCount) {
            Some(title) => found.refuse(line, None, reason.name(), "", count, title),
            None => found.refuse_rows(line, None, reason, "", count),
        }
    }
    for column in subject.doubled {
        found.of_doubled(*column, &header);
    }
    let no_names = header.looks_like_a_row();
    if no_names {
        let hint = format!("if the first line is a row, say `--no-header`, and `--column {}=1`", CUSTOMER_ID.name);
        found.add(false, (Some(header.line()), None), (NO_HEADER, &header.names().join(", ")), 1, &hint);
    }
    let is_table = found.purpose.is_some_and(Purpose::is_table);
    let decided = Decided::of(&reduction.columns, places, dialects, is_table);
    let mut columns = Vec::new();
    for (position, profile) in reduction.columns.iter_mut().enumerate() {
        let (count, more) = profile.distinct.count();
        let place = &places[position];
        // The columns of an amount are settled together.
        let amounts = (!is_table && place.standard.contains(&AMOUNT)).then(|| decided.numbers.first()).flatten();
        let unclear = Unclear {
            decimal: amounts.unwrap_or(&profile.evidence).unclear_decimal(&params.pinned).is_some(),
            order: profile.evidence.unclear_order(&params.pinned).is_some(),
            same: params.pinned.dates.is_none() && are_same(&profile.evidence),
        };
        let distinct = Distinct { count, more };
        let kind = profile.kind(distinct);
        let name = header.names()[position].clone();
        let column = describe(&name, profile, place, kind, distinct, (&dialects[position], unclear));
        found.of_column(&column, profile, place, unclear);
        columns.push(column);
    }
    found.of_difference(&reduction.rows, &columns);
    found.of_money(&reduction.columns, places);
    let Histories { repeats, telling, regular } = found.of_rows(&mut reduction.rows, &columns);
    let mut known = Known {
        file: &read_as.file,
        before: subject.before,
        places,
        columns: &columns,
        purpose,
        needs: Needs::default(),
        able: Vec::new(),
        repeats,
        telling,
        regular,
        no_names: no_names || title.is_some(),
        preset: asker.fitting_preset(&header),
        asker,
    };
    let no_row = |one: &Finding| one.refused && one.line.is_some() && one.count >= rows - excluded;
    // No row is left for any command.
    found.needs.more |= rows == excluded || found.all.iter().any(no_row);
    if let Some(purpose) = purpose.filter(|purpose| purpose.is_table()) {
        found.needs = Needs::default();
        known.able = found.of_table(&known.candidates(), purpose, source, asker)?;
    }
    let Rows { usable, bought, .. } = reduction.rows;
    found.needs.more |= purpose == Some(Purpose::Log) && !usable;
    if found.all.is_empty() && rows == excluded {
        found.needs.more = true;
        match rows {
            0 => found.add(false, (None, None), ("no row", ""), 0, "export it again: there is nobody to speak of"),
            _ => found.add(false, (None, None), ("every row is left out", ""), rows, "say `--exclude` of fewer rows"),
        }
    }
    let is_empty = purpose == Some(Purpose::Log) && usable && !bought;
    if is_empty {
        let hint = "amounts below zero are refunds: a run of this file alone has no customer to speak of";
        found.add(false, (None, None), ("no purchase", ""), rows - excluded, hint);
    }
    known.needs = Needs { more: found.needs.more || is_empty, ..found.needs };
    let commands = commands(&known);
    let is_judged = subject.doubled.is_empty() && !no_names && (title.is_none() || !found.needs.more);
    if commands.is_empty() && purpose.is_none() && is_judged && rows > excluded {
        found.of_nothing(places, title);
    }
    let settings = settings(&known, &header, &read_as, &decided, params);
    let needs = found.needs;
    let mut problems = found.all;
    problems.sort_by(|one, other| {
        (!one.refused, one.line.unwrap_or(u64::MAX), &one.column, &one.problem).cmp(&(
            !other.refused,
            other.line.unwrap_or(u64::MAX),
            &other.column,
            &other.problem,
        ))
    });
    let undecided = decided.undecided(&params.pinned);
    let is_log = purpose == Some(Purpose::Log);
    let told = decided.numbers.into_iter().next().zip(decided.dates.into_iter().next()).filter(|_| is_log);
    let report = Report {
        read_as,
        rows,
        left_out,
        columns,
        problems,
        commands,
        settings,
        undecided,
        purpose,
        needs,
        bought,
        repeats,
        told,
    };
    Ok((report, reduction))
}

/// What is in a column, for people.
fn describe(
    name: &str,
    profile: &Profile,
    place: &Place,
    kind: Kind,
    distinct: Distinct,
    (dialect, unclear): (&Dialect, Unclear),
) -> ColumnReport {
    let days = profile.days.first_key_value().zip(profile.days.last_key_value());
    let days = days.map(|((first, _), (last, _))| (*first, *last)).filter(|_| kind == Kind::Date);
    let is_number = matches!(kind, Kind::Amount | Kind::Number);
    let range = match kind {
        Kind::Date => days.map(|(first, last)| (first.to_string(), last.to_string())),
        _ if is_number && !unclear.decimal => {
            profile.range.as_ref().map(|(low, high)| (low.to_string(), high.to_string()))
        }
        _ => None,
    };
    let written = match kind {
        Kind::Date if unclear.order || unclear.same => Some("dates `dmy` or `mdy`".to_owned()),
        Kind::Date => Some(format!("dates `{}`", dialect.dates.name())),
        _ if is_number && unclear.decimal => Some("decimal point or comma".to_owned()),
        _ if is_number && dialect.decimal == Decimal::Comma => Some("decimal comma".to_owned()),
        _ => None,
    };
    ColumnReport {
        name: name.to_owned(),
        standard: place.standard.iter().map(|column| column.name).collect(),
        kind,
        written,
        missing: profile.missing,
        distinct,
        range,
        first_day: days.map(|(first, _)| first),
        last_day: days.map(|(_, last)| last),
        open: profile.missing + profile.placeholders(),
        whole: profile.whole == profile.values,
        is_unique: !distinct.more && distinct.count == profile.values && profile.values > 1,
    }
}
