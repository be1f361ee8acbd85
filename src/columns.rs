//! The standard columns: what each means, its unit, the other names it goes by, and how a file's
//! header is matched with them.
//!
//! A column is found by `--column standard=Name in the file`, else by its standard name, else by an
//! alias; upper and lower case, spaces, `_` and `-` make no difference, and spaces around a name of the user's do not either. What was said to be one standard
//! column is no other one by an alias: `--column date=Created` makes no start of contracts of `Created`. The
//! amount of a log of line items may be the product of two columns, `--column 'amount=Quantity*UnitPrice'`, and that of a bank
//! statement their difference, `--column 'amount=Credit-Debit'`. Names are settled before the first row is read. Several names with `|` between them are tried in their
//! order, and a `|` at the end stands for the standard name, without its aliases: so are the columns of a
//! preset named, which files of other years need not have.

use std::collections::BTreeMap;

use crate::dialect::{DateFormat, Marks};
use crate::{Error, ErrorKind, Location, Result};

/// A column that a command reads: the name it has here, what it holds, and what others call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The standard name.
    pub name: &'static str,
    /// What it holds, with its unit.
    pub meaning: &'static str,
    /// Other names under which it is recognised.
    pub aliases: &'static [&'static str],
}

impl Column {
    /// Whether a name is the column's own or one of its aliases.
    pub fn is_called(self, name: &str) -> bool {
        std::iter::once(&self.name).chain(self.aliases).any(|own| same_name(name, own))
    }
}

macro_rules! columns {
    ($($constant:ident = $name:literal, $meaning:literal, [$($alias:literal),*];)*) => {
        $(#[doc = concat!("`", $name, "`: ", $meaning, ".")]
        pub const $constant: Column = Column { name: $name, meaning: $meaning, aliases: &[$($alias),*] };)*
        /// Every standard column.
        pub const ALL: &[Column] = &[$($constant),*];
    };
}

columns! {
    CUSTOMER_ID = "customer_id", "the customer, as text", ["customer", "cust_id", "client_id", "account_id", "user_id", "id"];
    DATE = "date", "the day of the transaction", ["day", "order_date", "transaction_date", "purchase_date", "invoice_date"];
    AMOUNT = "amount", "money paid, refunds negative, in units of the currency", ["revenue", "sales", "total", "price", "value", "spend", "dollar_value"];
    FIRST_DATE = "first_date", "the day of the first purchase ever", ["first_purchase", "acquired", "joined"];
    LAST_DATE = "last_date", "the day of the last purchase", ["last_purchase"];
    TRANSACTIONS = "transactions", "purchase days", ["orders"];
    ACCOUNT = "account", "the ledger account, as text", ["account_number", "account_no", "gl_account", "konto"];
    COST_CENTRE = "cost_centre", "the cost centre, as text", ["cost_center", "department", "kostenstelle"];
    DEBIT = "debit", "a debit, in units of the currency", ["dr", "debit_amount", "soll"];
    CREDIT = "credit", "a credit, in units of the currency", ["cr", "credit_amount", "haben"];
    CURRENCY = "currency", "the three-letter code of the currency", ["currency_code", "ccy"];
    ACTIVITY = "activity", "what was done for the customer", ["event", "activity_name", "event_type"];
    DRIVER = "driver", "the driver that a quantity is of", ["driver_name"];
    QUANTITY = "quantity", "how many", ["qty", "units", "number_of_units"];
    CHARGE = "charge", "what the event itself cost, in units of the currency", ["cost", "fee"];
    ORDER_ID = "order_id", "the order that a row belongs to", ["order", "order_number", "invoice", "invoice_no", "invoice_id"];
    DISCOUNT = "discount", "discount granted, not yet taken off the amount, in units of the currency", ["discounts", "discount_amount"];
    TAX = "tax", "tax contained in the amount, in units of the currency", ["vat", "sales_tax"];
    END_DATE = "end_date", "the last day as a customer, empty for who still is one", ["churn_date"];
    FREQUENCY = "frequency", "repeat purchase days: all but the first", ["x"];
    RECENCY = "recency", "time from the first to the last purchase, in the table's unit", ["t_x"];
    AGE = "age", "time from the first purchase to the end of observation, in the table's unit", ["t"];
    MONETARY_VALUE = "monetary_value", "mean spend of a repeat purchase day, in units of the currency", ["average_spend"];
    TIME_UNIT = "time_unit", "the unit of recency and age: day, week or month", [];
    OBSERVATION_END = "observation_end", "the last day of observation", [];
    REFUNDS = "refunds", "money paid back, in units of the currency", [];
    HOLDOUT_TRANSACTIONS = "holdout_transactions", "purchase days after the calibration", [];
    HOLDOUT_AMOUNT = "holdout_amount", "money paid after the calibration, in units of the currency", [];
    HOLDOUT_REFUNDS = "holdout_refunds", "money paid back after the calibration, in units of the currency", [];
    PROFIT = "profit", "profit of the customer in the period, in units of the currency", ["margin_amount", "contribution", "net_profit"];
    RESIDUAL_CLV = "residual_clv", "discounted future profit, in units of the currency", [];
    MARGIN = "margin", "profit over spend, as a fraction", ["margin_rate"];
    NET_REVENUE = "net_revenue", "revenue less discounts and refunds, in units of the currency", [];
    REVENUE = "revenue", "gross revenue, in units of the currency", [];
    DIRECT_COST = "direct_cost", "cost traced to the sale, in units of the currency", ["cost_of_goods", "cogs"];
    UNIT_COST = "unit_cost", "cost to serve at unit level, in units of the currency", [];
    TRANSACTION_COST = "transaction_cost", "cost to serve at transaction level, in units of the currency", [];
    RELATIONSHIP_COST = "relationship_cost", "cost to serve at relationship level, in units of the currency", [];
    SELLING_COST = "selling_cost", "cost to serve at selling level, in units of the currency", [];
    COST_TO_SERVE = "cost_to_serve", "unit, transaction, relationship and selling cost, in units of the currency", [];
    ACQUISITION_COST = "acquisition_cost", "past cost of winning the customer, in units of the currency", [];
    START = "start", "the first day of the contract", ["start_date", "started", "contract_start", "subscription_start"];
    END = "end", "the first day after the contract; empty while it goes on", ["end_date", "contract_end", "subscription_end", "ended_at"];
    REQUESTED = "requested", "the day on which the customer asked to cancel", ["canceled_at", "cancelled_at", "cancel_date", "cancellation_date"];
    PAYMENT_FAILED = "payment_failed", "the day on which a payment failed that was never made good", ["failed_at", "payment_failed_at"];
    REFUNDED = "refunded", "the day on which all was paid back", ["refunded_at", "refund_date"];
    REASON = "reason", "why the customer left", ["cancellation_reason", "churn_reason"];
    STATUS = "status", "whether the contract is `paused`; anything else is running", ["state"];
    BILLING_MONTHS = "billing_months", "how long the amount pays for: a number of months, or words such as `year` or `3 months`", ["interval_months", "billing_interval_months"];
    EXCHANGE_RATE = "rate", "worth of one unit of the currency, in the currency of the report", ["exchange_rate"];
    TIME = "time", "how long the customer was observed", ["duration", "tenure"];
    EVENT = "event", "whether the customer left: 1 or 0, yes or no, true or false", ["churn", "churned"];
    ENTRY = "entry", "tenure at which observation begins; 0 where it is empty", ["entered"];
    PERIOD_START = "period_start", "first day of the period the figures cover", [];
    PERIOD_END = "period_end", "last day of the period the figures cover", [];
    ACTIVE_DAYS = "active_days", "days of the period on which the customer was one", [];
    PURCHASE_DAYS = "purchase_days", "days of the period with a purchase", [];
}

/// The standard columns that hold numbers whatever the table is about: what one of them tells of how numbers are written holds for
/// those of the whole table. A `time` may be one of day, and is none of them.
pub const NUMBERS: &[Column] = &[
    AMOUNT,
    TRANSACTIONS,
    DEBIT,
    CREDIT,
    QUANTITY,
    CHARGE,
    DISCOUNT,
    TAX,
    FREQUENCY,
    RECENCY,
    AGE,
    MONETARY_VALUE,
    REFUNDS,
    HOLDOUT_TRANSACTIONS,
    HOLDOUT_AMOUNT,
    HOLDOUT_REFUNDS,
    PROFIT,
    RESIDUAL_CLV,
    MARGIN,
    NET_REVENUE,
    REVENUE,
    DIRECT_COST,
    UNIT_COST,
    TRANSACTION_COST,
    RELATIONSHIP_COST,
    SELLING_COST,
    COST_TO_SERVE,
    ACQUISITION_COST,
    BILLING_MONTHS,
    EXCHANGE_RATE,
    ACTIVE_DAYS,
    PURCHASE_DAYS,
];

/// Which columns of a file stand for which standard columns, as the user said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMap(BTreeMap<String, String>);

impl ColumnMap {
    /// Adds one `standard=Name in the file`.
    ///
    /// # Errors
    /// Where the text has no `=`, names no standard column, or names one twice.
    pub fn add(&mut self, text: &str) -> Result<()> {
        let (standard, named) = text.split_once('=').filter(|(_, named)| !named.is_empty()).ok_or_else(|| {
            Error::usage(format!("`--column {text}` names no column"))
                .hint("write the standard name, `=`, and the name in the file: `--column amount=Price`")
        })?;
        if !ALL.iter().any(|column| column.name == standard) {
            return Err(Error::usage(format!("`{standard}` is not a standard column"))
                .hint_nearest(standard, ALL.iter().map(|column| column.name)));
        }
        if self.0.insert(standard.into(), named.into()).is_some() {
            return Err(Error::usage(format!("`--column {standard}=…` is given twice")));
        }
        Ok(())
    }

    /// The name in the file that the user gave for a standard column.
    pub fn get(&self, column: Column) -> Option<&str> {
        self.0.get(column.name).map(String::as_str)
    }

    /// The same without what is said of some standard columns.
    #[must_use]
    pub fn without(&self, dropped: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(standard, _)| !dropped(standard));
        Self(kept.map(|(standard, named)| (standard.clone(), named.clone())).collect())
    }

    /// What the user said, as `standard=Name in the file`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(standard, named)| (standard.as_str(), named.as_str()))
    }
}

/// Where an amount stands: its column, and what another does to it where it is made of two.
pub type AmountPlace = (usize, Option<Second>);

/// The second of two columns that make an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// What the first is multiplied by.
    Factor(usize),
    /// What is taken off the first. Of both one may be empty, which counts as zero.
    Subtrahend(usize),
}

impl Second {
    /// Where it stands.
    pub fn column(self) -> usize {
        let (Self::Factor(column) | Self::Subtrahend(column)) = self;
        column
    }

    /// What both columns make, and what is done to them.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Factor(_) => ("product", "multiplied"),
            Self::Subtrahend(_) => ("difference", "subtracted"),
        }
    }

    /// What stands between the names of both columns.
    pub fn sign(self) -> char {
        match self {
            Self::Factor(_) => '*',
            Self::Subtrahend(_) => '-',
        }
    }
}

/// The names of the columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    file: String,
    names: Vec<String>,
    line: u64,
    has_titles: bool,
}

impl Header {
    /// The header of the file given.
    pub fn new(file: impl Into<String>, names: Vec<String>) -> Self {
        // Programs pad names to the width of their column. Where that alone tells two apart, it is part of them.
        let bare: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        let apart = |names: &[String]| names.iter().collect::<std::collections::HashSet<_>>().len();
        let names = if apart(&bare) < apart(&names) { names } else { bare };
        Self { file: file.into(), names, line: 1, has_titles: false }
    }

    /// The same in another line than the first.
    pub(crate) fn in_line(self, line: u64) -> Self {
        Self { line, ..self }
    }

    /// The same below lines that are neither names nor rows.
    pub(crate) fn below_titles(self) -> Self {
        Self { has_titles: true, ..self }
    }

    /// The line on which it begins, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The same where titles stand above it.
    pub fn line_below_titles(&self) -> Option<u64> {
        self.has_titles.then_some(self.line)
    }

    /// The file, as the user named it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The names, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where a standard column stands, counted from 0; `None` where the file does not have it.
    ///
    /// # Errors
    /// Where two columns answer to the name, or where the user named one that is not there.
    pub fn find(&self, column: Column, map: &ColumnMap) -> Result<Option<usize>> {
        let place = self.resolve(column, map, |name| Ok(self.exactly(name)?.map(|at| (at, None))));
        place.map(|place| place.map(|(at, _)| at)).map_err(|error| {
            let named = map.get(column).filter(|_| error.kind() == ErrorKind::Usage);
            // Two columns are only missing where one is looked for.
            match named.and_then(|named| Some((named, names_of(named).find_map(|name| self.second(name))?.words()))) {
                Some((named, (made, done))) => {
                    Error::usage(format!("`{}` is one column, and `{named}` is the {made} of two", column.name))
                        .at(Location::file(&self.file))
                        .hint(format!(
                            "add a column with the {made} to the file, and name that one: only amounts are {done} here"
                        ))
                }
                None => error,
            }
        })
    }

    /// Where a standard column stands, by what a name of the user's stands for, else by the column's own names.
    fn resolve(
        &self,
        column: Column,
        map: &ColumnMap,
        place: impl Fn(&str) -> Result<Option<AmountPlace>>,
    ) -> Result<Option<AmountPlace>> {
        let said = map.get(column);
        if let Some(named) = said {
            if let Some(found) = self.said(named, place)? {
                return Ok(Some(found));
            }
            if !named.ends_with('|') {
                return Err(self.no_column(named));
            }
        }
        let called = |wanted: &str| self.positions(|name| same_name(name, wanted));
        let only = |positions: Vec<usize>| match positions[..] {
            [] => Ok(None),
            [position] => Ok(Some((position, None))),
            [first, ..] => Err(self.doubled(&self.names[first])),
        };
        if let Some(found) = only(called(column.name))? {
            return Ok(Some(found));
        }
        // Who names the columns of an export means none but these.
        let aliases = if said.is_some() { &[] } else { column.aliases };
        for alias in aliases {
            let mut positions = called(alias);
            positions.retain(|position| !self.is_said_of_another(*position, column, map));
            if let Some(found) = only(positions)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Where the column stands that the user named, of several names the first that is there.
    fn said(&self, named: &str, place: impl Fn(&str) -> Result<Option<AmountPlace>>) -> Result<Option<AmountPlace>> {
        if let Some(at) = self.exactly(named)? {
            return Ok(Some((at, None)));
        }
        for name in names_of(named) {
            if let Some(found) = place(name)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether the file has what the user named: a column, one of several, or two that make an amount; what could be two is there.
    pub fn has(&self, named: &str) -> bool {
        !matches!(self.said(named, |name| self.named_amount(name)), Ok(None))
    }

    /// Whether the user said that a column is another standard one.
    fn is_said_of_another(&self, position: usize, column: Column, map: &ColumnMap) -> bool {
        let others = map.iter().filter(|(standard, _)| *standard != column.name);
        let mut places = others.map(|(_, named)| self.said(named, |name| self.named_amount(name)));
        places.any(|place| matches!(place, Ok(Some((at, None))) if at == position))
    }

    /// Where the column of exactly this name stands, which the file must have.
    ///
    /// # Errors
    /// `Usage`, with the nearest names, where it has none; `Data` where it has two.
    pub fn named(&self, name: &str) -> Result<usize> {
        self.exactly(name)?.ok_or_else(|| self.no_column(name))
    }

    /// The same; where no column has exactly this name, the one that the standard name stands for.
    ///
    /// # Errors
    /// As [`named`](Self::named).
    pub fn own_or_standard(&self, name: &str, map: &ColumnMap) -> Result<usize> {
        let own = self.exactly(name)?;
        let standard =
            || ALL.iter().find(|column| column.name == name).map(|column| self.find(*column, map)).transpose();
        let found = if own.is_some() { own } else { standard()?.flatten() };
        found.ok_or_else(|| self.no_column(name))
    }

    /// Whether a name is one of a standard column's own.
    pub(crate) fn is_named(&self, name: &str, column: Column) -> bool {
        std::iter::once(&column.name).chain(column.aliases).any(|own| same_name(name, own))
    }

    /// That no column has a name.
    pub fn no_column(&self, name: &str) -> Error {
        let hint = names_hint(name, self.names.iter().map(String::as_str));
        let hint = hint.unwrap_or_else(|| format!("{CHECK} its columns"));
        Error::usage(format!("no column is named `{name}`")).at(self.location()).hint(hint)
    }

    /// Where columns are missing: in the file; where it begins with titles, in the line that was taken for the header.
    fn location(&self) -> Location {
        match self.line_below_titles() {
            Some(line) => Location::line(&self.file, line),
            None => Location::file(&self.file),
        }
    }

    /// Where the column of exactly this name stands, whatever space is around it.
    fn exactly(&self, wanted: &str) -> Result<Option<usize>> {
        match self.positions(|name| name == wanted)[..] {
            [] if wanted != wanted.trim() => self.exactly(wanted.trim()),
            [] => Ok(None),
            [position] => Ok(Some(position)),
            [..] => Err(self.doubled(wanted)),
        }
    }

    /// Where an amount stands: in one column, or as the product or the difference of two, as in `--column
    /// 'amount=Quantity*UnitPrice'` and `--column 'amount=Credit-Debit'`. A column of that very name is one column.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn find_amount(&self, column: Column, map: &ColumnMap) -> Result<Option<AmountPlace>> {
        self.resolve(column, map, |name| self.named_amount(name))
    }

    /// Where the amount stands that the user named: the column of exactly this name, the product of two, or their difference.
    ///
    /// # Errors
    /// Where two columns have the name, or it could be the difference of these columns and of others.
    pub fn named_amount(&self, name: &str) -> Result<Option<AmountPlace>> {
        if let Some(at) = self.exactly(name)? {
            return Ok(Some((at, None)));
        }
        let both = |one: &str, other: &str| Ok(self.exactly(one)?.zip(self.exactly(other)?));
        if let Some((one, other)) = name.split_once('*')
            && let Some((one, factor)) = both(one, other)?
        {
            return Ok(Some((one, Some(Second::Factor(factor)))));
        }
        // A name may have a hyphen of its own.
        let mut found = None;
        for (at, _) in name.match_indices('-') {
            if let Some((one, subtrahend)) = both(&name[..at], &name[at + 1..])? {
                if found.is_some() {
                    return Err(Error::usage(format!("`{name}` could be the difference of two pairs of columns"))
                        .at(self.location())
                        .hint("rename one of them in the file"));
                }
                found = Some((one, Some(Second::Subtrahend(subtrahend))));
            }
        }
        Ok(found)
    }

    /// The second of two columns that a name means.
    fn second(&self, name: &str) -> Option<Second> {
        self.named_amount(name).ok().flatten().and_then(|(_, second)| second)
    }

    /// Where an amount stands that the file must have, as [`find_amount`](Self::find_amount) finds it.
    ///
    /// # Errors
    /// As [`require`](Self::require).
    pub fn require_amount(&self, column: Column, map: &ColumnMap) -> Result<AmountPlace> {
        match self.find_amount(column, map)? {
            Some(found) => Ok(found),
            None => Ok((self.require(column, map)?, None)),
        }
    }

    /// Where a standard column stands that the file must have.
    ///
    /// # Errors
    /// As [`find`](Self::find), and where the file does not have the column.
    pub fn require(&self, column: Column, map: &ColumnMap) -> Result<usize> {
        self.find(column, map)?.ok_or_else(|| {
            let mut looked_for: Vec<&str> = map.get(column).into_iter().flat_map(names_of).collect();
            if !looked_for.contains(&column.name) {
                looked_for.push(column.name);
            }
            let looked_for = joined(&looked_for, "or");
            let missing =
                Error::data(format!("no column is named {looked_for} ({})", column.meaning)).at(self.location());
            if self.looks_like_a_row() {
                return missing.hint(format!(
                    "the first line looks like a row: say `--no-header`, and `--column {}=1` for the first column; where it is a title, take it out",
                    column.name
                ));
            }
            if let Some(title) = self.title_hint() {
                return missing
                    .hint(format!("{title}; else say which column it is with `--column {}=NAME`", column.name));
            }
            let names = self.names.iter().map(String::as_str).filter(|name| !is_another(name, column));
            let near = nearest_hint(column.name, names);
            let near = near.unwrap_or_else(|| format!("{CHECK} what each column could be"));
            missing.hint(format!("say which one it is with `--column {}=NAME`; {near}", column.name))
        })
    }

    /// What to do where the first line names one column, which a title above the header does as well.
    pub(crate) fn title_hint(&self) -> Option<&'static str> {
        let named = self.names.iter().filter(|name| !name.trim().is_empty()).count();
        // A column that has no name is named by its place.
        (named == 1 && self.names[0] != "1").then_some(
            "the first line names one column, and no line below it is a header: where fields are separated in another way, say \
             `--delimiter`; where a title stands above the header, take it out",
        )
    }

    /// Whether a date or a number with decimals stands where names should.
    pub(crate) fn looks_like_a_row(&self) -> bool {
        self.names.iter().any(|name| {
            let marked = Marks::of(name.as_bytes()).is_some_and(|marks| marks != Marks::Silent);
            marked || DateFormat::is_date(name.as_bytes())
        })
    }

    fn positions(&self, matches: impl Fn(&str) -> bool) -> Vec<usize> {
        (0..self.names.len()).filter(|&position| matches(&self.names[position])).collect()
    }

    fn doubled(&self, name: &str) -> Error {
        Error::data(format!("two columns are named `{name}`"))
            .at(Location::line(&self.file, self.line))
            .hint("rename one of them in the file")
    }
}

/// Whether two names are the same but for case, spaces, `_` and `-`.
fn same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> String {
        name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}

/// More names than these are a list that nobody reads.
const LISTED: usize = 8;

/// Where to look for columns.
const CHECK: &str = "`custval check FILE` shows";

/// The names that are like the one given, the likest first, three at most; ties in the order given.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ranked: Vec<(f64, &str)> = names
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Whether a name that only looks like that of a column is another standard column's own.
fn is_another(name: &str, column: Column) -> bool {
    likeness(name, column.name) < PART && ALL.iter().any(|other| *other != column && same_name(name, other.name))
}

/// How like names are of which one is a part of the other.
const PART: f64 = 0.75;

/// From which likeness on a name may have been meant for another.
const LIKE: f64 = 0.5;

/// How alike two names are: the share of their letters that need not be changed, whatever their case (Damerau and Levenshtein),
/// and three quarters where one is a part of the other.
fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let is_part = |part: &str, whole: &str| part.chars().count() >= 3 && whole.contains(part);
    let part = if is_part(&one, &other) || is_part(&other, &one) { PART } else { 0.0 };
    strsim::normalized_damerau_levenshtein(&one, &other).max(part)
}

/// A hint at the names nearest to the one given: ``the nearest are `a` and `b` ``; `None` where none is near.
pub fn nearest_hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    match nearest(name, names)[..] {
        [] => None,
        [one] => Some(format!("the nearest is `{one}`")),
        ref several => Some(format!("the nearest are {}", list(several))),
    }
}

/// The same; where none is near and there are few, a hint at all of them.
pub fn names_hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    nearest_hint(name, names.iter().copied()).or_else(|| match names[..] {
        [] => None,
        [one] => Some(format!("there is only `{one}`")),
        ref few => (few.len() <= LISTED).then(|| format!("there are only {}", list(few))),
    })
}

impl Error {
    /// The same error with a hint at the nearest names, or at all where they are few.
    #[must_use]
    pub fn hint_nearest<'a>(self, name: &str, names: impl Iterator<Item = &'a str>) -> Self {
        match names_hint(name, names) {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

/// The names of several that are tried in their order.
fn names_of(named: &str) -> impl Iterator<Item = &str> {
    named.split('|').filter(|name| !name.is_empty())
}

/// Names as a list for people: `` `a`, `b` and `c` ``.
pub fn list(names: &[&str]) -> String {
    joined(names, "and")
}

/// The same with another word before the last.
fn joined(names: &[&str], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
        None => "none".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Header {
        Header::new("log.csv", names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn no_alias_names_two_columns_that_one_file_is_asked_for() {
        for column in ALL {
            for other in ALL.iter().filter(|other| other.name != column.name) {
                let shared: Vec<_> = column.aliases.iter().filter(|alias| other.aliases.contains(alias)).collect();
                assert!(shared.is_empty(), "{} and {} share {shared:?}", column.name, other.name);
            }
        }
    }

    #[test]
    fn case_and_separators_make_no_difference() {
        let header = header(&["Customer ID", "Order-Date", "AMOUNT"]);
        assert_eq!(header.find(CUSTOMER_ID, &ColumnMap::default()).unwrap(), Some(0));
        assert_eq!(header.find(DATE, &ColumnMap::default()).unwrap(), Some(1));
        assert_eq!(header.find(AMOUNT, &ColumnMap::default()).unwrap(), Some(2));
        assert_eq!(header.find(PROFIT, &ColumnMap::default()).unwrap(), None);
    }

    #[test]
    fn the_name_of_another_column_is_no_slip() {
        let hint = |names: &[&str]| {
            let refused = header(names).require(REVENUE, &ColumnMap::default()).unwrap_err();
            refused.hint_text().unwrap().rsplit("; ").next().unwrap().to_owned()
        };
        assert_eq!(hint(&["customer_id", "recency"]), "`custval check FILE` shows what each column could be");
        assert_eq!(hint(&["customer_id", "recency", "revenu"]), "the nearest is `revenu`");
        assert_eq!(hint(&["customer_id", "net_revenue"]), "the nearest is `net_revenue`");
    }

    #[test]
    fn what_the_user_named_wins_and_must_be_there() {
        let mut map = ColumnMap::default();
        map.add("amount=Price").unwrap();
        assert_eq!(header(&["amount", "Price"]).find(AMOUNT, &map).unwrap(), Some(1));
        let refused = header(&["amount", "Prices", "x"]).find(AMOUNT, &map).unwrap_err();
        assert_eq!(refused.to_string(), "log.csv: no column is named `Price`");
        assert_eq!(refused.hint_text(), Some("the nearest is `Prices`"));
    }

    #[test]
    fn an_amount_may_be_the_product_of_two_columns() {
        let mut map = ColumnMap::default();
        map.add("amount=Quantity * Unit Price").unwrap();
        let items = header(&["Unit Price", "Quantity"]);
        assert_eq!(items.require_amount(AMOUNT, &map).unwrap(), (1, Some(Second::Factor(0))));
        assert_eq!(header(&["Quantity * Unit Price", "Quantity"]).require_amount(AMOUNT, &map).unwrap(), (0, None));
        let refused = header(&["Quantity", "Price"]).require_amount(AMOUNT, &map).unwrap_err();
        assert_eq!(refused.to_string(), "log.csv: no column is named `Quantity * Unit Price`");
        let of_one_column = items.find(AMOUNT, &map).unwrap_err();
        assert_eq!(
            of_one_column.to_string(),
            "log.csv: `amount` is one column, and `Quantity * Unit Price` is the product of two"
        );
        let neither = header(&["Quantity", "Price"]).find(AMOUNT, &map).unwrap_err();
        assert_eq!(neither.to_string(), "log.csv: no column is named `Quantity * Unit Price`");
    }

    #[test]
    fn an_amount_may_be_the_difference_of_two_columns() {
        let find = |named: &str, names: &[&str]| {
            let mut map = ColumnMap::default();
            map.add(&format!("amount={named}")).unwrap();
            header(names).require_amount(AMOUNT, &map)
        };
        let less = |one, other| (one, Some(Second::Subtrahend(other)));
        assert_eq!(find("Credit - Debit", &["Debit", "Credit"]).unwrap(), less(1, 0));
        assert_eq!(find("Net-Total", &["Net", "Total", "Net-Total"]).unwrap(), (2, None));
        // Names have hyphens of their own, and a sign of a product in a name is none between two.
        assert_eq!(find("Credit-Amount-Debit-Amount", &["Credit-Amount", "Debit-Amount"]).unwrap(), less(0, 1));
        assert_eq!(find("in*-out*", &["in*", "out*"]).unwrap(), less(0, 1));
        let refused = find("a-b-c", &["a", "b-c", "a-b", "c"]).unwrap_err();
        assert_eq!(refused.to_string(), "log.csv: `a-b-c` could be the difference of two pairs of columns");
        let refused = find("Credit-Debit", &["Credit", "Debt"]).unwrap_err();
        assert_eq!(refused.to_string(), "log.csv: no column is named `Credit-Debit`");
        let mut map = ColumnMap::default();
        map.add("customer_id=a-b").unwrap();
        let refused = header(&["a", "b"]).find(CUSTOMER_ID, &map).unwrap_err();
        assert_eq!(refused.to_string(), "log.csv: `customer_id` is one column, and `a-b` is the difference of two");
        let hint = "add a column with the difference to the file, and name that one: only amounts are subtracted here";
        assert_eq!(refused.hint_text(), Some(hint));
    }

    #[test]
    fn the_first_of_several_names_that_is_there_counts() {
        let find = |named: &str, names: &[&str]| {
            let mut map = ColumnMap::default();
            map.add(&format!("amount={named}")).unwrap();
            header(names).find_amount(AMOUNT, &map).map_err(|error| error.to_string())
        };
        assert_eq!(find("Total|Net", &["Net", "Total"]), Ok(Some((1, None))));
        assert_eq!(find("Total|Net", &["Net", "Sum"]), Ok(Some((0, None))));
        assert_eq!(find("Total|Units*Price", &["Units", "Price"]), Ok(Some((0, Some(Second::Factor(1))))));
        assert_eq!(find("Total|Haben-Soll", &["Soll", "Haben"]), Ok(Some((1, Some(Second::Subtrahend(0))))));
        assert_eq!(find("Total|Net", &["amount"]), Err("log.csv: no column is named `Total|Net`".into()));
        assert_eq!(find("Total|Net|", &["x", "Amount"]), Ok(Some((1, None))));
        assert_eq!(find("Total|Net|", &["x"]), Ok(None));
        // An alias is none of the names.
        assert_eq!(find("Total|Net|", &["x", "price"]), Ok(None));
        assert_eq!(find("a|b", &["a|b", "b"]), Ok(Some((0, None))));
    }

    #[test]
    fn what_was_said_to_be_one_column_is_no_other_by_an_alias() {
        let mut map = ColumnMap::default();
        map.add("date=Day|Started|").unwrap();
        map.add("amount=Units*Cost").unwrap();
        let header = header(&["Started", "Units", "Cost"]);
        assert_eq!(header.find(START, &ColumnMap::default()).unwrap(), Some(0));
        assert_eq!((header.find(DATE, &map).unwrap(), header.find(START, &map).unwrap()), (Some(0), None));
        // What an amount is made of may be wanted for itself.
        assert_eq!(header.find(QUANTITY, &map).unwrap(), Some(1));
        // The standard name itself says more than what was said of it, and of two columns of an alias one is left.
        map.add("end=start").unwrap();
        assert_eq!(self::header(&["start"]).find(START, &map).unwrap(), Some(0));
        let mut map = ColumnMap::default();
        map.add("order_id=id").unwrap();
        assert_eq!(self::header(&["id", "ID"]).find(CUSTOMER_ID, &map).unwrap(), Some(1));
    }

    #[test]
    fn a_column_that_has_none_of_its_names_is_missing_under_all_of_them() {
        let mut map = ColumnMap::default();
        map.add("customer_id=Customer ID|Email|").unwrap();
        let missing = header(&["id", "date"]).require(CUSTOMER_ID, &map).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "log.csv: no column is named `Customer ID`, `Email` or `customer_id` (the customer, as text)"
        );
    }

    #[test]
    fn a_doubled_and_a_missing_column_are_refused_with_what_to_do() {
        let doubled = header(&["id", "date", "Date"]).require(DATE, &ColumnMap::default()).unwrap_err();
        assert_eq!(doubled.to_string(), "log.csv:1: two columns are named `date`");
        let missing = header(&["customer", "dat", "sum"]).require(DATE, &ColumnMap::default()).unwrap_err();
        assert_eq!(missing.to_string(), "log.csv: no column is named `date` (the day of the transaction)");
        assert_eq!(missing.hint_text(), Some("say which one it is with `--column date=NAME`; the nearest is `dat`"));
    }

    #[test]
    fn one_name_is_the_nearest_and_none_is_no_hint() {
        let hint = |names: &[&str]| nearest_hint("date", names.iter().copied());
        assert_eq!(hint(&[]), None);
        assert_eq!(hint(&["amount", "Datum"]).unwrap(), "the nearest is `Datum`");
        assert_eq!(hint(&["dte", "sum", "Date"]).unwrap(), "the nearest are `Date` and `dte`");
        assert_eq!(Error::usage("wrong").hint_nearest("x", std::iter::empty()).hint_text(), None);
    }

    #[test]
    fn what_is_not_alike_is_not_near_and_a_part_of_a_name_is() {
        let names = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "Country"];
        let near = |name: &str| nearest(name, names.into_iter());
        assert_eq!(near("amount"), [""; 0]);
        assert_eq!(near("date"), ["InvoiceDate"]);
        assert_eq!(near("price"), ["UnitPrice"]);
        let items = header(&names);
        let refused = items.require(AMOUNT, &ColumnMap::default()).unwrap_err();
        assert_eq!(
            refused.hint_text(),
            Some(
                "say which one it is with `--column amount=NAME`; `custval check FILE` shows what each column could be"
            )
        );
        let hint = |header: &Header| header.no_column("Betrag").hint_text().unwrap().to_owned();
        assert_eq!(hint(&header(&["a", "b", "c"])), "there are only `a`, `b` and `c`");
        assert_eq!(hint(&header(&["a"])), "there is only `a`");
        assert_eq!(hint(&header(&["x"; 9])), "`custval check FILE` shows its columns");
    }

    #[test]
    fn an_unknown_standard_column_gets_the_nearest_three() {
        let refused = ColumnMap::default().add("amout=Price").unwrap_err();
        assert_eq!(refused.to_string(), "`amout` is not a standard column");
        assert!(refused.hint_text().unwrap().starts_with("the nearest are `amount`"));
    }
}
