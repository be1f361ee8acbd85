//! Plain and dual numbers under one name.

use num_dual::DualNum;

/// A real number that may carry derivatives: `f64`, or a dual number over it.
///
/// A function written over `Number` gives its value, its exact gradient or its exact Hessian,
/// depending on what it is called with.
pub trait Number: DualNum<Primitive = f64, Real = f64> + Copy + Send + Sync {}

impl<D: DualNum<Primitive = f64, Real = f64> + Copy + Send + Sync> Number for D {}

/// A constant, whose derivatives are zero.
pub fn constant<D: Number>(value: f64) -> D {
    D::from(value)
}
