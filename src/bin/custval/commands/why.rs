//! `custval why`: a customer's cost in a run of `allocate`, down to ledger accounts.

use std::path::{Path, PathBuf};

use custval::allocate::{Change, Charge, Reason, SavedCustomer, changes, frame, read_saved, show_quantity, why};
use custval::money::Currency;
use custval::scan::Inputs;
use custval::time::Day;
use custval::wording;
use custval::{Error, Location};
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::options::{RunOptions, parsed};
use crate::output::{Answer, Document, InJson, NamedTable, OutputOptions, terminal_width};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  custval why D run/
      what D cost, by level, activity, pool and ledger account
  custval why D march/ --against february/
      what changed for D: quantity, time of each, rate, capacity";

/// Every cent of one customer's cost in a run of allocate
///
/// The leaves of the tree are accounts of the ledger and sum to the customer's cost exactly. With another run it says
/// what changed since: the quantity, the time of each (mix), the rate, the capacity it is spread over.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The customer, or the key of another dimension that the run is by
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// The folder that `custval allocate --output RUN/` wrote
    #[arg(value_name = "RUN")]
    run_folder: PathBuf,
    /// An earlier run, to say what changed since
    #[arg(long, value_name = "RUN")]
    against: Option<PathBuf>,
    /// Of a run of several periods: the first day of the one asked about
    #[arg(long, value_name = "DATE", value_parser = parsed::<Day>)]
    period_start: Option<Day>,
    /// The currency of the run, if its folder does not say it
    #[arg(long, value_name = "CODE", value_parser = parsed::<Currency>)]
    currency: Option<Currency>,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The tables of the answer, the main one first; only where two runs are compared is there what changed.
pub const TABLES: [&str; 2] = ["changes", "why"];

/// Runs the command.
///
/// # Errors
/// A run that cannot be read, a customer that it does not have.
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let comparing = args.against.is_some();
    let names = if comparing { &TABLES[..] } else { &TABLES[1..] };
    let destination = args.output.clone().open(names, InJson::DocumentByDefault)?;
    if !args.run_folder.exists() && Path::new(&args.customer).is_dir() {
        return Err(Error::usage(format!(
            "`{}` is no folder, and `{}` is one",
            args.run_folder.display(),
            args.customer
        ))
        .hint("the customer comes first, then the run")
        .into());
    }
    let currency = currency_of(&args)?;
    let saved = |folder: &Path| -> anyhow::Result<SavedCustomer> {
        Ok(read_saved(
            |table| table_of(folder, table, session),
            &args.customer,
            args.period_start,
            &currency,
            &session.bar,
        )?)
    };
    let now = saved(&args.run_folder)?;
    let tree = why(&args.customer, &now.charges, &now.sources, |charge| in_words(charge, &currency));
    let (mut tables, document, drawing);
    match &args.against {
        None => {
            drawing = tree_text(&tree, &currency, terminal_width());
            document = serde_json::to_string_pretty(&Shown::of(&tree, &currency))?;
            tables = Vec::new();
        }
        Some(against) => {
            let before = saved(against)?;
            let found = changes(&before.charges, &now.charges);
            drawing = changes_text(&args.customer, &found, &before, &now, &currency);
            document =
                serde_json::to_string_pretty(&changes_document(&args.customer, &found, &before, &now, &currency))?;
            tables = vec![NamedTable { name: "changes", frame: frame::changes(&found, &currency)? }];
        }
    }
    if destination.is_for_people() && !destination.wants("why") && !destination.is_arranged() {
        crate::output::print(&drawing)?;
        return Ok(Exit::Done);
    }
    tables.push(NamedTable { name: "why", frame: frame::leaves(&tree, &currency)? });
    let receipt = session.receipt(&args.output, json!({ "customer": args.customer, "run": args.run_folder }))?;
    let document = Some(Document::Text(document + "\n"));
    destination.write(Answer { tables, document, ..Answer::default() }, &receipt, session)?;
    Ok(Exit::Done)
}

/// The one currency of all runs asked about, which they say themselves.
fn currency_of(args: &Args) -> anyhow::Result<Currency> {
    let mut known = args.currency.clone().map(|currency| (currency, "the command line".to_owned()));
    for folder in [Some(&args.run_folder), args.against.as_ref()].into_iter().flatten() {
        let Some(own) = currency_of_run(folder)? else { continue };
        match &known {
            Some((other, whose)) if *other != own => {
                return Err(Error::usage(format!(
                    "the run `{}` is in `{own}`, {whose} in `{other}`",
                    folder.display()
                ))
                .hint("leave `--currency` out, and compare runs of one currency")
                .into());
            }
            _ => known = Some((own, format!("the run `{}`", folder.display()))),
        }
    }
    Ok(known.map(|(currency, _)| currency).unwrap_or_default())
}

/// The currency that the receipt of a run names; none where it names none, or where the folder has no receipt.
fn currency_of_run(folder: &Path) -> custval::Result<Option<Currency>> {
    let path = folder.join("receipt.json");
    let name = path.to_string_lossy();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("cannot be read", name, error)),
    };
    let receipt: Value = serde_json::from_str(&text)
        .map_err(|error| Error::data("is no receipt of a run").at(Location::file(name)).caused_by(error))?;
    // Every period of a run is in one currency.
    receipt["figures"][0]["currency"].as_str().map(str::parse).transpose()
}

/// A table of a run, by its name, in the format it was written in.
fn table_of(folder: &Path, table: &str, session: &Session) -> custval::Result<Inputs> {
    let cannot_enter = |error| Error::io("cannot be opened", folder.display().to_string(), error);
    let mut found = None;
    for end in ["csv", "tsv", "parquet"] {
        let path = folder.join(table).with_extension(end);
        if path.try_exists().map_err(cannot_enter)? {
            found = found.or(Some(path));
        }
    }
    match found {
        Some(path) => session.open([path.to_string_lossy()]),
        None => Err(Error::usage(format!("`{}` is no run: it has no table `{table}`", folder.display()))
            .hint("a run is the folder that `custval allocate MODEL --output RUN/` writes, as CSV, TSV or Parquet")),
    }
}

fn money(amount: i128, currency: &Currency) -> String {
    wording::grouped_text(&currency.format(amount))
}

/// `310 x 0.6 = …`: what was used, at which rate, and the rule.
fn in_words(charge: &Charge, currency: &Currency) -> String {
    let minor = num_rational_of(currency);
    format!("{} at {} ({})", show_quantity(&charge.quantity), show_quantity(&(&charge.rate / minor)), charge.rule)
}

fn num_rational_of(currency: &Currency) -> custval::allocate::Exact {
    custval::allocate::Exact::from_integer(currency.minor_units().into())
}

/// The tree for people, amounts to the right; of a terminal no wider than that, as far as the names of its nodes let it.
fn tree_text(tree: &Reason, currency: &Currency, most: Option<usize>) -> String {
    const LEAST: usize = 30;
    let lines_of = |most: usize| {
        let mut lines = Vec::new();
        collect(tree, ("", ""), currency, most, &mut lines);
        lines
    };
    let mut lines = lines_of(usize::MAX);
    let amounts = lines.iter().map(|(_, amount)| wording::width(amount)).max().unwrap_or(0);
    let widest = |lines: &[(String, String)]| lines.iter().map(|(name, _)| wording::width(name)).max().unwrap_or(0);
    if let Some(most) = most.filter(|most| widest(&lines) + 2 + amounts > *most) {
        lines = lines_of(most.saturating_sub(2 + amounts).max(LEAST));
    }
    let names = widest(&lines);
    let line = |(name, amount): &(String, String)| match amount.as_str() {
        "" => format!("{name}\n"),
        amount => format!("{}  {}\n", wording::padded(name, names), wording::padded_left(amount, amounts)),
    };
    lines.iter().map(line).collect()
}

/// The lines of a node and of all below it, none wider than this: what is left of a long rule stands on lines of its own, without an
/// amount. Before the first line and before those below it stands what draws the tree.
fn collect(
    node: &Reason,
    (own, below): (&str, &str),
    currency: &Currency,
    most: usize,
    lines: &mut Vec<(String, String)>,
) {
    let rule = node.rule.as_ref().map(|rule| format!(": {rule}")).unwrap_or_default();
    let kind = match node.kind {
        "level" => " cost",
        _ => "",
    };
    let trunk = if node.children.is_empty() { "  " } else { "│ " };
    let room = most.saturating_sub(wording::width(below) + wording::width(trunk));
    let parts = wording::wrapped(&format!("{}{kind}{rule}", node.name), room.max(1));
    let mut amount = money(node.amount, currency);
    for (place, part) in parts.into_iter().enumerate() {
        let before = if place == 0 { own.to_owned() } else { format!("{below}{trunk}") };
        lines.push((before + &part, std::mem::take(&mut amount)));
    }
    for (place, child) in node.children.iter().enumerate() {
        let last = place + 1 == node.children.len();
        let (branch, trunk) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        collect(child, (&format!("{below}{branch}"), &format!("{below}{trunk}")), currency, most, lines);
    }
}

/// A node of the tree in JSON, in units of the currency.
#[derive(Serialize)]
struct Shown<'t> {
    kind: &'static str,
    name: &'t str,
    amount: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'t str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<Shown<'t>>,
}

impl<'t> Shown<'t> {
    fn of(node: &'t Reason, currency: &Currency) -> Self {
        Self {
            kind: node.kind,
            name: &node.name,
            amount: currency.to_f64(node.amount),
            rule: node.rule.as_deref(),
            children: node.children.iter().map(|child| Self::of(child, currency)).collect(),
        }
    }
}

/// What changed, a line an activity, with the company's unused capacity behind it.
fn changes_text(
    customer: &str,
    changes: &[Change],
    before: &SavedCustomer,
    now: &SavedCustomer,
    currency: &Currency,
) -> String {
    let show = |amount: i128| money(amount, currency);
    let total = |figure: fn(&Change) -> i128| changes.iter().map(figure).sum::<i128>();
    let mut rows = vec![
        ["activity", "before", "after", "change", "quantity", "mix", "rate", "capacity"].map(String::from).to_vec(),
    ];
    let row = |name: &str, figures: [i128; 6]| {
        let [before, after, quantity, mix, rate, capacity] = figures;
        std::iter::once(name.to_owned())
            .chain([before, after, after - before, quantity, mix, rate, capacity].map(show))
            .collect::<Vec<String>>()
    };
    for c in changes {
        rows.push(row(&c.activity, [c.before, c.after, c.quantity, c.mix, c.rate, c.capacity]));
    }
    rows.push(row(
        customer,
        [
            total(|c| c.before),
            total(|c| c.after),
            total(|c| c.quantity),
            total(|c| c.mix),
            total(|c| c.rate),
            total(|c| c.capacity),
        ],
    ));
    let mut text = aligned(&rows);
    let unused = unused_changes(changes, before, now);
    if !unused.is_empty() {
        let mut rows = vec![["unused capacity of all", "before", "after", "change"].map(String::from).to_vec()];
        rows.extend(unused.iter().map(|(name, old, new)| vec![name.clone(), show(*old), show(*new), show(new - old)]));
        text += &format!("\n{}", aligned(&rows));
    }
    text
}

/// Unused capacity behind the customer's activities, before and after.
fn unused_changes(changes: &[Change], before: &SavedCustomer, now: &SavedCustomer) -> Vec<(String, i128, i128)> {
    let capacity = |saved: &SavedCustomer, activity: &str| {
        saved.capacity_of.iter().find(|(name, _)| name == activity).map(|(_, capacity)| capacity.clone())
    };
    let mut names: Vec<String> = changes
        .iter()
        .filter_map(|change| capacity(now, &change.activity).or_else(|| capacity(before, &change.activity)))
        .collect();
    names.sort_unstable();
    names.dedup();
    let unused = |saved: &SavedCustomer, name: &str| {
        saved.unused.iter().find(|(known, _)| known == name).map_or(0, |(_, amount)| *amount)
    };
    let rows = names.into_iter().map(|name| {
        let (old, new) = (unused(before, &name), unused(now, &name));
        (name, old, new)
    });
    rows.filter(|(_, old, new)| *old != 0 || *new != 0).collect()
}

fn changes_document(
    customer: &str,
    changes: &[Change],
    before: &SavedCustomer,
    now: &SavedCustomer,
    currency: &Currency,
) -> Value {
    let units = |amount: i128| currency.to_f64(amount);
    let rows: Vec<Value> = changes
        .iter()
        .map(|c| {
            json!({
                "activity": c.activity, "before": units(c.before), "after": units(c.after), "quantity": units(c.quantity),
                "mix": units(c.mix), "rate": units(c.rate), "capacity": units(c.capacity),
            })
        })
        .collect();
    let unused: Vec<Value> = unused_changes(changes, before, now)
        .into_iter()
        .map(|(name, old, new)| json!({ "name": name, "before": units(old), "after": units(new) }))
        .collect();
    json!({ "customer": customer, "changes": rows, "unused_capacity": unused })
}

/// The first column to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| wording::width(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(
                    |(column, (cell, width))| {
                        if column == 0 { wording::padded(cell, *width) } else { wording::padded_left(cell, *width) }
                    },
                )
                .collect();
            format!("{}\n", cells.join("  ").trim_end())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_as_narrow_as_the_terminal() {
        let node = |kind, name: &str, rule: Option<&str>, children| Reason {
            kind,
            name: name.to_owned(),
            amount: 360_000,
            rule: rule.map(str::to_owned),
            children,
        };
        let account = || node("account", "6100", None, Vec::new());
        let rule = "4800 at 0.75 (duration: activities.call x (1) minutes at the pool's rate)";
        let activities = ["call", "manual order"].map(|name| node("activity", name, Some(rule), vec![account()]));
        let tree = node("customer", "E", None, vec![node("level", "relationship", None, activities.into())]);
        let text = |most: Option<usize>| tree_text(&tree, &Currency::default(), most);
        let wide = text(None);
        assert_eq!(text(Some(200)), wide);
        let narrow = text(Some(50));
        assert_eq!(
            narrow,
            "\
E                                         3,600.00
└─ relationship cost                      3,600.00
   ├─ call: 4800 at 0.75 (duration:       3,600.00
   │  │ activities.call x (1) minutes at
   │  │ the pool's rate)
   │  └─ 6100                             3,600.00
   └─ manual order: 4800 at 0.75          3,600.00
      │ (duration: activities.call x (1)
      │ minutes at the pool's rate)
      └─ 6100                             3,600.00
"
        );
    }
}
