//! Charts: what a table says, as a picture in a file or in the terminal.
//!
//! A chart is a [`Figure`]: axes with units, lines, bars, marks and their labels, told apart from how
//! it is drawn. [`Figure::svg`] draws it for a file, [`Figure::text`] for a terminal, with or without
//! colour. Lines differ by dashes as well as by colour, so that either drawing can be read in black
//! and white and by the colour-blind (colours after Okabe and Ito, 2008). The same figure gives the
//! same bytes.

mod concentration;
mod curves;
mod figure;
mod grid;
mod heat_map;
mod hook;
mod scale;
mod survival;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;

pub use concentration::{band_chart, lorenz_chart};
pub use curves::{cost_behaviour_chart, hook_curve_with_doubt, segment_curves};
pub use figure::{Anchor, Area, Axis, Bar, Figure, Guide, Label, Line, Scale, Side, Stroke};
pub use grid::{GridChart, grid_chart};
pub use heat_map::{HeatCell, HeatMap};
pub use hook::{Caption, hook_curve};
pub use survival::survival_curves;
pub use terminal::Screen;
