//! Settings of the curve, checked.

use crate::{Error, Result};

/// Into how many bands of decreasing profitability the customers are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bands(u32);

impl Bands {
    /// The most bands that can be asked for.
    pub const MOST: u32 = 1_000_000;

    /// So many bands of equally many customers.
    ///
    /// # Errors
    /// No bands, or more than [`Bands::MOST`].
    pub fn new(bands: u32) -> Result<Self> {
        if (1..=Self::MOST).contains(&bands) {
            Ok(Self(bands))
        } else {
            Err(Error::usage(format!("`{bands}` bands cannot be cut"))
                .hint(format!("ask for 1 to {} bands, as in `--bands 10`", Self::MOST)))
        }
    }

    /// The number of bands.
    pub fn count(self) -> u32 {
        self.0
    }
}

impl Default for Bands {
    /// Ten.
    fn default() -> Self {
        Self(10)
    }
}
