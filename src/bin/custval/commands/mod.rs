//! One file a command: its arguments, its help with two examples, and how it calls the library.

pub mod allocate;
pub mod check;
pub mod churn;
pub mod clv;
pub mod cohort;
pub mod fit;
pub mod generate;
pub mod hook;
pub mod portfolio;
pub mod profile;
pub mod summary;
pub mod survival;
pub mod why;

use crate::cli::Command;
use crate::exit::Exit;
use crate::options::RunOptions;
use crate::session::Session;
use crate::settings::{Setting, mistyped_variables};

/// The names of all tables that a command can answer with; a run may lack some, by its options.
pub fn tables(command: &str) -> Vec<&'static str> {
    match command {
        "check" => check::TABLES.to_vec(),
        "summary" => summary::TABLES.to_vec(),
        "allocate" => [&allocate::TABLES[..], &allocate::WHAT_IF_TABLES].concat(),
        "why" => why::TABLES.to_vec(),
        "fit" => fit::TABLES.to_vec(),
        "clv" => clv::TABLES.to_vec(),
        "hook" => hook::all_tables(),
        "churn" => {
            let compared = churn::COMPARED.into_iter().filter(|table| !churn::TABLES.contains(table));
            churn::TABLES.into_iter().chain(compared).collect()
        }
        "survival" => survival::TABLES.to_vec(),
        "cohort" => cohort::TABLES.to_vec(),
        "portfolio" => portfolio::TABLES.to_vec(),
        "profile" => profile::TABLES.to_vec(),
        _ => Vec::new(),
    }
}

/// Runs one command. An error is said here, in the voice that the options ask for.
///
/// # Errors
/// Where the run cannot even begin.
pub fn run(command: Command, settings: Vec<Setting>) -> anyhow::Result<Exit> {
    let (name, options): (_, &RunOptions) = match &command {
        Command::Check(args) => ("check", &args.run),
        Command::Summary(args) => ("summary", &args.run),
        Command::Allocate(args) => ("allocate", &args.run),
        Command::Why(args) => ("why", &args.run),
        Command::Fit(args) => ("fit", &args.run),
        Command::Clv(args) => ("clv", &args.run),
        Command::Hook(args) => ("hook", &args.run),
        Command::Churn(args) => ("churn", &args.run),
        Command::Survival(args) => ("survival", &args.run),
        Command::Cohort(args) => ("cohort", &args.run),
        Command::Portfolio(args) => ("portfolio", &args.run),
        Command::Profile(args) => ("profile", &args.run),
        Command::Generate(args) => ("generate", &args.run),
    };
    let show_settings = options.show_settings;
    let session = Session::new(name, options, settings)?;
    for (variable, near) in mistyped_variables() {
        session.messages.warning(&format!("the environment's `{variable}` is no setting\nhint: `{near}` is one"));
    }
    if show_settings {
        crate::output::print(&session.settings_text())?;
        return Ok(Exit::Done);
    }
    match command {
        Command::Check(args) => check::run(args, &session),
        Command::Summary(args) => summary::run(args, &session),
        Command::Allocate(args) => allocate::run(args, &session),
        Command::Why(args) => why::run(args, &session),
        Command::Fit(args) => fit::run(args, &session),
        Command::Clv(args) => clv::run(args, &session),
        Command::Hook(args) => hook::run(args, &session),
        Command::Churn(args) => churn::run(*args, &session),
        Command::Survival(args) => survival::run(*args, &session),
        Command::Cohort(args) => cohort::run(*args, &session),
        Command::Portfolio(args) => portfolio::run(args, &session),
        Command::Profile(args) => profile::run(args, &session),
        Command::Generate(args) => generate::run(*args, &session),
    }
}
