//! Survival curves as a figure.

use super::figure::{Area, Axis, Figure, Line, Scale, Stroke};
use crate::survival::LifeTable;
use crate::wording::{counted, grouped};

/// The most groups that a chart can show and the eye still tell apart.
const MOST_GROUPS: usize = 8;

/// The share of customers still there by tenure, a stepped curve for each group with its 95 % interval where there is one
/// group alone.
///
/// # Shape
/// The first eight groups; the subtitle says how many were left out. `unit` is that of tenure, as one or many of it: `month`,
/// `weeks`; none where it is not known.
pub fn survival_curves(groups: &[(String, &LifeTable)], unit: Option<&str>) -> Figure {
    let units = unit.map(|unit| if unit.ends_with('s') { unit.to_owned() } else { format!("{unit}s") });
    let longest = groups.iter().filter_map(|(_, table)| table.rows.last()).map(|row| row.time).fold(0.0, f64::max);
    let x = Axis {
        label: units.as_ref().map_or_else(|| "tenure".into(), |units| format!("tenure ({units})")),
        low: 0.0,
        high: if longest > 0.0 { longest } else { 1.0 },
        unit: Scale::Money,
    };
    let y = Axis { label: "customers still there (%)".into(), low: 0.0, high: 100.0, unit: Scale::Percent };
    let customers: u64 = groups.iter().map(|(_, table)| observed(table)).sum();
    let events: u64 = groups.iter().flat_map(|(_, table)| &table.rows).map(|row| row.events).sum();
    let mut subtitle = format!("{} · {} left · Kaplan-Meier", counted(customers, "customer"), grouped(events));
    if let [(_, table)] = groups {
        match table.median().median {
            Some(median) => {
                let units = units.map(|units| format!(" {units}")).unwrap_or_default();
                subtitle += &format!(" with 95 % interval · median {median:.1}{units}");
            }
            None => subtitle += " with 95 % interval · fewer than half have left",
        }
    }
    if groups.len() > MOST_GROUPS {
        subtitle += &format!(" · the first {MOST_GROUPS} of {} groups", groups.len());
    }
    let mut figure = Figure::new("Survival by tenure", subtitle, x, y);
    for (series, (name, table)) in groups.iter().take(MOST_GROUPS).enumerate() {
        if groups.len() == 1 {
            let low = stepped(table, |row| row.low.unwrap_or(row.survival));
            let high = stepped(table, |row| row.high.unwrap_or(row.survival));
            let corners = low.into_iter().chain(high.into_iter().rev()).collect();
            figure.areas.push(Area { corners, stroke: Stroke::Series(series) });
        }
        figure.lines.push(Line {
            points: stepped(table, |row| row.survival),
            stroke: Stroke::Series(series),
            name: if groups.len() == 1 { String::new() } else { name.clone() },
        });
    }
    figure
}

fn observed(table: &LifeTable) -> u64 {
    table.rows.iter().map(|row| row.events + row.censored).sum()
}

/// Corners of a stepped line from (0, 100 %): level up to each departure, then down.
fn stepped(table: &LifeTable, height: impl Fn(&crate::survival::LifeRow) -> f64) -> Vec<(f64, f64)> {
    let mut points = vec![(0.0, 100.0)];
    for row in &table.rows {
        let before = points[points.len() - 1].1;
        let after = height(row) * 100.0;
        if after != before {
            points.push((row.time, before));
            points.push((row.time, after));
        }
    }
    if let Some(last) = table.rows.last() {
        points.push((last.time, points[points.len() - 1].1));
    }
    points
}
