//! Charts: what a table says, as a picture in a file or in the terminal.
//!
//! A chart is a [`Figure`]: axes with units, lines, bars, marks and their labels, told apart from how
//! it is drawn. [`Figure::svg`] draws it for a file, [`Figure::text`] for a terminal, with or without
//! colour. Lines differ by dashes as well as by colour, so that either drawing can be read in black
//! and white and by the colour-blind (colours after Okabe and Ito, 2008). The same figure gives the
//! same bytes.

mod figure;
mod heat_map;
mod hook;
mod scale;
mod survival;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;

pub use figure::{Anchor, Axis, Bar, Figure, Guide, Label, Line, Side, Stroke, Unit};
pub use heat_map::{HeatCell, HeatMap};
pub use hook::{Caption, hook_curve};
pub use survival::survival_curves;
pub use terminal::Screen;
