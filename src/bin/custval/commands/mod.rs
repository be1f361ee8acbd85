//! One file a command: its arguments, its help with two examples, and how it calls the library.

pub mod clv;
pub mod fit;
pub mod hook;
pub mod summary;

use crate::cli::Command;
use crate::exit::Exit;
use crate::options::RunOptions;
use crate::session::Session;
use crate::settings::Setting;

/// Runs one command. An error is said here, in the voice that the options ask for.
///
/// # Errors
/// Where the run cannot even begin.
pub fn run(command: Command, settings: Vec<Setting>) -> anyhow::Result<Exit> {
    let (name, options): (_, &RunOptions) = match &command {
        Command::Summary(args) => ("summary", &args.run),
        Command::Fit(args) => ("fit", &args.run),
        Command::Clv(args) => ("clv", &args.run),
        Command::Hook(args) => ("hook", &args.run),
    };
    let show_settings = options.show_settings;
    let session = Session::new(name, options, settings)?;
    if show_settings {
        crate::output::print(&session.settings_text())?;
        return Ok(Exit::Done);
    }
    match command {
        Command::Summary(args) => summary::run(args, &session),
        Command::Fit(args) => fit::run(args, &session),
        Command::Clv(args) => clv::run(args, &session),
        Command::Hook(args) => hook::run(args, &session),
    }
}
