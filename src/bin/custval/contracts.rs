//! From a file of subscriptions to contracts, their policy and the days observed: what churn, survival and cohorts share.

use std::path::{Path, PathBuf};

use custval::calendar::Grain;
use custval::churn::{
    Cancellation, FailedPayment, Free, Pauses, Policy, Refunds, Relationships, SubscriptionParams, Subscriptions,
    Window,
};
use custval::cohort::{Retention, cohorts_of_relationships};
use custval::columns::{DATE, END, EVENT, Header, REQUESTED, START, TIME, list};
use custval::exchange::{DatedRate, Exchange};
use custval::money::Currency;
use custval::scan::{self, Inputs, Policies, ScanParams, TextTable, Texts};
use custval::segments::Segments;
use custval::summary::PurchaseLog;
use custval::tables::Customers;
use custval::time::Day;
use custval::wording::{counted, grouped, verb};
use custval::{Error, Location};
use serde_json::{Value, json};

use crate::load;
use crate::options::{FormatOptions, parsed, refuse_twice, whole_days};
use crate::policies::{self, RowPolicyOptions};
use crate::session::Session;

/// Which customers are looked at together.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Segments")]
pub struct SegmentOptions {
    /// Columns that make a segment: of the file (of a log as the first purchase of the customer says), or of --customers; one of the
    /// name of another column of a table is `segment_NAME` there
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub by: Vec<String>,
    /// A table of one row a customer that has the columns of --by
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
}

/// Where a column of segments may be that a file does not have.
pub const OF_CUSTOMERS: &str = "where a table of customers has it, name that with `--customers FILE`";

/// Currencies of contracts, or of a log in their place.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Contracts")]
pub struct ExchangeOptions {
    /// Rates of the currencies in the file: a table of `currency`, `date`, `rate`
    #[arg(long, value_name = "FILE")]
    exchange_rates: Option<PathBuf>,
}

/// What a row of subscriptions means.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Contracts")]
pub struct ContractOptions {
    /// `end` holds the last day of a contract, not the first day after it
    #[arg(long)]
    end_is_last_day: bool,
    /// Take an end shared by most contracts as the day of the export (`auto`), or every end as an end (`none`)
    #[arg(long, value_name = "auto|none", default_value = "auto", value_parser = ["auto", "none"])]
    export_date: String,
    /// The first day observed; the default is the first start
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    pub from: Option<Day>,
    /// The last day observed; the default is the last day the contracts tell of: of a start, before an end, or of a request, a
    /// failed payment or a refund
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    pub as_of: Option<Day>,
}

/// Which rules say that somebody left.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Policy")]
pub struct PolicyOptions {
    /// A set of rules by its name; `custval churn compare FILE --table rules` lists them
    #[arg(long, value_name = "NAME", default_value = "contract-end", value_parser = parsed::<Policy>)]
    policy: Policy,
    /// A gap between contracts shorter than this is no departure, as in `7d`
    #[arg(long, value_name = "LENGTH", value_parser = gap_days)]
    gap: Option<u32>,
    /// When a cancellation counts: on the day of the `request`, or at the `end` of the contract
    #[arg(long, value_name = "request|end", value_parser = parsed::<Cancellation>)]
    cancellation: Option<Cancellation>,
    /// When a failed payment counts: so many days after it (`30d`), at the `end`, or `never`
    #[arg(long, value_name = "DAYS|end|never", value_parser = parsed::<FailedPayment>)]
    failed_payment: Option<FailedPayment>,
    /// Who pauses will `stay` or `leave`
    #[arg(long, value_name = "stay|leave", value_parser = parsed::<Pauses>)]
    pauses: Option<Pauses>,
    /// A refund of a contract is `ignored`, a departure (`leave`), or makes the contract `void`; refunds of a log are
    /// `net`, `separate` or `drop`, as for `custval summary`
    #[arg(long, value_name = "ignored|leave|void", value_parser = refunds)]
    refunds: Option<Refunded>,
    /// Contracts of zero are `counted` or kept `apart`
    #[arg(long, value_name = "counted|apart", value_parser = parsed::<Free>)]
    free: Option<Free>,
}

/// What refunds mean: to a table of contracts or to a log, which is not known before the file is.
#[derive(Debug, Clone, Copy)]
enum Refunded {
    OfContracts(Refunds),
    OfLog(scan::Refunds),
}

fn refunds(text: &str) -> Result<Refunded, String> {
    let of_contracts = text.parse().map(Refunded::OfContracts);
    of_contracts.or_else(|_| text.parse().map(Refunded::OfLog)).map_err(|_| {
        format!(
            "`{text}` is nothing that refunds can be\nhint: of contracts say `ignored`, `leave` or `void`, of a log `net`, \
             `separate` or `drop`"
        )
    })
}

/// A number of days of zero or more, written as a length.
fn gap_days(text: &str) -> Result<u32, String> {
    if matches!(text, "0" | "0d") { Ok(0) } else { whole_days(text).map(|length| length.days().round() as u32) }
}

impl PolicyOptions {
    /// The policy named, with the rules that were said one by one.
    pub fn policy(&self) -> Policy {
        let mut policy = self.policy.clone();
        let named = policy.clone();
        policy.gap_days = self.gap.unwrap_or(policy.gap_days);
        policy.cancellation = self.cancellation.unwrap_or(policy.cancellation);
        policy.failed_payment = self.failed_payment.unwrap_or(policy.failed_payment);
        policy.pauses = self.pauses.unwrap_or(policy.pauses);
        if let Some(Refunded::OfContracts(refunds)) = self.refunds {
            policy.refunds = refunds;
        }
        policy.free = self.free.unwrap_or(policy.free);
        if policy != named { policy.changed() } else { policy }
    }

    /// What becomes of the refunds of a log.
    fn refunds_of_log(&self) -> scan::Refunds {
        match self.refunds {
            Some(Refunded::OfLog(refunds)) => refunds,
            Some(Refunded::OfContracts(_)) | None => scan::Refunds::default(),
        }
    }

    /// Refuses flags about contracts, and more of a command's own, where the file is a log of purchases.
    ///
    /// # Errors
    /// Where one was said.
    pub fn refuse_for_log(&self, own: &[&str], file: &str, session: &Session) -> custval::Result<()> {
        session.refuse_flags(
            &[&CONTRACT_FLAGS, own].concat(),
            file,
            "belongs to contracts, and this is a log of purchases",
            "leave it out, or give a table of contracts with `start` and `end`",
        )?;
        let Some(Refunded::OfContracts(_)) = self.refunds else { return Ok(()) };
        session.refuse_flags(
            &["refunds"],
            file,
            "says what refunds are to contracts, and this is a log of purchases",
            "say `net`, `separate` or `drop`, or leave it out",
        )
    }

    /// Refuses flags about purchases where the file is a table of contracts.
    ///
    /// # Errors
    /// Where one was said.
    pub fn refuse_for_contracts(&self, of_logs: &[&str], file: &str, session: &Session) -> custval::Result<()> {
        session.refuse_flags(
            of_logs,
            file,
            "belongs to logs of purchases, and this is a table of contracts",
            "leave it out, or give a log with `date` and `amount`",
        )?;
        let Some(Refunded::OfLog(_)) = self.refunds else { return Ok(()) };
        session.refuse_flags(
            &["refunds"],
            file,
            "says what refunds are to a log of purchases, and this is a table of contracts",
            "say `ignored`, `leave` or `void`, or leave it out",
        )
    }
}

/// Subscriptions, ready to be counted.
pub struct Loaded {
    /// The file of the contracts.
    pub file: String,
    /// The contracts and what their places stand for.
    pub subscriptions: Subscriptions,
    /// The first day observed.
    pub from: Day,
    /// The last day observed.
    pub as_of: Day,
    /// The files for the receipt.
    /// What the receipt says of them.
    pub figures: Value,
}

/// Flags of [`ContractOptions`] and [`PolicyOptions`] that a log of purchases has no use for.
const CONTRACT_FLAGS: [&str; 7] =
    ["end-is-last-day", "export-date", "gap", "cancellation", "failed-payment", "pauses", "free"];
/// The others of both.
const OTHER_FLAGS: [&str; 4] = ["from", "as-of", "policy", "refunds"];

/// Refuses flags about contracts, and more of a command's own, where the file is a table of durations.
///
/// # Errors
/// Where one was said.
pub fn refuse_for_durations(own: &[&str], file: &str, session: &Session) -> custval::Result<()> {
    session.refuse_flags(
        &[&CONTRACT_FLAGS[..], &OTHER_FLAGS, own].concat(),
        file,
        "belongs to contracts, and this is a table of durations",
        "leave it out, or give a table of contracts with `start` and `end`",
    )
}

/// Reads contracts as a command does that is asked for nothing more.
///
/// # Errors
/// What it cannot use.
pub fn read(table: &TextTable, params: &ScanParams, named: Option<&Currency>, command: &str) -> custval::Result<()> {
    let of_contracts = SubscriptionParams {
        columns: params.columns.clone(),
        currency: named.cloned(),
        ..SubscriptionParams::default()
    };
    let read = Subscriptions::from_table(table, &of_contracts)?;
    let at = |error: Error| error.at(Location::file(table.header().file()));
    match command {
        // It adds money up, whose currencies must be one.
        "churn" => exchange_of(&read, None).map(drop).map_err(at),
        "cohort" => somebody_joins(&read).map_err(at),
        _ => Ok(()),
    }
}

/// That somebody joined after the first day, or on it where no period begins with it.
fn somebody_joins(subscriptions: &Subscriptions) -> custval::Result<()> {
    let contracts = &subscriptions.contracts;
    let Some((first, last)) = contracts.first_start().zip(contracts.last_day()) else { return Ok(()) };
    let window = Window::new(Grain::default(), first, last)?;
    let relationships = Relationships::new(contracts, &Policy::default(), last);
    let (_, before) = cohorts_of_relationships(&relationships, &window, &Exchange::none(), Retention::default());
    if before < u64::from(contracts.customers()) { Ok(()) } else { Err(nobody_joined()) }
}

/// That there is no cohort.
pub fn nobody_joined() -> Error {
    Error::data("everybody was there when observation began, so nobody is known to have joined")
        .hint("if they did join on the first day of the file, give `--from` the day before it")
}

/// The exchange of the currencies of contracts into that of the report, where there is more than that one.
fn exchange_of(subscriptions: &Subscriptions, rates: Option<&[DatedRate]>) -> custval::Result<Exchange> {
    let codes: Vec<&str> = subscriptions.currencies.iter().filter_map(Currency::code).collect();
    if codes.len() > 1 && subscriptions.currency.code().is_none() {
        return Err(Error::data(format!("amounts are in several currencies: {}", list(&codes))).hint(
            "convert them into one with `--currency CODE` and `--exchange-rates FILE`, or keep one currency a run",
        ));
    }
    let exchange = if subscriptions.currencies.len() < 2 && rates.is_none() {
        Exchange::none()
    } else {
        Exchange::new(&subscriptions.currencies, &subscriptions.currency, rates.unwrap_or_default())?
    };
    subscriptions.contracts.check_sums(&exchange)?;
    Ok(exchange)
}

/// Whether a file is one of subscriptions, by its columns; otherwise a log, where it has dates.
pub fn is_subscriptions(header: &Header, params: &ScanParams) -> bool {
    // Of two that could be it one is there, and which of them is asked by whoever reads it.
    let has = |column| !matches!(header.find(column, &params.columns), Ok(None));
    has(START) || !has(DATE)
}

impl SegmentOptions {
    /// That every column is named once.
    ///
    /// # Errors
    /// Where one is named twice, or a table of customers that no column is asked of.
    pub fn check(&self) -> custval::Result<()> {
        refuse_twice("by", &self.by)?;
        match &self.customers {
            Some(path) if self.by.is_empty() => Err(Error::usage("nothing is asked of the table of customers")
                .at(Location::file(path.display().to_string()))
                .hint("name the columns of it that make segments with `--by`, or leave `--customers` out")),
            _ => Ok(()),
        }
    }

    /// The subscriptions with the segments that a table of customers says, where there is one.
    fn attach(
        &self,
        subscriptions: Subscriptions,
        params: &ScanParams,
        session: &Session,
    ) -> anyhow::Result<Subscriptions> {
        let Some(customers) = self.read(params, session)? else { return Ok(subscriptions) };
        let segments = customers.segments(&subscriptions.ids, "contract", session)?;
        Ok(subscriptions.with_customer_segments(segments))
    }

    /// What a table says of the customers of a log, read and checked before the log is; none where columns of the log itself
    /// make the segments.
    ///
    /// # Errors
    /// Where the log does not have the columns asked for and no table is named, and what cannot be read.
    pub fn read_for_log(
        &self,
        headers: &[Header],
        params: &ScanParams,
        session: &Session,
    ) -> anyhow::Result<Option<KnownCustomers<'_>>> {
        self.check()?;
        for header in headers {
            for column in self.of_log() {
                header.named(column).map_err(|error| error.or_hint(OF_CUSTOMERS))?;
            }
        }
        self.read(params, session)
    }

    /// The columns of a log that make segments.
    pub fn of_log(&self) -> &[String] {
        if self.customers.is_some() { &[] } else { &self.by }
    }

    /// The table of customers, where there is one.
    fn read(&self, params: &ScanParams, session: &Session) -> anyhow::Result<Option<KnownCustomers<'_>>> {
        let Some(path) = &self.customers else { return Ok(None) };
        let (_, customers) =
            load::table_for(path, params, session, |table| Customers::from_table(table, &params.columns))?;
        customers.require(&self.by)?;
        Ok(Some(KnownCustomers { path, by: &self.by, customers }))
    }
}

/// A table of customers that has the columns of segments.
pub struct KnownCustomers<'a> {
    path: &'a Path,
    by: &'a [String],
    customers: Customers,
}

impl KnownCustomers<'_> {
    /// The segments of the customers given; who is missing on either side is said, the customers of the table by what they lack.
    ///
    /// # Errors
    /// Where the two cannot be joined.
    fn segments(&self, ids: &Texts, lack: &str, session: &Session) -> anyhow::Result<Segments> {
        let attached = self.customers.attach(ids, self.by)?;
        if attached.unknown + attached.unused > 0 {
            session.messages.note(&format!(
                "joined {}: {} of {} are not in it, {} of it {} no {lack}",
                self.path.display(),
                grouped(attached.unknown as u64),
                counted(ids.len() as u64, "customer"),
                counted(attached.unused as u64, "customer"),
                verb(attached.unused as u64, "has", "have"),
            ));
        }
        let columns: Vec<Texts> = attached
            .columns
            .iter()
            .map(|column| Ok(column.str()?.iter().map(|text| text.unwrap_or("").to_owned()).collect()))
            .collect::<anyhow::Result<_>>()?;
        Ok(Segments::of_columns(&columns.iter().collect::<Vec<_>>()))
    }
}

/// The segments of the customers of a log: those of a table of customers, where there is one, else those of its own columns.
///
/// # Errors
/// As [`KnownCustomers::segments`].
pub fn segments_of_log(
    known: Option<KnownCustomers<'_>>,
    log: &PurchaseLog,
    by: &[String],
    session: &Session,
) -> anyhow::Result<Segments> {
    if let Some(known) = known {
        return known.segments(&log.ids, "purchase", session);
    }
    if log.varying > 0 {
        session.messages.note(&format!(
            "{} of {} {} purchases with another {} than the first, whose segment counts",
            grouped(log.varying),
            counted(log.ids.len() as u64, "customer"),
            verb(log.varying, "has", "have"),
            by.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(" or "),
        ));
    }
    Ok(log.segments.clone())
}

/// A segment by its values, for a chart.
pub fn segment_name(values: &[String]) -> String {
    let shown = |value: &String| if value.is_empty() { "(none)".to_owned() } else { value.clone() };
    values.iter().map(shown).collect::<Vec<_>>().join("/")
}

impl ExchangeOptions {
    /// How a log of purchases is read in the place of contracts.
    ///
    /// # Errors
    /// Where the exchange rates cannot be read.
    pub fn params_of_log(
        &self,
        rows: &RowPolicyOptions,
        policy: &PolicyOptions,
        format: &FormatOptions,
        params: &ScanParams,
        session: &Session,
    ) -> anyhow::Result<ScanParams> {
        let exchange = self.exchange_rates.as_ref();
        let exchange = exchange.map(|path| policies::exchange_of_log(path, format, params, session)).transpose()?;
        let params = rows.params_of_log(params.clone());
        let policies = Policies { refunds: policy.refunds_of_log(), ..params.policies };
        Ok(ScanParams { exchange, policies, ..params })
    }

    /// The exchange rates into the currency of the report, where there is more than that one.
    ///
    /// # Errors
    /// Where the rates cannot be read, one is missing, or the amounts are too large to be added up.
    pub fn exchange(&self, loaded: &Loaded, format: &FormatOptions, session: &Session) -> anyhow::Result<Exchange> {
        let rates = self.exchange_rates.as_ref().map(|path| policies::rates_of(path, format, session)).transpose()?;
        let exchange = exchange_of(&loaded.subscriptions, rates.as_deref());
        Ok(exchange.map_err(|error| error.at(Location::file(&loaded.file)))?)
    }
}

impl ContractOptions {
    /// Reads subscriptions.
    ///
    /// # Errors
    /// What cannot be read or used.
    pub fn load(
        &self,
        inputs: &Inputs,
        segments: &SegmentOptions,
        params: &ScanParams,
        named: Option<&Currency>,
        session: &Session,
    ) -> anyhow::Result<Loaded> {
        self.load_with_table(inputs, segments, params, named, session).map(|(loaded, _)| loaded)
    }

    /// Reads subscriptions and keeps their table.
    ///
    /// # Errors
    /// What cannot be read or used.
    pub fn load_with_table(
        &self,
        inputs: &Inputs,
        segments: &SegmentOptions,
        params: &ScanParams,
        named: Option<&Currency>,
        session: &Session,
    ) -> anyhow::Result<(Loaded, TextTable)> {
        segments.check()?;
        let of_contracts = SubscriptionParams {
            columns: params.columns.clone(),
            currency: named.cloned(),
            by: if segments.customers.is_some() { Vec::new() } else { segments.by.clone() },
            end_is_last_day: self.end_is_last_day,
        };
        let (table, subscriptions) = load::columns_of(inputs, params, session, load::all_texts, |table| {
            Subscriptions::from_table(table, &of_contracts)
        })?;
        let name = table.header().file();
        let mut subscriptions = segments.attach(subscriptions, params, session)?;
        session.messages.note(&format!(
            "read {} of {} of {name}",
            counted(table.len() as u64, "contract"),
            counted(subscriptions.ids.len() as u64, "customer")
        ));
        let placeholders = subscriptions.placeholder_ends;
        if placeholders > 0 {
            session.messages.note(&format!(
                "{} {} such as `9999-12-31` or `NULL`: {}",
                counted(placeholders, "end"),
                verb(placeholders, "is a placeholder", "are placeholders"),
                verb(placeholders, "that contract goes on", "those contracts go on")
            ));
        }
        let has = |column| matches!(table.header().find(column, &params.columns), Ok(Some(_)));
        if !has(END) {
            let requests = if has(REQUESTED) { " (`--policy on-request` takes requests for ends)" } else { "" };
            session.messages.warning(&format!(
                "no column of {name} says when a contract ends, so nobody leaves: name it with `--column end=NAME`{requests}"
            ));
        }
        let doubts = subscriptions.contracts.doubts();
        if doubts.overlapping_customers > 0 {
            session.messages.note(&format!(
                "contracts overlap of {}: each counts once, and the amounts add",
                counted(doubts.overlapping_customers, "customer")
            ));
        }
        let mut as_of = self.as_of.or(subscriptions.contracts.last_day());
        let mut export_date = None;
        if let Some(end) = doubts.export_date.filter(|_| self.export_date == "auto") {
            // As the file has it.
            let day = if self.end_is_last_day { Day(end.0 - 1) } else { end };
            let becomes = if self.as_of.is_some_and(|as_of| as_of > day) {
                "taken as departures, since `--as-of` is later; if it is the day of the export, leave `--as-of` out"
            } else {
                subscriptions.contracts = subscriptions.contracts.open_at(end);
                as_of = self.as_of.or(Some(day));
                export_date = Some(day);
                "taken as the day of the export, and those customers as still there (`--export-date none` takes it as an end)"
            };
            session.messages.warning(&format!(
                "{} of {} contracts end on {day}, the last end of all: {becomes}",
                grouped(doubts.at_export_date),
                grouped(table.len() as u64)
            ));
        }
        let as_of = as_of.ok_or_else(|| Error::data("there is no contract"))?;
        let from = self.from.or(subscriptions.contracts.first_start()).unwrap_or(as_of);
        if as_of < from {
            return Err(Error::usage(format!("the observation ends on `{as_of}`, before it begins on `{from}`"))
                .hint("give `--as-of` a day after the first start, or `--from` an earlier one")
                .into());
        }
        let figures = json!({
            "contracts": table.len(),
            "customers": subscriptions.ids.len(),
            "placeholder_ends": subscriptions.placeholder_ends,
            "overlapping_customers": doubts.overlapping_customers,
            "export_date": export_date,
            "from": from,
            "as_of": as_of,
            "currency": subscriptions.currency.code(),
        });
        Ok((Loaded { file: name.to_owned(), subscriptions, from, as_of, figures }, table))
    }
}

/// The relationships that contracts make under a policy; says which contracts count in none.
pub fn relationships(loaded: &Loaded, policy: &Policy, session: &Session) -> Relationships {
    let found = Relationships::new(&loaded.subscriptions.contracts, policy, loaded.as_of);
    if found.not_started > 0 {
        session.messages.note(&format!(
            "left out {} that {} after the last day observed",
            counted(found.not_started, "contract"),
            if found.not_started == 1 { "starts" } else { "start" }
        ));
    }
    if found.unsettled > 0 {
        session.messages.note(&format!(
            "{} {} less than {} before the last day observed: who returns within that gap has not left",
            counted(found.unsettled, "customer"),
            verb(found.unsettled, "leaves", "leave"),
            counted(policy.gap_days.into(), "day")
        ));
    }
    if found.left_out > 0 {
        session.messages.note(&format!(
            "left out {} that {} not count under the policy",
            counted(found.left_out, "contract"),
            if found.left_out == 1 { "does" } else { "do" }
        ));
    }
    found
}

/// The place of an id among ids in byte order.
pub fn find(ids: &Texts, id: &[u8]) -> Option<usize> {
    let (mut low, mut high) = (0, ids.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match ids.get(middle).cmp(id) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// That a file is one of durations, where its columns say so and not when anything began.
///
/// # Errors
/// Where that is so.
pub fn refuse_durations(header: &Header, params: &ScanParams, command: &str) -> custval::Result<()> {
    let has = |column| matches!(header.find(column, &params.columns), Ok(Some(_)));
    if has(START) || has(DATE) || !has(TIME) || !has(EVENT) {
        return Ok(());
    }
    Err(Error::data("is a table of durations, which say nothing of when customers joined")
        .at(Location::file(header.file()))
        .hint(format!(
            "`custval survival` takes durations; for `custval {command}` say which column holds the first day with `--column start=NAME`"
        )))
}
