//! The curve of each segment of the customers.

use std::collections::BTreeMap;

use super::curve::{Curve, Values};
use crate::wording::{counted, grouped, shortened};
use crate::{Error, Result};

/// One segment and its curve.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The segment; empty for customers of whom none is known.
    pub name: String,
    /// The places of its customers in the input: [`Point::place`](super::Point::place) counts within these.
    pub places: Vec<usize>,
    /// Its curve.
    pub curve: Curve,
}

/// The curve of every segment.
///
/// # Shape
/// `customers`, `values` and `segments` have one value per customer in the same order. Segments come in
/// byte order of their names, each with a curve of its own: its shares and percentages are of the
/// segment's customers and total. The totals of all segments add up to that of all customers.
///
/// # Errors
/// As [`Curve::new`], and `LengthMismatch` where there is not one segment per customer.
pub fn by_segment<S, T>(customers: &[S], values: Values<'_>, segments: &[T]) -> Result<Vec<Segment>>
where
    S: AsRef<[u8]> + Sync,
    T: AsRef<str>,
{
    if segments.len() != customers.len() {
        return Err(Error::length_mismatch("segments", customers.len(), segments.len()));
    }
    if values.len() != customers.len() {
        return Err(Error::length_mismatch("values", customers.len(), values.len()));
    }
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, segment) in segments.iter().enumerate() {
        places.entry(segment.as_ref()).or_default().push(place);
    }
    places
        .into_iter()
        .map(|(name, places)| {
            let ids: Vec<&[u8]> = places.iter().map(|&place| customers[place].as_ref()).collect();
            let curve = match values {
                Values::Money(values, currency) => {
                    let values: Vec<i64> = places.iter().map(|&place| values[place]).collect();
                    Curve::new(&ids, Values::Money(&values, currency))?
                }
                Values::Numbers(values) => {
                    let values: Vec<f64> = places.iter().map(|&place| values[place]).collect();
                    Curve::new(&ids, Values::Numbers(&values))?
                }
            };
            Ok(Segment { name: name.into(), places, curve })
        })
        .collect()
}

/// Why percentages of some segments are left empty, if they are: which segments have a total of zero or less.
///
/// # Shape
/// One sentence; of many segments the first five are named.
pub fn segments_warning(segments: &[Segment]) -> Option<String> {
    const NAMED: usize = 5;
    let without: Vec<&Segment> = segments.iter().filter(|segment| segment.curve.total() <= 0.0).collect();
    let named = |segment: &&Segment| match segment.name.as_str() {
        "" => format!("no segment {}", segment.curve.total()),
        name => format!("`{}` {}", shortened(name, 40), segment.curve.total()),
    };
    let mut names: Vec<String> = without.iter().take(NAMED).map(named).collect();
    if without.len() > NAMED {
        names.push(format!("{} more", grouped((without.len() - NAMED) as u64)));
    }
    (!without.is_empty()).then(|| {
        format!(
            "the total of {} is zero or less ({}): shares and percentages of it would mean nothing and are left empty",
            counted(without.len() as u64, "segment"),
            names.join(", ")
        )
    })
}
