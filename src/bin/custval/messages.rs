//! What is said to people: on standard error, with colour only on a terminal.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;

use crate::output::printable;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// What the command line or the environment says before it is parsed, for errors of parsing and of anything else.
    pub fn early() -> Self {
        let named = |name: &str| Self::from_str(name, true).ok();
        let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        let mut said = None;
        while let Some(word) = words.next() {
            said = match word.strip_prefix("--color") {
                Some("") => words.next().and_then(|name| named(&name)),
                Some(value) => value.strip_prefix('=').and_then(named),
                None => said,
            };
        }
        let of_environment = || std::env::var("CUSTVAL_COLOR").ok().and_then(|name| named(&name));
        said.or_else(of_environment).unwrap_or_default()
    }

    /// Whether to colour what goes to the stream given.
    pub fn colours(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// Speaks on standard error: notes, warnings and errors, each with its hint.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    colour: bool,
    quiet: bool,
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const DIM: &str = "\x1b[2m";

impl Messages {
    /// Notes are left out when `quiet`; warnings and errors never are.
    pub fn new(color: ColorChoice, quiet: bool) -> Self {
        Self { colour: color.colours(&std::io::stderr()), quiet }
    }

    /// What was done: receipts and counts.
    pub fn note(self, text: &str) {
        if !self.quiet {
            for line in text.lines() {
                self.say(DIM, line, "");
            }
        }
    }

    /// Something that the reader of the figures should know.
    pub fn warning(self, text: &str) {
        self.say(YELLOW, "warning:", text);
    }

    /// Why the run failed, and what to do.
    pub fn error(self, error: &anyhow::Error) {
        let own = error.chain().find_map(|cause| cause.downcast_ref::<custval::Error>());
        let doing: String = error
            .chain()
            .take_while(|cause| cause.downcast_ref::<custval::Error>().is_none())
            .map(|cause| format!("{cause}: "))
            .collect();
        match own {
            Some(own) => self.say(RED, "error:", &format!("{doing}{own}")),
            None => self.say(RED, "error:", doing.trim_end_matches(": ")),
        }
        if let Some(hint) = own.and_then(custval::Error::hint_text) {
            self.say(CYAN, "hint:", hint);
        }
    }

    fn say(self, colour: &str, label: &str, text: &str) {
        let [label, text] = [label, text].map(printable_lines);
        let space = if text.is_empty() { "" } else { " " };
        // A standard error that is closed leaves nobody to tell.
        let _ = if self.colour {
            writeln!(std::io::stderr(), "{colour}{label}\x1b[0m{space}{text}")
        } else {
            writeln!(std::io::stderr(), "{label}{space}{text}")
        };
    }
}

/// A text whose control characters show as pictures, whoever put them there; its lines stay lines.
fn printable_lines(text: &str) -> String {
    text.split('\n').map(|line| printable(line.to_owned())).collect::<Vec<_>>().join("\n")
}
