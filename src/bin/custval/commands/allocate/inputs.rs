//! The files of a run: named on the command line, or by the model.

use std::collections::BTreeMap;
use std::path::Path;

use custval::allocate::{
    Customers, File, Files, Ledger, Measures, Model, Period, Run, fits_several_periods, gather, read_ledger,
};
use custval::columns::{ALL, ColumnMap, Header};
use custval::scan::{ScanParams, headers};
use custval::wording;
use custval::{Error, ErrorKind, Location};

use super::Args;
use crate::load;
use crate::session::Session;

/// The inputs of a run.
const KINDS: [&str; 5] = ["ledger", "activities", "transactions", "customers", "drivers"];

/// Every file of a run, opened.
pub struct Opened {
    ledger: File,
    activities: Option<File>,
    transactions: Option<File>,
    customers: Option<File>,
    drivers: Option<File>,
}

impl Opened {
    /// Opens what the command line names, and else what the model does; what another model reads in the same way is opened once.
    ///
    /// # Errors
    /// A file that cannot be opened, a column that is none, a run without a ledger.
    pub fn open(
        args: &Args,
        model_file: &Path,
        model: &Model,
        params: &ScanParams,
        beside: Option<(&Model, &Self)>,
        session: &Session,
    ) -> anyhow::Result<Self> {
        let open = |kind: &'static str, named: &[String]| -> anyhow::Result<Option<File>> {
            let own = model.inputs.get(kind);
            let opened = beside.map(|(other, opened)| (other.inputs.get(kind), opened.file(kind)));
            if let Some((_, file)) = opened.filter(|(other, _)| *other == own) {
                return Ok(file.cloned());
            }
            let paths: Vec<String> = if named.is_empty() {
                let beside = |path: &String| {
                    let folder = model_file.parent().unwrap_or(Path::new(""));
                    folder.join(path).to_string_lossy().into_owned()
                };
                own.and_then(|input| input.path.as_ref()).map(beside).into_iter().collect()
            } else {
                named.to_vec()
            };
            if paths.is_empty() {
                return Ok(None);
            }
            let said = args.input.table.format.of_input(Some(kind)).params()?;
            let mut params = ScanParams {
                currency: model.currency.clone().unwrap_or_default(),
                pinned: said.pinned,
                delimiter: said.delimiter,
                input: Some(kind),
                ..params.clone()
            };
            if let Some(input) = own {
                let (said, own) = (&mut params.pinned, &input.written);
                said.decimal = said.decimal.or(own.decimal);
                said.dates = said.dates.take().or_else(|| own.dates.clone());
                said.zone = said.zone.take().or_else(|| own.zone.clone());
                said.encoding = said.encoding.or(own.encoding);
                if let (None, Some((delimiter, at))) = (params.delimiter, &input.delimiter) {
                    let parsed = delimiter.parse();
                    params.delimiter =
                        Some(parsed.map_err(|error| of_entry(&format!("inputs.{kind}.delimiter"), at, &error))?);
                }
            }
            // Standard input can be opened once.
            let inputs = match opened.and_then(|(_, file)| file) {
                Some(file) if !named.is_empty() => file.inputs.clone(),
                _ => session.open(&paths)?,
            };
            Ok(Some(File { inputs, params }))
        };
        let ledger = open("ledger", &args.ledger)?.ok_or_else(|| {
            Error::usage("there is no ledger to allocate")
                .at(Location::file(&model.file))
                .hint("name it with `--ledger FILE`, or as `path` under `[inputs.ledger]`")
        })?;
        let mut opened = Self {
            ledger,
            activities: open("activities", &args.activities)?,
            transactions: open("transactions", &args.transactions)?,
            customers: open("customers", &args.customers)?,
            drivers: open("drivers", &args.drivers)?,
        };
        opened.settle_columns(&params.columns, model)?;
        Ok(opened)
    }

    /// Has each file read by the columns that the command line names, as far as it has them, else by those of the model. A name that no
    /// file has is that of every one, so that whoever needs the column refuses it.
    fn settle_columns(&mut self, said: &ColumnMap, model: &Model) -> custval::Result<()> {
        let own = |kind: &str| model.inputs.get(kind).map(|input| &input.columns);
        for kind in KINDS {
            if let (Some(file), Some(own)) = (self.file_mut(kind), own(kind)) {
                file.params.columns = with_columns(said, own, kind)?;
            }
        }
        if said.iter().next().is_some() {
            let read = |kind| self.file(kind).map(|file| Ok((kind, headers(&file.inputs, &file.params)?)));
            let read: Vec<(&str, Vec<Header>)> = KINDS.into_iter().filter_map(read).collect::<custval::Result<_>>()?;
            let has = |headers: &[Header], standard: &str| {
                let named = said.iter().find(|(own, _)| *own == standard).map(|(_, named)| named);
                named.is_some_and(|named| headers.iter().any(|header| header.has(named)))
            };
            for (kind, headers) in &read {
                let of_others =
                    |standard: &str| !has(headers, standard) && read.iter().any(|(_, other)| has(other, standard));
                let said = said.without(of_others);
                let columns = own(kind).map_or(Ok(said.clone()), |own| with_columns(&said, own, kind))?;
                self.file_mut(kind).into_iter().for_each(|file| file.params.columns = columns.clone());
            }
        }
        KINDS.into_iter().try_for_each(|kind| match (self.file(kind), own(kind)) {
            (Some(file), Some(own)) => columns_are_there(file, own, kind),
            _ => Ok(()),
        })
    }

    fn file(&self, kind: &str) -> Option<&File> {
        match kind {
            "ledger" => Some(&self.ledger),
            "activities" => self.activities.as_ref(),
            "transactions" => self.transactions.as_ref(),
            "customers" => self.customers.as_ref(),
            "drivers" => self.drivers.as_ref(),
            _ => None,
        }
    }

    fn file_mut(&mut self, kind: &str) -> Option<&mut File> {
        match kind {
            "ledger" => Some(&mut self.ledger),
            "activities" => self.activities.as_mut(),
            "transactions" => self.transactions.as_mut(),
            "customers" => self.customers.as_mut(),
            "drivers" => self.drivers.as_mut(),
            _ => None,
        }
    }

    fn files(&self) -> impl Iterator<Item = &File> {
        KINDS.into_iter().filter_map(|kind| self.file(kind))
    }

    /// The names of all files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files().flat_map(|file| file.inputs.names())
    }

    /// Refuses what has no date when there are several runs of one period each.
    ///
    /// # Errors
    /// As [`fits_several_periods`].
    pub fn fits_several_periods(&self, model: &Model) -> custval::Result<()> {
        fits_several_periods(model, &self.ledger, self.activities.as_ref(), self.drivers.as_ref())
    }

    /// Runs a model on the files, over one period of the whole; the ledger of that period comes with the run.
    ///
    /// # Errors
    /// What cannot be read or used.
    pub fn run(
        &self,
        model: &Model,
        period: Period,
        whole: Period,
        by: &[String],
        session: &Session,
    ) -> anyhow::Result<(Run, Ledger)> {
        let booked = read_ledger(&self.ledger, model, period, &session.bar)?;
        booked.all.has_what_is_named(model)?;
        booked.falls_in(whole, &self.ledger)?;
        let receipt = &booked.receipt;
        for file in std::iter::once(&self.ledger).chain(&self.customers) {
            headers(&file.inputs, &file.params)?.iter().for_each(|header| session.say_titles(header));
        }
        let currency = model.currency.clone().unwrap_or_default();
        let mut said = format!(
            "ledger: read {} ({}), used {}",
            wording::counted(receipt.rows, "row"),
            wording::grouped_text(&currency.format(receipt.amount)),
            wording::grouped(receipt.used),
        );
        for (reason, aside) in &receipt.aside {
            let amount = wording::grouped_text(&currency.format(aside.amount));
            said += &format!("\n  set aside, {reason}: {} ({amount})", wording::counted(aside.rows, "row"));
        }
        session.messages.note(&said);
        let customers = self.customers.as_ref().map(|file| Customers::read(file, model, &session.bar)).transpose()?;
        let aside = self.customers.as_ref().zip(customers.as_ref().map(Customers::rejects));
        if let Some((_, rejects)) = aside.filter(|(_, rejects)| !rejects.is_empty()) {
            let mut said = "customers:".to_owned();
            for (reason, rows) in rejects.by_reason() {
                said += &format!("\n  set aside, {reason}: {}", wording::counted(rows, "row"));
            }
            session.messages.note(&said);
        }
        if let Some((file, customers)) = self.customers.as_ref().zip(customers.as_ref()) {
            let rejected = customers.rejects().by_reason().into_iter();
            session.note_rows(file.name(), customers.len(), rejected.map(|(reason, rows)| (reason.to_owned(), rows)));
            load::say_folded(file.name(), customers.len(), customers.folded_ids(), session);
        }
        let files = Files {
            activities: self.activities.as_ref(),
            transactions: self.transactions.as_ref(),
            customers: customers.as_ref(),
            drivers: self.drivers.as_ref(),
        };
        let measures = Measures::of(model, currency.decimals());
        let gathered = gather(files, model, &measures, period, by, &session.bar)?;
        for (name, receipt) in &gathered.receipts {
            let mut said = format!(
                "{name}: read {}, used {}",
                wording::counted(receipt.rows, "row"),
                wording::grouped(receipt.rows_used)
            );
            let titled = receipt.files.iter().filter_map(|file| file.read_as.header_text());
            titled.for_each(|text| said += &format!("\n  {text}"));
            for aside in &receipt.set_aside {
                said += &format!("\n  set aside, {}: {}", aside.reason, wording::counted(aside.rows, "row"));
            }
            session.messages.note(&(said + &load::merged_text(receipt)));
        }
        Ok((Run::new(model, &booked.ledger, &measures, gathered)?, booked.ledger))
    }
}

/// The columns of the command line, and those of the model where the command line says nothing.
fn with_columns(
    flags: &ColumnMap,
    own: &BTreeMap<String, (String, Location)>,
    kind: &str,
) -> custval::Result<ColumnMap> {
    let mut map = flags.clone();
    let said: Vec<String> = flags.iter().map(|(standard, _)| standard.to_owned()).collect();
    for (standard, (name, at)) in own.iter().filter(|(standard, _)| !said.contains(standard)) {
        map.add(&format!("{standard}={name}"))
            .map_err(|error| of_entry(&format!("inputs.{kind}.columns.{standard}"), at, &error))?;
    }
    Ok(map)
}

/// Refuses a column that the model names and a file does not have, at the entry that names it.
fn columns_are_there(file: &File, own: &BTreeMap<String, (String, Location)>, kind: &str) -> custval::Result<()> {
    if own.is_empty() {
        return Ok(());
    }
    let headers = headers(&file.inputs, &file.params)?;
    for (standard, (name, at)) in own {
        let Some(column) = ALL.iter().find(|column| column.name == standard) else { continue };
        if file.params.columns.get(*column) != Some(name) {
            continue;
        }
        for header in &headers {
            match header.find_amount(*column, &file.params.columns) {
                Err(error) if error.kind() == ErrorKind::Usage => {
                    let located = Error::usage(format!("{} in {}", error.message(), header.file()));
                    let located = error.hint_text().into_iter().fold(located, |located, hint| located.hint(hint));
                    return Err(of_entry(&format!("inputs.{kind}.columns.{standard}"), at, &located));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// What is wrong with the text of an entry, with its place in the model.
fn of_entry(path: &str, at: &Location, error: &Error) -> Error {
    let located = Error::usage(format!("`{path}`: {}", error.message())).at(at.clone());
    match error.hint_text() {
        Some(hint) => located.hint(hint),
        None => located,
    }
}
