//! Ratios of gamma functions, in logarithms.

use super::number::Number;

/// Where Stirling's series is exact to the last digit with the terms below.
const STIRLING_FROM: f64 = 10.0;

/// `B_2k / (2k (2k - 1))` for k = 1, 2, …
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

/// `ln Γ(a)` for `a > 0`.
///
/// # Definition
/// Shift to `a ≥ 10` by `Γ(a + 1) = a Γ(a)`, then Stirling's series (DLMF 5.11.1).
pub fn ln_gamma<D: Number>(a: D) -> D {
    let mut shifted = a;
    let mut product = D::constant(1.0);
    while shifted.re() < STIRLING_FROM {
        product = product * shifted;
        shifted = shifted + 1.0;
    }
    let half_ln_two_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
    (shifted - 0.5) * shifted.ln() - shifted + half_ln_two_pi + stirling(shifted) - product.ln()
}

/// `ln Γ(a + d) - ln Γ(a)` for `a > 0`, `d ≥ 0`, without the loss of digits of the difference.
///
/// # Edge cases
/// `d = 0` is exactly 0. With `a` far larger than `d` the value tends to `d ln a`, to full relative
/// accuracy, where the difference of two logarithms would keep nothing.
pub fn ln_gamma_ratio<D: Number>(a: D, d: D) -> D {
    let mut shifted = a;
    let mut product = D::constant(1.0);
    while shifted.re() < STIRLING_FROM {
        product = product * (shifted / (shifted + d));
        shifted = shifted + 1.0;
    }
    let sum = shifted + d;
    (shifted - 0.5) * (d / shifted).ln_1p() + d * sum.ln() - d + (stirling(sum) - stirling(shifted)) + product.ln()
}

fn stirling<D: Number>(a: D) -> D {
    let inverse = a.recip();
    let square = inverse * inverse;
    let mut sum = D::constant(0.0);
    for coefficient in STIRLING.iter().rev() {
        sum = sum * square + *coefficient;
    }
    sum * inverse
}
