//! One run of one command: who listens, what was set, and the receipt of what was done.

use std::cell::RefCell;

use custval::scan::FoldedIds;
use custval::{Error, Result};
use serde_json::{Value, json};

use crate::messages::Messages;
use crate::options::RunOptions;
use crate::progress::Bar;
use crate::settings::Setting;

/// What every command of a run shares.
pub struct Session {
    /// The command's name.
    pub command: &'static str,
    /// Speaks to people.
    pub messages: Messages,
    /// Shows long work.
    pub bar: Bar,
    settings: Vec<Setting>,
    /// What became of the ids of each table.
    folded: RefCell<Vec<Value>>,
}

impl Session {
    /// Prepares a run: its threads, its voice.
    ///
    /// # Errors
    /// Where the threads cannot be started.
    pub fn new(command: &'static str, options: &RunOptions, settings: Vec<Setting>) -> Result<Self> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.map_or(0, usize::from))
            .build_global()
            .map_err(|error| Error::usage("cannot start the threads").caused_by(error))?;
        Ok(Self {
            command,
            messages: Messages::new(options.color, options.quiet),
            bar: Bar::new(options.quiet),
            settings,
            folded: RefCell::default(),
        })
    }

    /// The settings of the run as text, one a line with who said it.
    pub fn settings_text(&self) -> String {
        let shown: Vec<(String, String)> = self
            .settings
            .iter()
            .map(|setting| {
                let value = if setting.values.is_empty() { "-".to_owned() } else { setting.values.join(", ") };
                (format!("{} = {value}", setting.name), setting.origin.to_string())
            })
            .collect();
        let width = shown.iter().map(|(setting, _)| setting.chars().count()).max().unwrap_or(0);
        shown.iter().map(|(setting, origin)| format!("{setting:width$}  # {origin}\n")).collect()
    }

    /// Notes for the receipt what trimming and folding did to the ids of a table.
    pub fn folded(&self, file: &str, ids: FoldedIds) {
        let mut entry = json!(ids);
        entry["file"] = file.into();
        self.folded.borrow_mut().push(entry);
    }

    /// The receipt of the run: what was set, what was read, and what the command has to say of it.
    pub fn receipt(&self, inputs: Value, figures: Value) -> Value {
        let mut receipt = json!({
            "custval_version": env!("CARGO_PKG_VERSION"),
            "command": self.command,
            "settings": self.settings,
            "inputs": inputs,
            "figures": figures,
        });
        let folded = self.folded.borrow();
        if !folded.is_empty() {
            receipt["folded_ids"] = Value::Array(folded.clone());
        }
        receipt
    }
}
