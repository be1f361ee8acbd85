//! What producers of rows hand over and reductions take in.

use super::Texts;
use crate::Result;
use crate::columns::Column;
use crate::dialect::Decimal;
use crate::time::Day;

use super::head::Layout;
use super::receipt::Account;

/// Which columns of a log a reduction asks for: the id always, a day and an amount where it needs
/// them, and any number of further columns as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub(super) id: Option<Column>,
    pub(super) date: Option<Column>,
    pub(super) amount: Option<Column>,
    pub(super) texts: Vec<(TextColumn, Holds)>,
}

/// A column that is taken as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextColumn {
    /// A standard column that every file must have.
    Required(Column),
    /// A standard column; where a file does not have it, the text is empty.
    Optional(Column),
    /// The column of exactly this name, which every file must have.
    Named(String),
}

/// What a column taken as text holds: numbers tell how the numbers of their file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Holds {
    /// Anything.
    #[default]
    Text,
    /// Numbers.
    Quantities,
    /// Money, in the currency of the file.
    Money,
}

impl Wanted {
    /// The id alone.
    pub fn id(column: Column) -> Self {
        Self { id: Some(column), date: None, amount: None, texts: Vec::new() }
    }

    /// What a transaction has: customer, date and amount.
    pub fn transactions() -> Self {
        Self::id(crate::columns::CUSTOMER_ID).date(crate::columns::DATE).amount(crate::columns::AMOUNT)
    }

    /// The same and a day.
    #[must_use]
    pub fn date(mut self, column: Column) -> Self {
        self.date = Some(column);
        self
    }

    /// The same and an amount of money.
    #[must_use]
    pub fn amount(mut self, column: Column) -> Self {
        self.amount = Some(column);
        self
    }

    /// The same and a column as text; [`Batch::text`] counts them from 0 in the order added.
    #[must_use]
    pub fn text(self, column: TextColumn) -> Self {
        self.text_of(column, Holds::Text)
    }

    /// The same and a column as text whose values are known to be of one kind.
    #[must_use]
    pub fn text_of(mut self, column: TextColumn, holds: Holds) -> Self {
        self.texts.push((column, holds));
        self
    }
}

/// Good rows of a stretch of one file, column by column.
///
/// # Shape
/// Every column that was asked for has one value per row; a day or an amount that was not asked for
/// has none. Rows stand in the order of the file; batches come in no order.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(super) file: usize,
    pub(super) decimal: Decimal,
    pub(super) ids: Texts,
    pub(super) days: Vec<Day>,
    pub(super) amounts: Vec<i64>,
    pub(super) texts: Vec<Texts>,
    pub(super) lines: Vec<u64>,
}

impl Batch {
    /// An empty batch with as many text columns as the layout asks for.
    pub(super) fn for_layout(layout: &Layout) -> Self {
        Self { texts: vec![Texts::default(); layout.texts()], ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.days.clear();
        self.amounts.clear();
        self.texts.iter_mut().for_each(Texts::clear);
        self.lines.clear();
    }

    /// Takes the last row away again.
    pub(super) fn pop(&mut self) {
        self.lines.pop();
        let rows = self.lines.len();
        self.ids.truncate(rows);
        self.days.truncate(rows);
        self.amounts.truncate(rows);
        self.texts.iter_mut().for_each(|texts| texts.truncate(rows));
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The file the rows are from, counted from 0 in the order of [`Inputs`](super::Inputs).
    pub fn file(&self) -> usize {
        self.file
    }

    /// How numbers of the file are written, for those among the texts.
    pub fn decimal(&self) -> Decimal {
        self.decimal
    }

    /// The ids: never empty, valid UTF-8, untouched.
    pub fn ids(&self) -> &Texts {
        &self.ids
    }

    /// The days.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The first and the last day; none where there is no day.
    pub fn days_span(&self) -> Option<(Day, Day)> {
        // Of numbers, which are compared several at a time.
        let widen = |(first, last): (i32, i32), day: &Day| (first.min(day.0), last.max(day.0));
        let (first, last) = self.days.iter().fold((i32::MAX, i32::MIN), widen);
        (!self.days.is_empty()).then_some((Day(first), Day(last)))
    }

    /// The amounts, in minor units of the currency.
    pub fn amounts(&self) -> &[i64] {
        &self.amounts
    }

    /// The id, the day and the amount of each row.
    pub fn rows(&self) -> impl Iterator<Item = (&[u8], Day, i64)> {
        self.ids.iter().zip(&self.days).zip(&self.amounts).map(|((id, day), amount)| (id, *day, *amount))
    }

    /// A column asked for as text, counted from 0 in the order asked for: valid UTF-8, may be empty.
    pub fn text(&self, column: usize) -> &Texts {
        &self.texts[column]
    }

    /// The line of its file on which each row begins, counted from 1.
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }
}

/// Takes rows in and keeps only what its answer needs.
///
/// Every thread has a reduction of its own and feeds it the batches that fall to it, in no order; at
/// the end they are merged into one, which finishes. So an answer must not depend on which batch
/// went where: keep sums, sets and extremes, and order by key when finishing. `finish` may run in
/// parallel on the current pool of threads, which makes `merge` the place to hand over, not to work.
pub trait Reduce: Sized + Send {
    /// What comes out.
    type Output;

    /// Takes the rows of one batch in.
    fn absorb(&mut self, batch: &Batch);

    /// Takes over everything that another reduction of the same scan has taken in.
    fn merge(&mut self, other: Self);

    /// The answer. Rows that do not enter it are reported to the account, so that none is lost.
    ///
    /// # Errors
    /// Where the rows, all taken together, cannot give the answer. Rows that are refused as [`Problems`](super::Problems) are
    /// read no more where such rows are to be set aside, and the rest is reduced anew.
    fn finish(self, account: &mut Account) -> Result<Self::Output>;
}
