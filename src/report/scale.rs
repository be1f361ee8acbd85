//! Axes: round steps, and numbers as people read them.

use super::figure::Scale;
use crate::wording::{self, grouped_text};

/// Values at round steps within a range, about as many as asked for, and the step.
pub(super) fn ticks(low: f64, high: f64, about: usize) -> (Vec<f64>, f64) {
    let rough = (high - low) / about.max(1) as f64;
    let magnitude = 10_f64.powi(rough.log10().floor() as i32);
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * magnitude)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * magnitude);
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    // Multiples of the step, not sums of it, so that zero is zero.
    ((first..=last).map(|multiple| multiple as f64 * step).collect(), step)
}

/// A tick of an axis as text, with no more decimals than its step needs.
pub(super) fn tick_text(value: f64, step: f64, largest: f64, unit: Scale) -> String {
    let (divisor, suffix) = match (unit, largest) {
        (Scale::Money, 1e7..) if value == 0.0 => return "0".into(),
        // As many digits as tell the ticks apart, which are whole numbers of this size.
        (Scale::Percent, 1e5..) if value == 0.0 => return "0 %".into(),
        (Scale::Percent, 1e5..) => return format!("{value:e} %"),
        (Scale::Percent, _) => (1.0, " %"),
        (_, 1e13..) => return format!("{value:e}"),
        (_, 1e10..) => (1e9, " bn"),
        (_, 1e7..) => (1e6, " M"),
        _ => (1.0, ""),
    };
    let step = step / divisor;
    let decimals = (0..6).find(|&decimals| is_whole(step * 10_f64.powi(decimals))).unwrap_or(6) as usize;
    format!("{}{suffix}", number_text(value / divisor, decimals))
}

/// An amount as text: whole where it is, else with two decimals, thousands set apart.
pub(super) fn amount_text(value: f64) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:.6e}");
    }
    number_text(value, if is_whole(value) || value.abs() >= 1e7 { 0 } else { 2 })
}

/// An amount in few digits: `1.2M`, `-16.4k`, `0.05`.
pub(super) fn short_amount_text(value: f64) -> String {
    match value.abs() {
        1e15.. => format!("{value:.1e}"),
        1e9.. => format!("{}bn", number_text(value / 1e9, 1)),
        1e6.. => format!("{}M", number_text(value / 1e6, 1)),
        1e4.. => format!("{}k", number_text(value / 1e3, 1)),
        1e3.. => number_text(value, 0),
        _ => amount_text(value),
    }
}

/// Parts of a sentence with dots between them, in as many lines of a width as they need; a part stays whole.
pub(super) fn joined(parts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if wording::width(line) + 3 + wording::width(part) <= width => *line += &format!(" · {part}"),
            _ => lines.push(part.clone()),
        }
    }
    lines
}

/// A percentage as text, with one decimal.
pub(super) fn percent_text(percent: f64) -> String {
    if percent.abs() >= 1e9 {
        return format!("{percent:.3e} %");
    }
    format!("{} %", number_text(percent, 1))
}

/// A number of a setting as short as it was given: `90`, `97.5`.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() <= 1e-9 * value.abs().max(1.0)
}

/// A number with so many decimals and its thousands set apart by commas; what rounds to zero has no sign.
pub fn number_text(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // No minus before what rounds to nothing.
    let zero = !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    grouped_text(text.strip_prefix('-').filter(|_| zero).unwrap_or(&text))
}
