//! Charts: what a table says, as a picture in a file or in the terminal.
//!
//! A chart is a [`Figure`]: axes with units, lines, bars, marks and their labels, told apart from how
//! it is drawn. [`Figure::svg`] draws it for a file, [`Figure::text`] for a terminal, with or without
//! colour. The same figure gives the same bytes.
//!
//! # Colours
//! Lines differ by dashes as well as by colour, and what is lost is lighter and dashed, so that either drawing can be
//! read in black and white. The first four colours are of Okabe and Ito (2008); the other four were chosen to be as far as
//! possible from all before them, in CIELAB, the nearest of four views counting: as they are, and as people see them who lack
//! one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1: protan, deutan, tritan). In every view any two are at
//! least 17 apart (where 2 can just be told), and all have a contrast of 3 to 1 or more with white.

mod concentration;
mod curves;
mod figure;
mod grid;
mod heat_map;
mod hook;
mod profile;
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
pub use heat_map::{HeatCell, HeatMap, HeatPanel};
pub use hook::{Caption, hook_curve};
pub use profile::{ProfileChart, profile_chart};
pub use scale::number_text;
pub use survival::survival_curves;
pub use terminal::Screen;
