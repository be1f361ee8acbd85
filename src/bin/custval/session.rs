//! One run of one command: who listens, what was set, and the receipt of what was done.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use anyhow::Context;
use clap::Command;
use custval::columns::Header;
use custval::scan::{FoldedIds, Inputs, Rejects, Source};
use custval::{Error, Location, Result, wording};
use serde_json::{Value, json};

use crate::messages::Messages;
use crate::options::RunOptions;
use crate::output::OutputOptions;
use crate::output::whole::NewFolder;
use crate::places;
use crate::progress::Bar;
use crate::settings::{self, Origin, Setting, is_about_input};

/// What every command of a run shares.
pub struct Session {
    /// The command's name.
    pub command: &'static str,
    /// Speaks to people.
    pub messages: Messages,
    /// Shows long work.
    pub bar: Bar,
    settings: Vec<Setting>,
    /// What may be said to each command, where that is asked.
    line: OnceCell<Command>,
    /// The files that were opened, each once.
    opened: RefCell<Vec<Opened>>,
    /// Where the header of each table stands below titles, for the receipt.
    titled: RefCell<Vec<Value>>,
    /// What became of the ids of each table.
    folded: RefCell<Vec<Value>>,
    /// How many rows of each table are used and set aside, for the receipt.
    tables: RefCell<Vec<Value>>,
    /// Where rows that were set aside go.
    rejects: RefCell<Option<SetAside>>,
}

/// A file that was read.
enum Opened {
    Table(Source),
    /// A model, or a change to one.
    Text {
        name: String,
        text: String,
    },
}

impl Opened {
    fn name(&self) -> &str {
        match self {
            Self::Table(source) => source.name(),
            Self::Text { name, .. } => name,
        }
    }

    /// What the receipt says of it, with its digest where that is asked for.
    fn entry(&self, digests: bool) -> Result<Value> {
        let (bytes, digest) = match self {
            Self::Table(source) => (source.bytes(), digests.then(|| source.digest()).transpose()?),
            Self::Text { text, .. } => {
                (text.len() as u64, digests.then(|| blake3::hash(text.as_bytes()).to_hex().to_string()))
            }
        };
        Ok(json!({ "file": self.name(), "bytes": bytes, "blake3": digest }))
    }
}

/// Rows that were set aside, and the folder for them.
struct SetAside {
    folder: NewFolder,
    /// By the folder inside that they go to; what has no name goes into the folder itself.
    rejects: BTreeMap<&'static str, Rejects>,
}

impl Session {
    /// Prepares a run: its threads, its voice.
    ///
    /// # Errors
    /// Where the threads cannot be started.
    pub fn new(command: &'static str, options: &RunOptions, settings: Vec<Setting>) -> Result<Self> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .build_global()
            .map_err(|error| Error::usage("cannot start the threads").caused_by(error))?;
        Ok(Self {
            command,
            messages: Messages::new(options.color, options.quiet),
            bar: Bar::new(options.quiet),
            settings,
            line: OnceCell::new(),
            opened: RefCell::default(),
            titled: RefCell::default(),
            folded: RefCell::default(),
            tables: RefCell::default(),
            rejects: RefCell::default(),
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
        let width = shown.iter().map(|(setting, _)| wording::width(setting)).max().unwrap_or(0);
        shown.iter().map(|(setting, origin)| format!("{}  # {origin}\n", wording::padded(setting, width))).collect()
    }

    /// Refuses flags of the command line that this run would pass over in silence, and says why it has no use for them. What the
    /// environment, a file or a preset says holds for every run, and waits for one that it is for.
    ///
    /// # Errors
    /// Where one of them was said.
    pub fn refuse_flags(&self, flags: &[&str], file: &str, why: &str, hint: &str) -> Result<()> {
        let own = |flag: &str| self.settings.iter().find(|setting| setting.name == flag);
        debug_assert!(flags.iter().all(|flag| own(flag).is_some()), "the command has all of {flags:?}");
        match flags.iter().filter_map(|flag| own(flag)).find(|setting| setting.origin == Origin::Flag) {
            Some(Setting { name, .. }) => {
                Err(Error::usage(format!("`--{name}` {why}")).at(Location::file(file)).hint(hint))
            }
            None => Ok(()),
        }
    }

    /// What was said about reading files, as words for the line of another command, setting by setting: as far as it has the
    /// setting, and would not hear of it from the environment, the file or the preset.
    pub fn said_of_input(&self, command: &str) -> Vec<(&str, &[String])> {
        let line = self.line.get_or_init(settings::command);
        let both = line.find_subcommand(self.command).zip(line.find_subcommand(command));
        let Some((own, other)) = both else { return Vec::new() };
        let is_shared = |name: &str| is_about_input(own, name) && is_about_input(other, name);
        let said = self.settings.iter().filter(|setting| !setting.again.is_empty() && is_shared(&setting.name));
        said.map(|setting| (setting.name.as_str(), setting.again.as_slice())).collect()
    }

    /// Refuses outputs that would replace files which are read and no option names.
    ///
    /// # Errors
    /// Where one would.
    pub fn refuse_replacing(&self, read: &[&str]) -> Result<()> {
        places::refuse_replacing(&self.settings, read)
    }

    /// Opens files, which are listed in the receipt.
    ///
    /// # Errors
    /// As [`Inputs::open`].
    pub fn open<I>(&self, files: I) -> Result<Inputs>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let inputs = Inputs::open(files)?;
        self.list(&inputs);
        Ok(inputs)
    }

    /// Has the receipt list files that were opened.
    pub fn list(&self, inputs: &Inputs) {
        inputs.sources().iter().for_each(|source| self.list_once(Opened::Table(source.clone())));
    }

    /// Has the receipt list a model, or a change to one, that was read.
    pub fn list_text(&self, name: &str, text: &str) {
        self.list_once(Opened::Text { name: name.to_owned(), text: text.to_owned() });
    }

    fn list_once(&self, read: Opened) {
        let mut opened = self.opened.borrow_mut();
        if opened.iter().all(|own| own.name() != read.name()) {
            opened.push(read);
        }
    }

    /// Says, and notes for the receipt, in which line the header of a table stands below titles; nothing where it is the first.
    pub fn say_titles(&self, header: &Header) {
        let Some(line) = header.line_below_titles() else { return };
        let entry = json!({ "file": header.file(), "header_line": line });
        let mut titled = self.titled.borrow_mut();
        // A table that is read for each of several periods says the same each time.
        if !titled.contains(&entry) {
            self.messages.note(&wording::header_text(header.file(), line));
            titled.push(entry);
        }
    }

    /// Notes for the receipt what trimming and folding did to the ids of a table.
    pub fn folded(&self, file: &str, ids: FoldedIds) {
        let mut entry = json!(ids);
        entry["file"] = file.into();
        self.folded.borrow_mut().push(entry);
    }

    /// Has rows that are set aside go into a folder, in the end.
    pub fn reject_into(&self, folder: NewFolder) {
        *self.rejects.borrow_mut() = Some(SetAside { folder, rejects: BTreeMap::new() });
    }

    /// Sets rows of an input aside, in a folder of its name, where there is a folder for them.
    pub fn put_aside(&self, input: &'static str, rejects: &Rejects) {
        if let Some(aside) = &mut *self.rejects.borrow_mut() {
            aside.rejects.entry(input).or_insert_with(Rejects::none).add(rejects.clone());
        }
    }

    /// Notes for the receipt how many rows of a table are used, and how many are set aside for which reason.
    pub fn note_rows(&self, file: &str, used: usize, set_aside: impl IntoIterator<Item = (String, u64)>) {
        let set_aside: BTreeMap<String, u64> = set_aside.into_iter().filter(|(_, rows)| *rows > 0).collect();
        let aside: u64 = set_aside.values().sum();
        let reasons: Vec<Value> =
            set_aside.iter().map(|(reason, rows)| json!({ "reason": reason, "rows": rows })).collect();
        let entry = json!({
            "file": file,
            "rows": used as u64 + aside,
            "rows_used": used,
            "rows_set_aside": aside,
            "set_aside": reasons,
        });
        let mut tables = self.tables.borrow_mut();
        // A table that is read for each of several periods says the same each time.
        if !tables.contains(&entry) {
            tables.push(entry);
        }
    }

    /// The folder of the rows that were set aside, written and ready to take its place with the answer, if anything was read that
    /// could have such rows.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_rejects(&self) -> anyhow::Result<Option<NewFolder>> {
        let Some(SetAside { folder, rejects }) = self.rejects.take().filter(|aside| !aside.rejects.is_empty()) else {
            return Ok(None);
        };
        for (input, rejects) in rejects.iter().filter(|(input, rejects)| input.is_empty() || !rejects.is_empty()) {
            let written = rejects.write(&folder.inside().join(input)).map_err(|error| folder.named(error));
            written.context("writing the rejects")?;
        }
        Ok(Some(folder))
    }

    /// The receipt of the run: what was set, which files were read, and what the command has to say of it. Their digests are made
    /// where it is to be written.
    ///
    /// # Errors
    /// Where a file cannot be read again.
    pub fn receipt(&self, output: &OutputOptions, figures: Value) -> Result<Value> {
        let digests = output.wants_receipt();
        let inputs: Vec<Value> = self.opened.borrow().iter().map(|read| read.entry(digests)).collect::<Result<_>>()?;
        let mut receipt = json!({
            "custval_version": env!("CARGO_PKG_VERSION"),
            "command": self.command,
            "settings": self.settings,
            "inputs": inputs,
            "figures": figures,
        });
        let titled = self.titled.borrow();
        if !titled.is_empty() {
            receipt["headers_below_titles"] = Value::Array(titled.clone());
        }
        let folded = self.folded.borrow();
        if !folded.is_empty() {
            receipt["folded_ids"] = Value::Array(folded.clone());
        }
        let tables = self.tables.borrow();
        if !tables.is_empty() {
            receipt["tables"] = Value::Array(tables.clone());
        }
        Ok(receipt)
    }
}
