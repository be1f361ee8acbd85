//! How unequal the customers are: Lorenz curve and Gini index.

use super::curve::Curve;

/// The Gini index of any values, negative ones included.
///
/// # Definition
/// ```text
/// gini      = sum_i sum_j |y_i - y_j| / (2 n sum_i |y_i|)
/// gini_max1 = the same over n - 1 instead of n: 1 where one customer has everything
/// ```
/// With negative values the ordinary index can exceed one, since it divides by a mean that they
/// lower; this one divides by the mean of the absolute values. Without negative values the two agree.
///
/// # Source
/// Raffinetti, Siletti and Vernizzi (2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gini {
    /// Over n; `None` where every value is zero.
    pub gini: Option<f64>,
    /// Over n - 1; `None` as well for a single customer.
    pub gini_max1: Option<f64>,
}

/// A point of the Lorenz curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LorenzPoint {
    /// The share of customers, from those with the least.
    pub customer_share: f64,
    /// What they have together, in units.
    pub cumulative: f64,
    /// The same as a share of the total; `None` where the total is zero or less.
    pub cumulative_share: Option<f64>,
}

impl Curve {
    /// The normalised Gini index of the values.
    pub fn gini(&self) -> Gini {
        let customers = self.customers() as f64;
        let gini = self.normalised_gini();
        Gini { gini, gini_max1: gini.filter(|_| customers > 1.0).map(|gini| gini * customers / (customers - 1.0)) }
    }

    /// The Lorenz curve of the values, from (0, 0) to (1, 1) in so many equal steps of customers.
    ///
    /// # Shape
    /// `steps + 1` points. The customers stand from the least to the greatest, so that with losses the
    /// curve first falls below zero; a customer on a step counts in part.
    pub fn lorenz(&self, steps: u32) -> Vec<LorenzPoint> {
        let steps = steps.max(1);
        std::iter::zip(0..=steps, self.sums_of_the_last(steps))
            .map(|(step, cumulative)| LorenzPoint {
                customer_share: f64::from(step) / f64::from(steps),
                cumulative,
                cumulative_share: self.share(cumulative),
            })
            .collect()
    }
}
