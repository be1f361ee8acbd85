//! What one record says, read with care, field by field.

use std::borrow::Cow;

use super::batch::{Batch, Holds};
use super::head::{Layout, Role, Watch};
use super::reason::{CurrencyProblem, Reason, is_exponent};
use super::records::Splitter;
use super::row::Converted;
use crate::columns::Second;
use crate::dialect::{Encoding, Evidence, currency_beside, named_currency};
use crate::exchange::Exchange;
use crate::money::{AmountProblem, Currency};
use crate::time::{Day, DayProblem};

/// Why a record cannot be used, and the column for it.
pub(super) type Fault = (usize, Reason);

/// A record of as many fields as the header has.
pub(super) struct Record<'r> {
    layout: &'r Layout,
    fields: &'r Splitter,
}

impl<'r> Record<'r> {
    pub fn new(layout: &'r Layout, fields: &'r Splitter) -> Self {
        Self { layout, fields }
    }

    /// A field as text; none where it is none in the encoding of the file.
    fn field(&self, column: usize) -> Option<Cow<'r, [u8]>> {
        self.layout.dialect.encoding.decode(self.fields.get(column))
    }

    /// The exclusion that leaves the record out, the first of several, by its place.
    pub fn excluded(&self) -> Option<usize> {
        let matches = |Watch { column, exclusion, .. }: &&Watch| {
            self.field(*column).is_some_and(|field| exclusion.matches(&field))
        };
        self.layout.exclusions.iter().find(matches).map(|watch| watch.number)
    }

    /// Has the values tell how they are written, those of a record that is left out apart from the others.
    pub fn tell(&self, line: u64, evidence: &mut Evidence, mut left_out: Option<&mut Evidence>) {
        for (column, role) in self.layout.roles.iter().enumerate().filter(|(_, role)| **role != Role::Skip) {
            let bytes = self.fields.get(column);
            // In which encoding a file is does not hang on what that makes of an exclusion.
            evidence.see_text(bytes, line, column);
            let evidence = left_out.as_deref_mut().unwrap_or(&mut *evidence);
            let text = in_any_encoding(bytes);
            match role {
                Role::Amount | Role::Second => evidence.see_amount(&text, line),
                Role::Date => evidence.see_date(&text, line),
                Role::Currency => evidence.see_currency(&text, line),
                Role::Text(_, Holds::Quantities) => evidence.see_quantity(&text, line, Some(column)),
                Role::Text(_, Holds::Money) => evidence.see_money(&text, line, Some(column)),
                Role::Skip | Role::Id | Role::Watched | Role::Text(_, Holds::Text) => {}
            }
        }
    }

    /// The day, where one is asked for.
    pub fn day(&self) -> Option<Result<Day, Fault>> {
        let dialect = &self.layout.dialect;
        let day = |column| {
            let day = self.field(column).map(|text| dialect.dates.day(&text, dialect.zone.as_ref()));
            day.unwrap_or(Err(DayProblem::Form)).map_err(|problem| (column, Reason::Date(problem)))
        };
        self.layout.date.map(day)
    }

    /// The amount in the currency of the report, where one is asked for; nothing where it is in another and there is no day, which
    /// would have a rate.
    pub fn amount(
        &self,
        own: &Currency,
        exchange: Option<&Exchange>,
        day: Option<Day>,
        converted: &mut [Converted],
    ) -> Option<Result<Option<i64>, Fault>> {
        let column = self.layout.amount?;
        Some(match exchange {
            None => self.written_amount(column, own).map(Some),
            Some(exchange) => self.place_of_currency(column, own, exchange).and_then(|place| {
                let original = self.written_amount(column, &exchange.currencies()[place as usize])?;
                let Some(day) = day else { return Ok(None) };
                let amount = exchange.checked(original, place, day);
                let amount = amount.ok_or((column, Reason::Amount(AmountProblem::TooLarge)))?;
                let of_currency = &mut converted[place as usize];
                of_currency.rows += 1;
                of_currency.original += i128::from(original);
                of_currency.amount += i128::from(amount);
                Ok(Some(amount))
            }),
        })
    }

    /// The amount as it is written, of as many columns as make it.
    fn written_amount(&self, one: usize, currency: &Currency) -> Result<i64, Fault> {
        const MISSING: Reason = Reason::Amount(AmountProblem::Empty);
        let made = match self.layout.second {
            None => return self.number(one, currency),
            Some(Second::Factor(factor)) => {
                let finer = currency.of_factors();
                let (first, second) = (self.number(one, &finer)?, self.number(factor, &finer)?);
                currency.product(first, second, finer.decimals())
            }
            Some(Second::Subtrahend(less)) => match (self.number(one, currency), self.number(less, currency)) {
                (Err((_, MISSING)), Err((_, MISSING))) => Err(AmountProblem::Empty),
                (Err((_, MISSING)), less) => Ok(-less?),
                (amount, Err((_, MISSING))) => Ok(amount?),
                (amount, less) => amount?.checked_sub(less?).ok_or(AmountProblem::TooLarge),
            },
        };
        made.map_err(|problem| (one, Reason::Amount(problem)))
    }

    fn number(&self, column: usize, currency: &Currency) -> Result<i64, Fault> {
        let text = self.field(column).ok_or(AmountProblem::Form);
        let number = text.and_then(|text| self.layout.dialect.decimal.amount(&text, currency));
        number.map_err(|problem| (column, Reason::Amount(problem)))
    }

    /// The place of the currency of the amount, which a column of its own names, or what stands beside the amount.
    fn place_of_currency(&self, column: usize, own: &Currency, exchange: &Exchange) -> Result<u16, Fault> {
        let unreadable = (column, Reason::Amount(AmountProblem::Form));
        let text = self.field(column).ok_or(unreadable)?;
        let named = self.layout.currency.map(|column| (column, self.field(column).unwrap_or_default()));
        let named = named.as_ref().map(|(column, text)| (*column, named_currency(text)));
        let second = self.layout.second.map(|second| (second, self.field(second.column()).unwrap_or_default()));
        let second = second.as_ref().map(|(second, text)| (*second, currency_beside(text)));
        let beside = match (currency_beside(&text), second) {
            ("", Some((second, beside))) => (second.column(), beside),
            (beside, _) => (column, beside),
        };
        let foreign = Foreign { exchange, own };
        let place = foreign.place(beside, named)?;
        match second {
            // What is taken off an amount is money of the same currency.
            Some((Second::Subtrahend(less), beside))
                if !beside.is_empty() && foreign.place((less, beside), named)? != place =>
            {
                Err((less, Reason::Currency(CurrencyProblem::Contradicts)))
            }
            _ => Ok(place),
        }
    }

    /// Whether the amount is known to be in another currency than those of the file are.
    pub fn is_abroad(&self) -> bool {
        let Some(code) = &self.layout.code else { return false };
        let text = |column: Option<usize>| column.map(|column| in_any_encoding(self.fields.get(column)));
        let foreign = |written: &str| !written.is_empty() && !Currency::are_alike(code, written);
        let beside = |column| text(column).is_some_and(|amount| foreign(currency_beside(&amount)));
        let named = text(self.layout.currency).is_some_and(|named| named_currency(&named).is_some_and(foreign));
        named || beside(self.layout.amount) || beside(self.layout.second.map(Second::column))
    }

    /// What is wrong with the id.
    pub fn id_fault(&self) -> Option<Fault> {
        let column = self.layout.id?;
        let reason = match self.field(column) {
            None => Reason::IdNotUtf8,
            Some(id) if std::str::from_utf8(&id).is_ok_and(|id| id.trim().is_empty()) => Reason::NoCustomer,
            Some(id) if is_exponent(&id) => Reason::IdExponent,
            Some(_) => return None,
        };
        Some((column, reason))
    }

    /// The first text that is none.
    pub fn text_fault(&self) -> Option<Fault> {
        let unreadable = |(column, role): &(usize, &Role)| {
            matches!(role, Role::Text(..) | Role::Watched) && self.field(*column).is_none()
        };
        let (column, _) = self.layout.roles.iter().enumerate().find(unreadable)?;
        Some((column, Reason::TextNotUtf8))
    }

    /// Adds the id and the texts to a batch.
    pub fn push_texts(&self, batch: &mut Batch) {
        for (column, role) in self.layout.roles.iter().enumerate() {
            match role {
                Role::Id => batch.ids.push(&self.field(column).unwrap_or_default()),
                Role::Text(number, _) => batch.texts[*number].push(&self.field(column).unwrap_or_default()),
                Role::Skip | Role::Date | Role::Amount | Role::Second | Role::Currency | Role::Watched => {}
            }
        }
        for (column, number) in &self.layout.copies {
            batch.texts[*number].push(&self.field(*column).unwrap_or_default());
        }
        for number in &self.layout.absent {
            batch.texts[*number].push(b"");
        }
    }
}

/// A field in the encoding that makes a text of it: what the values of a file tell must not depend on how the file is read.
fn in_any_encoding(field: &[u8]) -> Cow<'_, [u8]> {
    Encoding::Utf8.decode(field).or_else(|| Encoding::Windows1252.decode(field)).unwrap_or_default()
}

/// Amounts that may be in another currency than the report's.
struct Foreign<'a> {
    exchange: &'a Exchange,
    own: &'a Currency,
}

impl Foreign<'_> {
    /// The place of the currency of an amount, by what stands beside it and what a column names.
    fn place(&self, (column, beside): (usize, &str), named: Option<(usize, Option<&str>)>) -> Result<u16, Fault> {
        let refused = |column, problem| (column, Reason::Currency(problem));
        let known = |column, written| self.exchange.place(written).ok_or(refused(column, CurrencyProblem::NoRate));
        match (named, beside) {
            (Some((named_in, None)), "") => Err(refused(named_in, CurrencyProblem::Empty)),
            (None, "") => known(column, self.own.code().unwrap_or_default()),
            (Some((_, None)) | None, beside) => known(column, beside),
            (Some((named_in, Some(named))), beside) => {
                let place = known(named_in, named)?;
                let code = self.exchange.currencies()[place as usize].code().unwrap_or_default();
                match beside.is_empty() || Currency::is_written(code, beside) {
                    true => Ok(place),
                    false => Err(refused(column, CurrencyProblem::Contradicts)),
                }
            }
        }
    }
}
