//! How long work tells somebody that it is getting on. Silent unless somebody listens.

/// Listens to work that may take long. Calls come from several threads.
pub trait Progress: Sync {
    /// Work named `what` begins; `total` is its size in the unit that [`advance`](Self::advance)
    /// counts, where that is known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// `amount` more units of the work are done.
    fn advance(&self, amount: u64);
    /// The work that began last is over.
    fn end(&self);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
}
