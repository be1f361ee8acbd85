//! What a file could be whose columns have names of their own.
//!
//! # Question
//! Which of its columns would make a log of purchases of the file, or contracts?
//!
//! # Definition
//! Contracts have a start; who goes on has no end. So a file may be one of contracts where a start or an end is known by its name, or
//! where no date is and two columns hold days: of these the start is the one that is there in more rows, else the earlier one. It
//! may be a log where no start is known; its amount is the credit less the debit where both are known and no amount is. Two columns
//! of days in every row leave both open; otherwise one that some rows lack says that they are contracts.
//!
//! It is a ledger where an account is known and no customer is.
//!
//! A column may stand for what its values can be: for a customer texts and whole numbers, such that repeat first; for an amount numbers with
//! decimals before whole ones, and money before others; of either such that are not the same in every row.
//! Among those the ones come first whose names share a word with the names of the standard column, then those whose names have a word that
//! exports use for it, and last those whose names say that they are something else. One that is known by its name
//! as a column of such a file stands for nothing else; what is known as a column of other files may.

use super::ColumnReport;
use super::column::Kind;
use crate::columns::{
    ACCOUNT, AMOUNT, BILLING_MONTHS, CREDIT, CURRENCY, CUSTOMER_ID, Column, DATE, DEBIT, DISCOUNT, END, END_DATE,
    FIRST_DATE, LAST_DATE, ORDER_ID, PAYMENT_FAILED, QUANTITY, REASON, REFUNDED, REQUESTED, START, STATUS, TAX,
};

/// What stands in logs and contracts, or beside them: first what is proposed, in the order of a line.
const OF_SUCH_FILES: [Column; 16] = [
    CUSTOMER_ID,
    DATE,
    START,
    END,
    AMOUNT,
    CURRENCY,
    ORDER_ID,
    QUANTITY,
    DISCOUNT,
    TAX,
    REQUESTED,
    PAYMENT_FAILED,
    REFUNDED,
    REASON,
    STATUS,
    BILLING_MONTHS,
];

/// The days of a table of customers, which by these names are nothing else; by any other they may be those of contracts.
const OF_SUMMARIES: [Column; 3] = [FIRST_DATE, LAST_DATE, END_DATE];

/// Words of the names under which exports have whom a row is about, and of columns that are about something else.
const WHO: [&str; 24] = [
    "auftraggeber",
    "begünstigter",
    "beguenstigter",
    "buyer",
    "cliente",
    "client",
    "contact",
    "donor",
    "email",
    "empfaenger",
    "empfänger",
    "guest",
    "kunde",
    "kundennr",
    "kundennummer",
    "mail",
    "member",
    "msisdn",
    "name",
    "patient",
    "payer",
    "subscriber",
    "user",
    "zahlungspflichtiger",
];
const NOBODY: [&str; 20] = [
    "bank",
    "comment",
    "country",
    "currency",
    "description",
    "item",
    "memo",
    "note",
    "notes",
    "product",
    "purpose",
    "reference",
    "sku",
    "state",
    "status",
    "time",
    "timezone",
    "type",
    "verwendungszweck",
    "zone",
];
/// The same of what was paid.
const PAID: [&str; 10] = ["betrag", "bezahlt", "gross", "importe", "montant", "net", "paid", "sum", "umsatz", "valor"];
const NOT_PAID: [&str; 12] =
    ["balance", "cost", "discount", "fee", "fees", "rate", "saldo", "shipping", "steuer", "tax", "tip", "vat"];

/// Columns that may stand for standard ones, and what the file would be then.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// As `standard=Name in the file`.
    pub columns: Vec<String>,
    pub because: &'static str,
}

/// What the columns of a file could make of it, the likelier first.
pub(super) fn proposals(columns: &[ColumnReport]) -> Vec<Proposal> {
    let choice = Choice { columns, taken: Vec::new() };
    let has_start = choice.has(START);
    let known = has_start || choice.has(END) || choice.has(REQUESTED);
    let days: Vec<&ColumnReport> = choice.free().filter(|own| own.kind == Kind::Date).collect();
    let is_open = days.iter().any(|own| own.open > 0);
    let of_contracts =
        (known || (days.len() > 1 && !choice.has(DATE))).then(|| choice.clone().of_contracts()).flatten();
    let of_a_ledger = choice.clone().of_a_ledger();
    let of_a_log = (!has_start).then(|| choice.of_a_log()).flatten();
    match (of_contracts, of_a_log) {
        (Some(contracts), _) if known || is_open => vec![contracts],
        (of_contracts, of_a_log) => of_a_ledger.into_iter().chain(of_a_log).chain(of_contracts).collect(),
    }
}

/// The column that may best stand for a standard one of a log or of contracts that a file lacks.
pub(super) fn stand_in(columns: &[ColumnReport], wanted: Column) -> Option<&str> {
    let choice = Choice { columns, taken: Vec::new() };
    let own = match wanted {
        CUSTOMER_ID => choice.customer(),
        AMOUNT => choice.amount(),
        _ => choice.day(wanted),
    };
    own.map(|own| own.name.as_str())
}

/// Columns that are taken one after the other for standard ones.
#[derive(Clone)]
struct Choice<'a> {
    columns: &'a [ColumnReport],
    taken: Vec<(Column, &'a ColumnReport)>,
}

impl<'a> Choice<'a> {
    /// The column that is known by its name.
    fn known(&self, column: Column) -> Option<&'a ColumnReport> {
        self.columns.iter().find(|own| own.standard.contains(&column.name))
    }

    fn has(&self, column: Column) -> bool {
        self.known(column).is_some()
    }

    /// The columns that may stand for others.
    fn free(&self) -> impl Iterator<Item = &'a ColumnReport> {
        let is_free = |own: &&ColumnReport| {
            let known = own.standard.iter().any(|name| OF_SUCH_FILES.iter().any(|column| column.name == *name))
                || OF_SUMMARIES.iter().any(|column| own.name.eq_ignore_ascii_case(column.name));
            let is_taken = self.taken.iter().any(|(_, taken)| std::ptr::eq(*taken, *own));
            !known && !is_taken && !own.name.trim().is_empty()
        };
        self.columns.iter().filter(is_free)
    }

    /// Whom a row is about.
    fn customer(&self) -> Option<&'a ColumnReport> {
        self.best(|own| {
            let likeness = likeness(own, CUSTOMER_ID, &WHO, &NOBODY);
            let kind = match own.kind {
                Kind::Id => 0,
                Kind::Text => 1,
                Kind::Number if own.whole => 2,
                Kind::Category if likeness < Likeness::Possible => 3,
                _ => return None,
            };
            // What no two rows share numbers the rows sooner than their customers.
            Some((likeness, kind, own.is_unique))
        })
    }

    /// What was paid.
    fn amount(&self) -> Option<&'a ColumnReport> {
        self.best(|own| {
            // What another column by its name is money has no sign of it in its values.
            let is_money = own.kind == Kind::Amount && own.standard.is_empty();
            let is_number = matches!(own.kind, Kind::Amount | Kind::Number);
            is_number.then(|| (likeness(own, AMOUNT, &PAID, &NOT_PAID), u8::from(own.whole), !is_money))
        })
    }

    /// The first by rank, of those that are not the same in every row where there are such.
    fn best<R: Ord>(&self, rank: impl Fn(&ColumnReport) -> Option<R>) -> Option<&'a ColumnReport> {
        let is_same = |own: &ColumnReport| own.distinct.count < 2;
        let ranked = self.free().filter_map(|own| Some(((is_same(own), rank(own)?), own)));
        ranked.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, own)| own)
    }

    /// The day of what a row is about: of several the one that more rows have, then one whose name says so, then the earliest.
    fn day(&self, wanted: Column) -> Option<&'a ColumnReport> {
        let days = self.free().filter(|own| own.kind == Kind::Date);
        days.min_by_key(|own| (own.open, !is_named(own, wanted), own.first_day))
    }

    /// The day from which on a contract goes on no more: of those that do not begin before the start the one that most rows lack.
    fn end(&self) -> Option<&'a ColumnReport> {
        let start = self.taken.iter().find(|(column, _)| *column == START).map(|(_, own)| *own);
        let start = start.or(self.known(START))?;
        let days = self.free().filter(|own| own.kind == Kind::Date && own.first_day >= start.first_day);
        days.min_by_key(|own| (std::cmp::Reverse(own.open), !is_named(own, END)))
    }

    fn take(&mut self, column: Column, own: Option<&'a ColumnReport>) {
        self.taken.extend(own.map(|own| (column, own)));
    }

    /// Takes what stands for a column that is not there; none where nothing does.
    fn require(&mut self, column: Column, find: impl Fn(&Self) -> Option<&'a ColumnReport>) -> Option<()> {
        if !self.has(column) && !self.taken.iter().any(|(taken, _)| *taken == column) {
            let own = find(self)?;
            self.take(column, Some(own));
        }
        Some(())
    }

    /// Takes what was paid in and what was paid out for an amount that is not there.
    fn take_credit_and_debit(&mut self) {
        if let (false, Some(credit), Some(debit)) = (self.has(AMOUNT), self.known(CREDIT), self.known(DEBIT)) {
            self.taken.extend([(AMOUNT, credit), (AMOUNT, debit)]);
        }
    }

    fn of_a_log(mut self) -> Option<Proposal> {
        self.take_credit_and_debit();
        self.require(CUSTOMER_ID, Self::customer)?;
        self.require(DATE, |choice| choice.day(DATE))?;
        self.require(AMOUNT, Self::amount)?;
        self.proposal("an id, a date and an amount, under other names: check that these are the ones")
    }

    /// Whose account is known, and what is booked on it is not.
    fn of_a_ledger(mut self) -> Option<Proposal> {
        if !self.has(ACCOUNT) || self.has(CUSTOMER_ID) || self.has(DEBIT) || self.has(CREDIT) {
            return None;
        }
        self.require(AMOUNT, Self::amount)?;
        self.proposal("a ledger account, and an amount under another name: check that this is the one")
    }

    fn of_contracts(mut self) -> Option<Proposal> {
        self.require(START, |choice| choice.day(START))?;
        self.require(CUSTOMER_ID, Self::customer)?;
        if !self.has(END) && !self.has(REQUESTED) {
            self.take(END, self.end());
        }
        // Contracts may have none, so only what says that it is one is.
        let is_money = |own: &&ColumnReport| own.kind == Kind::Amount || is_named(own, AMOUNT);
        if !self.has(AMOUNT) {
            self.take(AMOUNT, self.amount().filter(is_money));
        }
        self.proposal("an id and the days of a contract, under other names: check that these are the ones")
    }

    fn proposal(self, because: &'static str) -> Option<Proposal> {
        let named = |wanted: &Column| {
            let own = self.taken.iter().filter(|(column, _)| column == wanted).map(|(_, own)| own.name.as_str());
            // Of two the first is less the second.
            let names: Vec<&str> = own.collect();
            (!names.is_empty()).then(|| format!("{}={}", wanted.name, names.join("-")))
        };
        let columns: Vec<String> = OF_SUCH_FILES.iter().filter_map(named).collect();
        (!columns.is_empty()).then_some(Proposal { columns, because })
    }
}

/// What the name of a column says of whether it is the one that is wanted, the likelier first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Named,
    Usual,
    Possible,
    Other,
}

fn likeness(own: &ColumnReport, wanted: Column, usual: &[&str], other: &[&str]) -> Likeness {
    let has = |known: &[&str]| words(&own.name).iter().any(|word| known.contains(&word.as_str()));
    match () {
        () if is_named(own, wanted) => Likeness::Named,
        () if has(other) => Likeness::Other,
        () if has(usual) => Likeness::Usual,
        () => Likeness::Possible,
    }
}

/// Whether the name of a column shares a word with those of a standard one; anything may be an `id`.
fn is_named(own: &ColumnReport, column: Column) -> bool {
    let names = std::iter::once(&column.name).chain(column.aliases);
    let known: Vec<String> = names.flat_map(|name| words(name)).filter(|word| word != "id").collect();
    words(&own.name).iter().any(|word| known.contains(word))
}

/// The words of a name, in lower case: `Order Date`, `order_date` and `OrderDate` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (before.is_lowercase() && letter.is_uppercase()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().expect("there is one from the start").extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}
