//! Which columns of a log are read, and what each row adds to which measure.

use hashbrown::HashMap;

use super::File;
use crate::allocate::equation::Compiled;
use crate::allocate::model::{Activity, Driver, Model};
use crate::allocate::usage::{Measure, Measures};
use crate::columns::{
    ACTIVITY, AMOUNT, CHARGE, CUSTOMER_ID, Column, DATE, DISCOUNT, DRIVER, Header, ORDER_ID, QUANTITY, TAX,
};
use crate::scan::{Holds, TextColumn, Wanted, headers};
use crate::{Error, Location, Result};

/// Where a value of a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// A text column of the batch.
    Text(usize),
    /// The amount of a transaction.
    Amount,
}

/// What a row adds.
#[derive(Debug, Clone)]
pub(super) enum Quantity {
    /// One.
    One,
    /// What a column says.
    Column(Slot),
    /// The units of a transaction, where it is no refund.
    Units(Slot),
    /// The amount of a transaction, where it is no refund.
    Revenue,
    /// One for each order, however many rows it has.
    Order(Slot),
}

/// One thing to do with a row.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub measure: usize,
    pub quantity: Quantity,
    pub money: bool,
    pub equation: Option<(Compiled, Vec<Slot>)>,
}

/// What is done with the rows of a log.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub kind: Kind,
    pub wanted: Wanted,
    pub file_names: Vec<String>,
    pub texts: Vec<String>,
    pub has_date: bool,
    /// The measures that this log adds to.
    pub measures: Vec<usize>,
    /// The column that names the activity or driver of a row.
    pub name: Option<usize>,
    pub steps_by_name: HashMap<Vec<u8>, Vec<Step>>,
    /// For every row of a log whose rows have no name.
    pub steps: Vec<Step>,
    /// The dimensions that stand in the rows themselves, where this log has them.
    pub dimensions: Vec<Option<usize>>,
    /// Of activities: what an event itself cost.
    pub charge: Option<usize>,
    /// Of transactions: discount, tax and units.
    pub discount: Option<usize>,
    pub tax: Option<usize>,
    pub units: Option<usize>,
}

/// Which log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Activities,
    Drivers,
    Transactions,
}

/// Who asks for a column by its name: an entry of the model with its place, or a flag.
struct Asked<'a> {
    entry: String,
    at: Option<&'a Location>,
}

impl Asked<'_> {
    fn refuse(&self, message: &str) -> Error {
        let error = Error::usage(format!("`{}` {message}", self.entry));
        match self.at {
            Some(at) => error.at(at.clone()),
            None => error,
        }
    }
}

/// The refusal of a column that an activity's driver asks for and the file does not have.
pub(super) fn missing(model: &Model, measure: &Measure, name: &str, file: &str, names: &[String]) -> Error {
    asked_by(model, measure)
        .refuse(&format!("asks for a column `{name}`, which {file} does not have"))
        .hint_nearest(name, names.iter().map(String::as_str))
}

/// The entry of the model that a measure comes from.
fn asked_by<'a>(model: &'a Model, measure: &Measure) -> Asked<'a> {
    let key = if matches!(measure.driver, Driver::Log { .. }) { "quantity" } else { "driver" };
    let of_measure =
        |activity: &Activity| activity.driver == measure.driver && activity.method.charges_money() == measure.money;
    let (name, activity) =
        model.activities.iter().find(|(_, one)| of_measure(one)).expect("every measure is one of an activity");
    Asked { entry: format!("activities.{name}.{key}"), at: Some(activity.at.of(key)) }
}

struct Build<'b> {
    headers: &'b [Header],
    file: &'b File,
    texts: Vec<(String, TextColumn, Holds)>,
}

impl Build<'_> {
    fn position(&self, column: Column) -> Result<Option<usize>> {
        self.headers[0].find(column, &self.file.params.columns)
    }

    fn name_of(&self, column: Column) -> Result<Option<String>> {
        Ok(self.position(column)?.map(|at| self.headers[0].names()[at].clone()))
    }

    /// A standard column that is there.
    fn standard(&mut self, column: Column, holds: Holds) -> Result<Option<usize>> {
        let Some(name) = self.name_of(column)? else { return Ok(None) };
        Ok(Some(self.slot_of(name, TextColumn::Required(column), holds)))
    }

    fn slot_of(&mut self, name: String, column: TextColumn, holds: Holds) -> usize {
        let slot = self.texts.iter().position(|(known, ..)| *known == name).unwrap_or_else(|| {
            self.texts.push((name, column, holds));
            self.texts.len() - 1
        });
        // A column that is read as a number once tells how numbers are written.
        let known = &mut self.texts[slot].2;
        *known = holds.max(*known);
        slot
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().all(|header| header.names().iter().any(|known| known == name))
    }

    /// A column by its name in the file, which has it.
    fn named(&mut self, name: &str, kind: Kind, holds: Holds, asked: &Asked<'_>) -> Result<Slot> {
        for (column, what) in [(CUSTOMER_ID, "the customer"), (DATE, "the date")] {
            if self.name_of(column)?.is_some_and(|known| known == name) {
                return Err(asked.refuse(&format!("names `{name}`, which holds {what}")).hint("name another column"));
            }
        }
        if kind == Kind::Transactions {
            let amount = self.headers[0].find_amount(AMOUNT, &self.file.params.columns)?;
            if amount.is_some_and(|(at, second)| second.is_none() && self.headers[0].names()[at] == name) {
                return Ok(Slot::Amount);
            }
        }
        Ok(Slot::Text(self.slot_of(name.to_owned(), TextColumn::Named(name.to_owned()), holds)))
    }

    /// A column that the driver of a measure names.
    fn driver_column(&mut self, name: &str, measure: &Measure, model: &Model, kind: Kind) -> Result<Slot> {
        if !self.has(name) {
            let header = &self.headers[0];
            return Err(missing(model, measure, name, header.file(), header.names()));
        }
        let holds = if measure.money { Holds::Money } else { Holds::Quantities };
        self.named(name, kind, holds, &asked_by(model, measure))
    }

    fn step(&mut self, position: usize, measure: &Measure, model: &Model, kind: Kind) -> Result<Step> {
        let holds = if measure.money { Holds::Money } else { Holds::Quantities };
        let quantity = match &measure.driver {
            Driver::Log { column: Some(column), .. } => {
                Quantity::Column(self.driver_column(column, measure, model, kind)?)
            }
            Driver::Log { column: None, .. } if measure.money => match self.standard(CHARGE, Holds::Money)? {
                Some(slot) => Quantity::Column(Slot::Text(slot)),
                None => {
                    return Err(Error::usage("no column is named `charge` (what the event itself cost)")
                        .at(Location::file(self.headers[0].file()))
                        .hint("name it in the activity: `quantity = \"NAME\"`"));
                }
            },
            Driver::Log { column: None, .. } | Driver::File(_) => match self.standard(QUANTITY, holds)? {
                Some(slot) => Quantity::Column(Slot::Text(slot)),
                None => Quantity::One,
            },
            Driver::Transactions(what) => match what.as_str() {
                "lines" => Quantity::One,
                "orders" => match self.standard(ORDER_ID, Holds::Text)? {
                    Some(slot) => Quantity::Order(Slot::Text(slot)),
                    None => Quantity::One,
                },
                "units" => match self.standard(QUANTITY, holds)? {
                    Some(slot) => Quantity::Units(Slot::Text(slot)),
                    None => {
                        return Err(Error::usage("no column is named `quantity` (how many), which the driver `transactions.units` asks for")
                            .at(Location::file(self.headers[0].file()))
                            .hint("say which one it is with `columns = { quantity = \"NAME\" }` under `[inputs.transactions]`"));
                    }
                },
                "revenue" => Quantity::Revenue,
                column => Quantity::Column(self.driver_column(column, measure, model, kind)?),
            },
            Driver::Customers(_) | Driver::Percentages(_) | Driver::None => unreachable_driver(),
        };
        let equation = match &measure.equation_of {
            None => None,
            Some(activity) => {
                let time = model.activities[activity].time.as_ref().expect("an equation's activity has a time");
                let entry = format!("activities.{activity}.{}", time.unit.name());
                let asked = Asked { entry, at: Some(&time.at) };
                let mut slots = Vec::new();
                for (number, variable) in time.equation.variables().enumerate() {
                    if !self.has(variable) {
                        let names: Vec<&str> = self.headers[0].names().iter().map(String::as_str).collect();
                        let source = format!("`{}`", self.headers[0].file());
                        return Err(time.equation.unknown(number, &names, &source).at(time.at.clone()));
                    }
                    slots.push(self.named(variable, kind, Holds::Quantities, &asked)?);
                }
                if matches!(quantity, Quantity::Order(_)) && !slots.is_empty() {
                    return Err(Error::usage(format!(
                        "the time of `{activity}` depends on columns of a row, but an order has several rows"
                    ))
                    .at(time.at.clone())
                    .hint("let its driver be `transactions.lines`, or give the columns in the activity log"));
                }
                Some((time.equation.compile().expect("a checked equation compiles"), slots))
            }
        };
        Ok(Step { measure: position, quantity, money: measure.money, equation })
    }
}

/// Customers and nothing are no drivers of a log.
fn unreachable_driver() -> Quantity {
    Quantity::One
}

/// The plan of a log.
pub(super) fn plan(file: &File, kind: Kind, model: &Model, measures: &Measures, dimensions: &[&str]) -> Result<Plan> {
    let headers = headers(&file.inputs, &file.params)?;
    let mut wanted = match kind {
        Kind::Transactions => Wanted::transactions(),
        Kind::Activities | Kind::Drivers => Wanted::id(CUSTOMER_ID),
    };
    let mut build = Build { headers: &headers, file, texts: Vec::new() };
    let has_date = kind == Kind::Transactions || build.position(DATE)?.is_some();
    if has_date && kind != Kind::Transactions {
        wanted = wanted.date(DATE);
    }
    let name = match kind {
        Kind::Transactions => None,
        Kind::Activities => Some(require(&mut build, ACTIVITY)?),
        Kind::Drivers => Some(require(&mut build, DRIVER)?),
    };
    let mut steps_by_name: HashMap<Vec<u8>, Vec<Step>> = HashMap::new();
    let mut steps = Vec::new();
    for (position, measure) in measures.iter().enumerate() {
        match (&measure.driver, kind) {
            (Driver::Log { activity, .. }, Kind::Activities) => {
                let step = build.step(position, measure, model, kind)?;
                steps_by_name.entry(activity.clone().into_bytes()).or_default().push(step);
            }
            (Driver::File(driver), Kind::Drivers) => {
                let step = build.step(position, measure, model, kind)?;
                steps_by_name.entry(driver.clone().into_bytes()).or_default().push(step);
            }
            (Driver::Transactions(_), Kind::Transactions) => steps.push(build.step(position, measure, model, kind)?),
            _ => {}
        }
    }
    let (mut discount, mut tax, mut units) = (None, None, None);
    if kind == Kind::Transactions {
        discount = build.standard(DISCOUNT, Holds::Money)?;
        tax = build.standard(TAX, Holds::Money)?;
        units = build.standard(QUANTITY, Holds::Quantities)?;
    }
    let mut charge = None;
    if kind == Kind::Activities {
        // Only events that no activity has need it, so two columns that could be it are none.
        let names = [CHARGE, AMOUNT].map(|column| build.name_of(column).ok().flatten());
        let name = names.into_iter().flatten().find(|name| build.has(name));
        charge = name.map(|name| build.slot_of(name.clone(), TextColumn::Named(name), Holds::Money));
    }
    let by = Asked { entry: "--by".into(), at: None };
    let slot =
        |column: &&str| match build.has(column).then(|| build.named(column, kind, Holds::Text, &by)).transpose()? {
            Some(Slot::Amount) => Err(Error::usage("costs cannot be shown by the amount of a transaction")),
            Some(Slot::Text(slot)) => Ok(Some(slot)),
            None => Ok(None),
        };
    let dimensions = dimensions.iter().map(slot).collect::<Result<_>>()?;
    let wanted = build.texts.iter().fold(wanted, |wanted, (_, text, holds)| wanted.text_of(text.clone(), *holds));
    let texts = build.texts.into_iter().map(|(name, ..)| name).collect();
    let file_names = file.inputs.names().map(str::to_owned).collect();
    let measures = steps.iter().chain(steps_by_name.values().flatten()).map(|step| step.measure).collect();
    Ok(Plan {
        kind,
        measures,
        wanted,
        file_names,
        texts,
        has_date,
        name,
        steps_by_name,
        steps,
        dimensions,
        charge,
        discount,
        tax,
        units,
    })
}

fn require(build: &mut Build<'_>, column: Column) -> Result<usize> {
    let at = build.headers[0].require(column, &build.file.params.columns)?;
    let name = build.headers[0].names()[at].clone();
    Ok(build.slot_of(name, TextColumn::Required(column), Holds::Text))
}
