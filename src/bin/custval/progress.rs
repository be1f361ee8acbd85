//! A progress bar on standard error: only on a terminal, only when work is long.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use custval::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(700);

/// Draws the work under way, if somebody can see it.
pub struct Bar {
    visible: bool,
    bar: Mutex<ProgressBar>,
}

impl Bar {
    /// A bar that shows itself on a terminal unless `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { visible: !quiet && std::io::stderr().is_terminal(), bar: Mutex::new(ProgressBar::hidden()) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut ProgressBar) -> T) -> T {
        act(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, total: Option<u64>) {
        if !self.visible {
            return;
        }
        let style = match total {
            Some(_) => "{msg} {wide_bar} {percent}% {binary_bytes}/{binary_total_bytes} {eta}",
            None => "{msg} {spinner} {elapsed}",
        };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        self.with(|current| *current = bar);
    }

    fn advance(&self, amount: u64) {
        if !self.visible {
            return;
        }
        self.with(|bar| {
            if bar.is_hidden() && bar.elapsed() > PATIENCE {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.inc(amount);
        });
    }

    fn end(&self) {
        self.with(|bar| bar.finish_and_clear());
    }
}
