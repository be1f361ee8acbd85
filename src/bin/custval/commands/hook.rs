//! `custval hook`

use crate::exit::Exit;
use crate::options::{InputOptions, RunOptions};
use crate::output::OutputOptions;
use crate::session::Session;

/// The Hook curve
#[derive(Debug, clap::Args)]
pub struct Args {
    file: String,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub run: RunOptions,
}
pub fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    Ok(Exit::Done)
}
