//! Whether the amounts of a file are there, and in one currency.

use std::collections::BTreeMap;

use super::Findings;
use crate::check::column::Profile;
use crate::check::rows::Rows;
use crate::check::{ColumnReport, Place};
use crate::columns::{AMOUNT, CURRENCY};
use crate::dialect::Evidence;
use crate::money::{AmountProblem, Currency};
use crate::scan::Reason;

impl Findings<'_> {
    /// Amounts that have different currencies beside them.
    pub(super) fn of_amounts(&mut self, name: &str, profile: &Profile) {
        let names: Vec<&str> = profile.evidence.currencies.keys().map(String::as_str).collect();
        if self.params.currency.may_add(names.iter().copied()) {
            return;
        }
        let (line, rows) = in_others(&profile.evidence, &profile.in_currency, None);
        let hint = self.params.currency.hint_for_several(names.iter().copied(), Currency::KEEP_ONE);
        self.refuse(line, Some(name), "several currencies", &names.join(", "), rows, &hint);
    }

    /// Amounts that are the difference of two columns: one of both has to be there, and what is taken off is seldom below zero.
    pub fn of_difference(&mut self, rows: &Rows, columns: &[ColumnReport]) {
        let Some((one, Some(less))) = rows.key.amount else { return };
        if let Some((count, line)) = rows.no_amount {
            let reason = Reason::Amount(AmountProblem::Empty);
            self.refuse_rows(Some(line), Some(&columns[one].name), reason, "", count);
        }
        if let Some((count, line)) = rows.added {
            let name = &columns[less.column()].name;
            let hint = "it is taken off, and so added where it is below zero: where debits have a minus of their own, export them without it";
            self.suspect(Some(line), name, "below zero, and taken off", "", count, hint);
        }
    }

    /// Amounts of one run are in one currency.
    pub(super) fn of_currencies(&mut self, name: &str, profile: &Profile) {
        let params = self.params;
        let named: Vec<&str> = profile.evidence.named.keys().map(String::as_str).collect();
        if params.exchange.is_some() || params.currency.takes(named.iter().copied()) {
            return;
        }
        let (line, rows) = in_others(&profile.evidence, &profile.in_currency, params.currency.code());
        let problem = if named.len() > 1 { "several currencies" } else { "another currency than was said" };
        let hint = params.currency.hint_for_several(named.iter().copied(), Currency::KEEP_ONE);
        self.refuse(line, Some(name), problem, &named.join(", "), rows, &hint);
    }

    /// So are those beside amounts and those that a column names, together and with the one that was said.
    pub fn of_money(&mut self, columns: &[Profile], places: &[Place]) {
        let params = self.params;
        const SEVERAL: &str = "several currencies";
        const ANOTHER: &str = "another currency than was said";
        if !self.has_amounts
            || params.exchange.is_some()
            || self.all.iter().any(|found| [SEVERAL, ANOTHER].contains(&found.problem.as_str()))
        {
            return;
        }
        let mut all = Evidence::default();
        let tells = |place: &Place| place.standard.contains(&AMOUNT) || place.standard.contains(&CURRENCY);
        let telling = columns.iter().zip(places).filter(|(_, place)| tells(place));
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (profile, _) in telling {
            all.merge(&profile.evidence);
            profile.in_currency.iter().for_each(|(name, rows)| *counts.entry(name.clone()).or_default() += rows);
        }
        if params.currency.takes(all.written_currencies()) {
            return;
        }
        let names: Vec<&str> = all.written_currencies().collect();
        let (line, rows) = in_others(&all, &counts, params.currency.code());
        let problem = if names.len() > 1 { SEVERAL } else { ANOTHER };
        let hint = params.currency.hint_for_several(names.iter().copied(), Currency::KEEP_ONE);
        self.refuse(line, None, problem, &names.join(", "), rows, &hint);
    }
}

/// The first line and the number of values that are in another currency than was said, or else than the first one is.
pub fn in_others(told: &Evidence, counts: &BTreeMap<String, u64>, said: Option<&str>) -> (Option<u64>, u64) {
    let beside = told.currencies.iter().map(|(name, seen)| (name.as_str(), seen.line));
    let named = told.named.iter().map(|(name, line)| (name.as_str(), *line));
    let all: Vec<(&str, u64)> = beside.chain(named).collect();
    let Some(expected) = said.or(all.iter().min_by_key(|(_, line)| *line).map(|(name, _)| *name)) else {
        return (None, 0);
    };
    // A mark of several currencies is like each of them, and not of one with all.
    let is_unlike = |name: &str| !Currency::are_alike(expected, name);
    let any = all.iter().any(|(name, _)| is_unlike(name));
    let is_other = |name: &str| if any { is_unlike(name) } else { name != expected };
    let line = all.iter().filter(|(name, _)| is_other(name)).map(|(_, line)| *line).min();
    (line, counts.iter().filter(|(name, _)| is_other(name)).map(|(_, rows)| rows).sum())
}
