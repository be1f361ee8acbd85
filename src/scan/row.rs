//! What one record means: the fast reading of a plain one, and the careful reading of any.
//!
//! Both give the same values; the fast one gives up on anything that is not plain, and then the
//! careful one says what it is.

use memchr::memchr;

use super::batch::{Batch, Holds};
use super::careful::Record;
use super::head::{Layout, Role, Watch};
use super::plain::{
    Months, PlainAmount, PlainForm, PlainRecords, field_end, may_be_blank, may_have_exponent, plain_amount,
};
use super::reason::Reason;
use super::receipt::Tally;
use super::records::{Looks, Splitter, Syntax, is_blank};
use crate::columns::Second;
use crate::dialect::{Encoding, Evidence, Marks};
use crate::exchange::Exchange;
use crate::money::Currency;

/// Reads rows of one file into a batch.
pub(super) struct RowReader<'a> {
    layout: &'a Layout,
    currency: &'a Currency,
    exchange: Option<&'a Exchange>,
    splitter: Splitter,
    /// Where the text columns of the row stand, reused.
    spans: Vec<(usize, usize)>,
    /// Where all columns of the row stand, if an exclusion looks at some, reused.
    fields: Vec<(usize, usize)>,
    months: Months,
    plain: Option<PlainRecords>,
    /// What the values tell about how they are written.
    evidence: Evidence,
    /// The same of rows that are left out, which matters where no other tells.
    evidence_left_out: Evidence,
    /// What every exclusion left out, by its place.
    pub excluded: Vec<Tally>,
    /// What was converted from each currency, by its place.
    pub converted: Vec<Converted>,
    /// Whether the code expected has been seen.
    code_seen: bool,
}

/// Rows in one currency, with their amounts there and in the currency of the report, in minor units of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Converted {
    pub rows: u64,
    pub original: i128,
    pub amount: i128,
}

/// A row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bad {
    pub reason: Reason,
    /// The column it is about, by its number in the file.
    pub column: Option<usize>,
    /// The amount, where it can be read.
    pub amount: Option<i64>,
}

/// What the careful reading found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Used,
    /// An empty line, or one of empty fields, which is no row.
    Blank,
    /// Left out by an exclusion, and counted there.
    Excluded,
    Bad(Bad),
}

impl<'a> RowReader<'a> {
    pub fn new(layout: &'a Layout, currency: &'a Currency, exchange: Option<&'a Exchange>) -> Self {
        let exclusions = layout.exclusions.last().map_or(0, |watch| watch.number + 1);
        Self {
            layout,
            currency,
            exchange,
            splitter: Splitter::new(layout.syntax),
            spans: vec![(0, 0); layout.texts()],
            fields: vec![(0, 0); layout.roles.len()],
            months: Months::new(),
            plain: PlainRecords::new(layout, currency.decimals()).filter(|_| exchange.is_none()),
            evidence: Evidence::default(),
            evidence_left_out: Evidence::default(),
            excluded: vec![Tally::default(); exclusions],
            converted: vec![Converted::default(); exchange.map_or(0, |exchange| exchange.currencies().len())],
            code_seen: false,
        }
    }

    /// What the rows that are judged tell about how values are written, and what those that are left out do.
    pub fn told(self) -> (Evidence, Evidence) {
        (self.evidence, self.evidence_left_out)
    }

    /// Reads plain records from `at` on, until one is not plain or the batch is full; returns where the next one begins and its
    /// line.
    pub fn fast_run(
        &mut self,
        text: &[u8],
        mut at: usize,
        looks: Looks,
        mut line: u64,
        batch: &mut Batch,
        most: usize,
    ) -> (usize, u64) {
        while batch.len() < most && at < text.len() {
            if let (Some(plain), false) = (&mut self.plain, looks.quotes) {
                (at, line) = plain.read(text, at, line, looks, (&mut *batch, most), &mut self.evidence);
                if batch.len() == most || at == text.len() {
                    break;
                }
            }
            let next = match looks.quotes {
                true => self.fast(text, at, looks.ascii, self.layout.syntax.quote, line, batch),
                false => self.fast(text, at, looks.ascii, None, line, batch),
            };
            let Some(next) = next else { break };
            at = next;
            line += 1;
        }
        (at, line)
    }

    /// Reads the plain record that begins at `start` and returns where the next one does; `None`
    /// where anything about it is not plain, and then nothing has been added.
    ///
    /// `ascii` says that the whole text is, which spares checking it for UTF-8 field by field.
    #[inline]
    fn fast(
        &mut self,
        text: &[u8],
        start: usize,
        ascii: bool,
        quote: Option<u8>,
        line: u64,
        batch: &mut Batch,
    ) -> Option<usize> {
        let Layout { syntax: Syntax { delimiter, .. }, ref dialect, ref roles, .. } = *self.layout;
        if !self.layout.copies.is_empty() {
            return None;
        }
        // Where it holds nothing at all, the careful reading says that it is no row.
        if matches!(text[start], b' ' | b'\r' | b'\n') || text[start] == delimiter {
            let end = start + memchr(b'\n', &text[start..])?;
            if is_blank(&text[start..=end], self.layout.syntax) {
                return None;
            }
        }
        let last = roles.len() - 1;
        let watched = !self.layout.exclusions.is_empty();
        // Texts beyond ASCII, which tell the encoding.
        let (mut utf8, mut not_utf8) = (0, 0);
        let mut plain = |field: &[u8]| {
            if ascii || field.is_ascii() {
                return true;
            }
            let is_utf8 = std::str::from_utf8(field).is_ok();
            *(if is_utf8 { &mut utf8 } else { &mut not_utf8 }) += 1;
            match dialect.encoding {
                Encoding::Utf8 => is_utf8,
                Encoding::Windows1252 => dialect.encoding.decode(field).is_some(),
            }
        };
        let decoded = !ascii && dialect.encoding != Encoding::Utf8;
        let (mut id, mut day) = (None, None);
        let (mut amount, mut other): (Option<PlainAmount>, Option<PlainAmount>) = (None, None);
        let is_difference = matches!(self.layout.second, Some(Second::Subtrahend(_)));
        let (mut points, mut commas) = (0, 0);
        let mut at = start;
        for (number, role) in roles.iter().enumerate() {
            // Inside quotes, which stand at the beginning and the end of a field alone.
            let quoted = quote.filter(|quote| text.get(at) == Some(quote));
            at += usize::from(quoted.is_some());
            let mut end = match role {
                Role::Date => {
                    let (found, end) = self.months.plain_day(text, at, dialect)?;
                    day = Some(found);
                    end
                }
                // Of a difference one may be empty.
                Role::Amount | Role::Second if is_difference && is_empty_at(text, at, delimiter, quoted) => at,
                Role::Amount | Role::Second => {
                    // Outside quotes a decimal comma cannot also be the delimiter.
                    let mark = dialect.decimal.byte();
                    let mark = Some(mark).filter(|mark| quoted.is_some() || *mark != delimiter);
                    let found = plain_amount(text, at, self.currency.decimals(), mark)?;
                    let end = found.end;
                    *(if *role == Role::Amount { &mut amount } else { &mut other }) = Some(found);
                    end
                }
                Role::Skip | Role::Id | Role::Currency | Role::Text(..) | Role::Watched => {
                    let end = match quoted {
                        Some(quote) => {
                            let end = at + memchr(quote, &text[at..])?;
                            // A record of several lines counts more than one.
                            if memchr(b'\n', &text[at..end]).is_some() {
                                return None;
                            }
                            end
                        }
                        None => {
                            let end = field_end(text, at, delimiter)?;
                            let line_end = number == last && end > at && text[end] == b'\n' && text[end - 1] == b'\r';
                            end - usize::from(line_end)
                        }
                    };
                    // A text that is protected from spreadsheets, `="00123"`, is for the careful reading.
                    if quote.is_some() && text.get(at) == Some(&b'=') && *role != Role::Skip {
                        return None;
                    }
                    match role {
                        Role::Id => {
                            let field = &text[at..end];
                            if field.is_empty() || may_have_exponent(field) || !plain(field) {
                                return None;
                            }
                            let blank = match decoded {
                                true => dialect.encoding.decode(field).is_none_or(|id| may_be_blank(&id)),
                                false => may_be_blank(field),
                            };
                            if blank {
                                return None;
                            }
                            id = Some((at, end));
                        }
                        Role::Text(text_number, holds) => {
                            let field = &text[at..end];
                            // A currency beside money is for the careful reading.
                            let priced =
                                *holds == Holds::Money && !field.iter().all(|byte| b"0123456789.,-".contains(byte));
                            if priced || !plain(field) {
                                return None;
                            }
                            if *holds != Holds::Text {
                                match Marks::of(field) {
                                    Some(Marks::Point) => points += 1,
                                    Some(Marks::Comma) => commas += 1,
                                    Some(Marks::Either) => return None,
                                    Some(Marks::Silent) | None => {}
                                }
                            }
                            self.spans[*text_number] = (at, end);
                        }
                        Role::Watched if !plain(&text[at..end]) => return None,
                        // Any other currency is for the careful reading.
                        Role::Currency => {
                            let code = self.layout.code.as_ref()?;
                            if !text[at..end].eq_ignore_ascii_case(code.as_bytes()) || !plain(&text[at..end]) {
                                return None;
                            }
                        }
                        _ => {}
                    }
                    end
                }
            };
            if watched {
                self.fields[number] = (at, end);
            }
            if let Some(quote) = quoted {
                if text.get(end) != Some(&quote) {
                    return None;
                }
                end += 1;
            }
            at = match (text.get(end)?, number == last) {
                (byte, false) if *byte == delimiter => end + 1,
                (b'\n', true) => end + 1,
                (b'\r', true) if text.get(end + 1) == Some(&b'\n') => end + 2,
                _ => return None,
            };
        }
        let minor = [&amount, &other].map(|written| written.as_ref().map(|written| written.minor));
        let minor = match (self.layout.second, minor) {
            (Some(Second::Factor(_)), [Some(amount), Some(factor)]) => {
                Some(self.currency.product(amount, factor, self.currency.decimals()).ok()?)
            }
            // That both are missing is for the careful reading to say.
            (Some(Second::Subtrahend(_)), [None, None]) => return None,
            (Some(Second::Subtrahend(_)), [amount, less]) => Some(amount.unwrap_or(0).checked_sub(less.unwrap_or(0))?),
            (_, [amount, _]) => amount,
        };
        self.evidence.utf8 += utf8;
        self.evidence.not_utf8 += not_utf8;
        let matches = |Watch { column, exclusion, .. }: &&Watch| {
            let (from, to) = self.fields[*column];
            dialect.encoding.decode(&text[from..to]).is_some_and(|field| exclusion.matches(&field))
        };
        let excluded = self.layout.exclusions.iter().find(matches).map(|watch| watch.number);
        let evidence = if excluded.is_some() { &mut self.evidence_left_out } else { &mut self.evidence };
        evidence.point += points;
        evidence.comma += commas;
        match day {
            Some((_, PlainForm::Clear)) => evidence.clear += 1,
            Some((_, PlainForm::DayFirst)) => evidence.day_first += 1,
            Some((_, PlainForm::MonthFirst)) => evidence.month_first += 1,
            None => {}
        }
        let marked = [&amount, &other].into_iter().flatten().filter(|written| written.marked).count() as u64;
        *(if dialect.decimal.byte() == b'.' { &mut evidence.point } else { &mut evidence.comma }) += marked;
        if let Some(number) = excluded {
            self.excluded[number].add(minor);
            return Some(at);
        }
        if let Some((from, to)) = id {
            match decoded.then(|| dialect.encoding.decode(&text[from..to])).flatten() {
                Some(id) => batch.ids.push(&id),
                None => batch.ids.push_part(text, from, to),
            }
        }
        if !self.code_seen && self.layout.currency.is_some() {
            self.code_seen = true;
            self.evidence.see_currency(self.layout.code.as_deref().unwrap_or_default().as_bytes(), line);
        }
        batch.days.extend(day.map(|(day, _)| day));
        batch.amounts.extend(minor);
        for (column, (from, to)) in batch.texts.iter_mut().zip(&self.spans) {
            match decoded.then(|| dialect.encoding.decode(&text[*from..*to])).flatten() {
                Some(field) => column.push(&field),
                None => column.push(&text[*from..*to]),
            }
        }
        batch.lines.push(line);
        Some(at)
    }

    /// Reads any record whose quotes are closed; it ends with a line feed.
    pub fn careful(&mut self, record: &[u8], line: u64, batch: &mut Batch) -> Outcome {
        if is_blank(record, self.layout.syntax) {
            return Outcome::Blank;
        }
        if memchr(0, record).is_some() {
            return Outcome::Bad(Bad { reason: Reason::ZeroByte, column: None, amount: None });
        }
        self.splitter.split(record);
        if self.splitter.len() != self.layout.roles.len() {
            return Outcome::Bad(Bad { reason: Reason::FieldCount, column: None, amount: None });
        }
        let record = Record::new(self.layout, &self.splitter);
        let excluded = record.excluded();
        let left_out = excluded.is_some().then_some(&mut self.evidence_left_out);
        record.tell(line, &mut self.evidence, left_out);
        let day = record.day();
        let amount = record.amount(self.currency, self.exchange, day.and_then(Result::ok), &mut self.converted);
        let readable = amount.and_then(|amount| amount.ok().flatten());
        if let Some(number) = excluded {
            let mixed = self.exchange.is_none() && record.is_abroad();
            self.excluded[number].add(readable.filter(|_| !mixed));
            return Outcome::Excluded;
        }
        let faults = [record.id_fault(), day.and_then(Result::err), amount.and_then(Result::err)];
        if let Some((column, reason)) = faults.into_iter().flatten().next().or_else(|| record.text_fault()) {
            return Outcome::Bad(Bad { reason, column: Some(column), amount: readable });
        }
        record.push_texts(batch);
        batch.days.extend(day.and_then(Result::ok));
        batch.amounts.extend(readable);
        batch.lines.push(line);
        Outcome::Used
    }
}

/// Whether a field that begins at `at`, inside of quotes if there are any, has nothing in it.
#[inline]
fn is_empty_at(text: &[u8], at: usize, delimiter: u8, quoted: Option<u8>) -> bool {
    text.get(at).is_some_and(|byte| match quoted {
        Some(quote) => *byte == quote,
        None => *byte == delimiter || matches!(byte, b'\r' | b'\n'),
    })
}
