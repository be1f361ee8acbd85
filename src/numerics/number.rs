//! Plain numbers, and numbers with their first and second derivatives, under one name.
//!
//! Derivatives are carried through every operation by the chain rule (forward automatic differentiation), so they are
//! exact to rounding:
//!
//! ```text
//! f(u)' = f'(u) u'      f(u)'' = f'(u) u'' + f''(u) u' u'ᵀ      (u v)'' = u v'' + u' v'ᵀ + v' u'ᵀ + v u''
//! ```
//!
//! Source: Griewank & Walther (2008), *Evaluating Derivatives*, chapters 3 and 10.

use std::array::from_fn;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A real number that may carry derivatives: `f64`, or a [`Jet`].
///
/// A function written over `Number` gives its value, or its exact gradient and Hessian as well, depending on what it is
/// called with.
pub trait Number:
    Copy
    + Send
    + Sync
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
{
    /// A number whose derivatives are zero.
    fn constant(value: f64) -> Self;
    /// The value alone.
    fn re(&self) -> f64;
    /// `1 / self`.
    fn recip(self) -> Self;
    /// `e^self`.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + self)`, exact for small numbers.
    fn ln_1p(self) -> Self;
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn re(&self) -> f64 {
        *self
    }

    fn recip(self) -> Self {
        self.recip()
    }

    fn exp(self) -> Self {
        self.exp()
    }

    fn ln(self) -> Self {
        self.ln()
    }

    fn ln_1p(self) -> Self {
        self.ln_1p()
    }
}

/// A value with its gradient and Hessian in `N` variables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jet<const N: usize> {
    /// The value.
    pub value: f64,
    /// First derivatives.
    pub gradient: [f64; N],
    /// Second derivatives.
    pub hessian: [[f64; N]; N],
}

impl<const N: usize> Jet<N> {
    /// The variables themselves, at a point.
    pub fn variables(at: [f64; N]) -> [Self; N] {
        from_fn(|i| {
            let mut variable = Self::constant(at[i]);
            variable.gradient[i] = 1.0;
            variable
        })
    }

    /// A function of the number, given its value, first and second derivative.
    #[inline(always)]
    fn chain(&self, value: f64, first: f64, second: f64) -> Self {
        let Self { gradient, hessian, .. } = self;
        Self {
            value,
            gradient: gradient.map(|slope| first * slope),
            hessian: from_fn(|i| from_fn(|j| first * hessian[i][j] + second * gradient[i] * gradient[j])),
        }
    }

    /// Both numbers joined derivative by derivative.
    #[inline(always)]
    fn zip(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            value: join(self.value, other.value),
            gradient: from_fn(|i| join(self.gradient[i], other.gradient[i])),
            hessian: from_fn(|i| from_fn(|j| join(self.hessian[i][j], other.hessian[i][j]))),
        }
    }
}

impl<const N: usize> Number for Jet<N> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self { value, gradient: [0.0; N], hessian: [[0.0; N]; N] }
    }

    #[inline(always)]
    fn re(&self) -> f64 {
        self.value
    }

    #[inline(always)]
    fn recip(self) -> Self {
        let value = self.value.recip();
        self.chain(value, -value * value, 2.0 * value * value * value)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let value = self.value.exp();
        self.chain(value, value, value)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        let slope = self.value.recip();
        self.chain(self.value.ln(), slope, -slope * slope)
    }

    #[inline(always)]
    fn ln_1p(self) -> Self {
        let slope = (1.0 + self.value).recip();
        self.chain(self.value.ln_1p(), slope, -slope * slope)
    }
}

impl<const N: usize> Neg for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl<const N: usize> Add for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(&other, |one, other| one + other)
    }
}

impl<const N: usize> Sub for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(&other, |one, other| one - other)
    }
}

impl<const N: usize> Mul for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (u, v) = (&self, &other);
        Self {
            value: u.value * v.value,
            gradient: from_fn(|i| u.value * v.gradient[i] + v.value * u.gradient[i]),
            hessian: from_fn(|i| {
                from_fn(|j| {
                    (u.value * v.hessian[i][j] + v.value * u.hessian[i][j])
                        + (u.gradient[i] * v.gradient[j] + v.gradient[i] * u.gradient[j])
                })
            }),
        }
    }
}

impl<const N: usize> Div for Jet<N> {
    type Output = Self;

    /// From `self = quotient · other`, solved for the derivatives of the quotient.
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let (u, v) = (&self, &other);
        let value = u.value / v.value;
        let inverse = v.value.recip();
        let gradient: [f64; N] = from_fn(|i| (u.gradient[i] - value * v.gradient[i]) * inverse);
        Self {
            value,
            gradient,
            hessian: from_fn(|i| {
                from_fn(|j| {
                    let mixed = gradient[i] * v.gradient[j] + v.gradient[i] * gradient[j];
                    (u.hessian[i][j] - value * v.hessian[i][j] - mixed) * inverse
                })
            }),
        }
    }
}

impl<const N: usize> AddAssign for Jet<N> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<const N: usize> Add<f64> for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, constant: f64) -> Self {
        self.value += constant;
        self
    }
}

impl<const N: usize> Sub<f64> for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, constant: f64) -> Self {
        self.value -= constant;
        self
    }
}

impl<const N: usize> Mul<f64> for Jet<N> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            gradient: self.gradient.map(|slope| slope * factor),
            hessian: self.hessian.map(|row| row.map(|curvature| curvature * factor)),
        }
    }
}
