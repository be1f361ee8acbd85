//! The numerical methods that the models stand on.
//!
//! **Question.** How are likelihoods, their derivatives and the integrals over customers that differ
//! computed so that no parameter an optimiser tries gives NaN or infinity, and so that the number of
//! threads changes no bit?
//!
//! | module | what | how |
//! |---|---|---|
//! | [`number`] | one trait for numbers with and without derivatives | a likelihood is written once; gradient and Hessian are exact |
//! | [`gamma`] | ratio of gamma functions, as a logarithm | shift and Stirling's series |
//! | [`hypergeometric`] | ln ₂F₁(1, b; c; z) | series, Gauss's continued fraction, an integral near z = 1 |
//! | [`lifetime`] | discounted time under a power law, e^κ E_s(κ) | Gauss-Legendre panels in the logarithm |
//! | [`expectation`] | means over gamma and beta distributions | double-exponential trapezoid, refined until it agrees |
//! | [`maximise`] | maximum of a likelihood | Newton steps with the exact Hessian, made safe |
//! | [`fold`] | sums over many rows on many threads | fixed blocks, added in their order |
//!
//! Sources: NIST Digital Library of Mathematical Functions, 5.11 (Stirling), 8.19 (generalized
//! exponential integral), 15.7 (Gauss's continued fraction), 15.6.1 (Euler's integral), 3.5 (quadrature);
//! Takahasi & Mori (1974), "Double exponential formulas for numerical integration"; Nocedal & Wright
//! (2006), *Numerical Optimization*, section 3.4.

pub mod expectation;
pub mod fold;
pub mod gamma;
pub mod hypergeometric;
pub mod lifetime;
pub mod maximise;
pub mod number;

#[cfg(test)]
mod tests;
