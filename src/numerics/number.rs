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
        std::array::from_fn(|i| {
            let mut variable = Self::constant(at[i]);
            variable.gradient[i] = 1.0;
            variable
        })
    }

    /// A function of the number, given its value, first and second derivative.
    #[inline]
    fn chain(mut self, value: f64, first: f64, second: f64) -> Self {
        self.value = value;
        for i in 0..N {
            let scaled = second * self.gradient[i];
            for j in 0..N {
                self.hessian[i][j] = first * self.hessian[i][j] + scaled * self.gradient[j];
            }
        }
        for slope in &mut self.gradient {
            *slope *= first;
        }
        self
    }

    /// The number times one factor, plus another number times another.
    #[inline]
    fn combine(mut self, factor: f64, other: Self, other_factor: f64) -> Self {
        self.value = self.value * factor + other.value * other_factor;
        for i in 0..N {
            self.gradient[i] = self.gradient[i] * factor + other.gradient[i] * other_factor;
            for j in 0..N {
                self.hessian[i][j] = self.hessian[i][j] * factor + other.hessian[i][j] * other_factor;
            }
        }
        self
    }

    /// Adds what a product has of the first derivatives of both factors to the second.
    #[inline]
    fn add_mixed(&mut self, one: &[f64; N], other: &[f64; N], factor: f64) {
        for i in 0..N {
            for j in 0..N {
                self.hessian[i][j] += factor * (one[i] * other[j] + other[i] * one[j]);
            }
        }
    }
}

impl<const N: usize> Number for Jet<N> {
    #[inline]
    fn constant(value: f64) -> Self {
        Self { value, gradient: [0.0; N], hessian: [[0.0; N]; N] }
    }

    #[inline]
    fn re(&self) -> f64 {
        self.value
    }

    #[inline]
    fn recip(self) -> Self {
        let value = self.value.recip();
        self.chain(value, -value * value, 2.0 * value * value * value)
    }

    #[inline]
    fn exp(self) -> Self {
        let value = self.value.exp();
        self.chain(value, value, value)
    }

    #[inline]
    fn ln(self) -> Self {
        let slope = self.value.recip();
        self.chain(self.value.ln(), slope, -slope * slope)
    }

    #[inline]
    fn ln_1p(self) -> Self {
        let slope = (1.0 + self.value).recip();
        self.chain(self.value.ln_1p(), slope, -slope * slope)
    }
}

impl<const N: usize> Neg for Jet<N> {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl<const N: usize> Add for Jet<N> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        self.combine(1.0, other, 1.0)
    }
}

impl<const N: usize> Sub for Jet<N> {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self.combine(1.0, other, -1.0)
    }
}

impl<const N: usize> Mul for Jet<N> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        let mut product = self.combine(other.value, other, self.value);
        product.value = self.value * other.value;
        product.add_mixed(&self.gradient, &other.gradient, 1.0);
        product
    }
}

impl<const N: usize> Div for Jet<N> {
    type Output = Self;

    /// From `self = quotient · other`, solved for the derivatives of the quotient.
    #[inline]
    fn div(self, other: Self) -> Self {
        let (value, inverse) = (self.value / other.value, other.value.recip());
        let mut quotient = self.combine(inverse, other, -value * inverse);
        quotient.value = value;
        let slopes = quotient.gradient;
        quotient.add_mixed(&slopes, &other.gradient, -inverse);
        quotient
    }
}

impl<const N: usize> AddAssign for Jet<N> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<const N: usize> Add<f64> for Jet<N> {
    type Output = Self;

    #[inline]
    fn add(mut self, constant: f64) -> Self {
        self.value += constant;
        self
    }
}

impl<const N: usize> Sub<f64> for Jet<N> {
    type Output = Self;

    #[inline]
    fn sub(mut self, constant: f64) -> Self {
        self.value -= constant;
        self
    }
}

impl<const N: usize> Mul<f64> for Jet<N> {
    type Output = Self;

    #[inline]
    fn mul(mut self, factor: f64) -> Self {
        self.value *= factor;
        for i in 0..N {
            self.gradient[i] *= factor;
            for j in 0..N {
                self.hessian[i][j] *= factor;
            }
        }
        self
    }
}
