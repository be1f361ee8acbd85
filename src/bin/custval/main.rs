//! The command line of custval: parses, runs one command, and ends with a code that scripts can trust.

mod cli;
mod commands;
mod contracts;
mod exit;
mod load;
mod messages;
mod model;
mod options;
mod output;
mod places;
mod policies;
mod presets;
mod progress;
mod session;
mod settings;
mod temporary;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::exit::{Exit, is_broken_pipe};
use crate::messages::{ColorChoice, Messages};

fn main() -> ExitCode {
    let messages = Messages::new(ColorChoice::early(), false);
    // A panic is a bug of ours. It is said on standard error, and the code is one of the contract.
    let ended = panic::catch_unwind(AssertUnwindSafe(|| {
        temporary::remove_on_signals()?;
        run()
    }));
    temporary::leave_to_signal();
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => match error.downcast::<clap::Error>() {
            Ok(usage) => show_usage(&without_idle_tips(usage)),
            Err(error) => {
                if !is_broken_pipe(&error) {
                    messages.error(&error);
                }
                Exit::for_error(&error).into()
            }
        },
        Err(_) => {
            messages.error(&anyhow::anyhow!("this is a bug in custval, and no fault of your data: please report it"));
            Exit::CouldNotRun.into()
        }
    }
}

fn run() -> anyhow::Result<Exit> {
    let (cli, settings) = settings::resolve(std::env::args_os().collect())?;
    commands::run(cli.command, settings)
}

/// The same without the tip that an unknown flag may be a value: it is nearly always one of another command, or mistyped.
fn without_idle_tips(mut usage: clap::Error) -> clap::Error {
    let is_flag = |arg: &ContextValue| matches!(arg, ContextValue::String(arg) if arg.starts_with("--"));
    if usage.kind() == ErrorKind::UnknownArgument
        && usage.get(ContextKind::InvalidArg).is_some_and(is_flag)
        && let Some(ContextValue::StyledStrs(mut tips)) = usage.remove(ContextKind::Suggested)
    {
        tips.retain(|tip| !tip.to_string().contains("as a value, use"));
        if !tips.is_empty() {
            usage.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
        }
    }
    usage
}

/// Help and version go to standard output and are no failure, usage errors go to standard error.
fn show_usage(usage: &clap::Error) -> ExitCode {
    // What is listed by an option's own value is no error, whatever clap puts before it.
    let listed = usage.to_string();
    let printed = match listed.strip_prefix("error: ").filter(|_| !usage.use_stderr()) {
        Some(listed) => output::print(listed),
        None => usage.print(),
    };
    let exit = match (usage.use_stderr(), printed) {
        (false, Ok(())) => Exit::Done,
        (false, Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        _ => Exit::CouldNotRun,
    };
    exit.into()
}
