//! Means of functions over gamma and beta distributions, and the quadrature rules behind them.
//!
//! The density is written in the logarithm (gamma) or log-odds (beta) of its variable, where it falls
//! off exponentially at both ends; `y = centre + scale sinh τ` makes that double-exponential, and the
//! trapezoidal rule in τ then converges geometrically. The step is halved until two steps agree, so
//! a hard integrand costs more and loses nothing.

use std::sync::OnceLock;

/// Points of one Gauss-Legendre panel.
pub const GAUSS_POINTS: usize = 16;

/// Two successive steps that agree to this have left the finer one exact to rounding, as the error
/// of a geometrically converging rule squares with each halving.
const AGREEMENT: f64 = 1e-7;

/// Terms below this share of the sum are the tail.
const NEGLIGIBLE: f64 = 1e-18;

/// Nodes in `(0, 1)` and weights of the Gauss-Legendre rule on a panel of width one.
pub fn gauss_legendre() -> &'static [(f64, f64); GAUSS_POINTS] {
    static RULE: OnceLock<[(f64, f64); GAUSS_POINTS]> = OnceLock::new();
    RULE.get_or_init(|| {
        let n = GAUSS_POINTS as f64;
        std::array::from_fn(|i| {
            // Newton's method on the Legendre polynomial, from Tricomi's approximation to its root.
            let mut x = -(std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 0.0;
            for _ in 0..8 {
                let (mut last, mut value) = (1.0, x);
                for k in 2..=GAUSS_POINTS {
                    let k = k as f64;
                    (last, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k);
                }
                slope = n * (x * value - last) / (x * x - 1.0);
                x -= value / slope;
            }
            (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
        })
    })
}

/// `E[f(λ)]` for λ ~ Gamma(`shape`, rate `rate`), for several functions at once.
///
/// # Definition
/// `f` must be positive and change on the scale of ln λ, as every function of a rate does here.
pub fn gamma_mean<const K: usize>(shape: f64, rate: f64, f: impl Fn(f64) -> [f64; K]) -> [f64; K] {
    let centre = shape.max(1.0).ln();
    let scale = shape.recip().sqrt().min(1.5);
    let at_centre = centre.exp();
    let ln_density = |y: f64| shape * (y - centre) - at_centre * (y - centre).exp_m1();
    trapezoid(centre, scale, ln_density, |y| f(y.exp() / rate))
}

/// `E[f(p)]` for p ~ Beta(`a`, `b`), for several functions at once.
///
/// # Definition
/// `f` must be positive and change on the scale of ln p. It is called with 0 where p is below the
/// smallest number.
pub fn beta_mean<const K: usize>(a: f64, b: f64, f: impl Fn(f64) -> [f64; K]) -> [f64; K] {
    let centre = (a.max(1.0) / b.max(1.0)).ln();
    let scale = (a.recip() + b.recip()).sqrt().min(1.5);
    let ln_weight = |y: f64| -a * softplus(-y) - b * softplus(y);
    let reference = ln_weight(centre);
    trapezoid(centre, scale, |y| ln_weight(y) - reference, |y| f((-softplus(-y)).exp()))
}

/// `ln(1 + e^y)` without overflow.
fn softplus(y: f64) -> f64 {
    if y > 0.0 { y + (-y).exp().ln_1p() } else { y.exp().ln_1p() }
}

/// No density here reaches so far: e^600 scales from its centre.
const FARTHEST: f64 = 600.0;

fn trapezoid<const K: usize>(
    centre: f64,
    scale: f64,
    ln_density: impl Fn(f64) -> f64,
    f: impl Fn(f64) -> [f64; K],
) -> [f64; K] {
    let term = |tau: f64| {
        let y = centre + scale * tau.sinh();
        let density = ln_density(y).exp() * tau.cosh();
        (density, f(y).map(|value| if density == 0.0 { 0.0 } else { density * value }))
    };
    let mut sums = ([0.0; K], 0.0);
    let add = |sums: &mut ([f64; K], f64), tau: f64| {
        let (density, values) = term(tau);
        sums.1 += density;
        let mut small = density <= NEGLIGIBLE * sums.1;
        for (sum, value) in sums.0.iter_mut().zip(values) {
            *sum += value;
            small &= value <= NEGLIGIBLE * *sum;
        }
        small
    };
    // One sweep over the points `offset + k step` to either side, until the terms vanish.
    let sweep = |sums: &mut ([f64; K], f64), offset: f64, step: f64| {
        for direction in [1.0, -1.0] {
            let mut k = if offset == 0.0 && direction < 0.0 { 1.0 } else { 0.0 };
            let mut quiet = 0;
            while quiet < 2 && offset + k * step < FARTHEST {
                let small = add(sums, direction * (offset + k * step));
                quiet = if small { quiet + 1 } else { 0 };
                k += 1.0;
            }
        }
    };
    let mut step = 0.25;
    sweep(&mut sums, 0.0, step);
    let mean = |sums: &([f64; K], f64)| sums.0.map(|sum| sum / sums.1);
    let mut last = mean(&sums);
    for _ in 0..6 {
        sweep(&mut sums, 0.5 * step, step);
        step *= 0.5;
        let next = mean(&sums);
        let agree = next.iter().zip(last).all(|(next, last)| (next - last).abs() <= AGREEMENT * next.abs());
        last = next;
        if agree {
            break;
        }
    }
    last
}
