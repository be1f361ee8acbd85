//! Means of functions over gamma and beta distributions, and the quadrature rules behind them.
//!
//! The density is written in the logarithm (gamma) or log-odds (beta) of its variable, where it falls
//! off exponentially at both ends; `y = centre + scale sinh τ` makes that double-exponential, and the
//! trapezoidal rule in τ then converges geometrically. The step is halved until two steps agree, so
//! a hard integrand costs more and loses nothing.
//!
//! Points and weights are made once for all means over one distribution, and the values of a function once for all
//! gamma distributions of one shape whose rates fall into one cell of a fixed grid: they differ in weights alone.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Points of one Gauss-Legendre panel.
pub const GAUSS_POINTS: usize = 16;

/// Two successive steps that agree to this have left the finer one exact to rounding, as the error
/// of a geometrically converging rule squares with each halving.
const AGREEMENT: f64 = 1e-7;

/// The step of the first level; each further one halves it.
const WIDEST_STEP: f64 = 0.25;

/// Levels at most.
const LEVELS: usize = 7;

/// Logarithm of a density, relative to that in the middle, beyond which the tail begins: e^-90, so that a function may grow
/// by twenty digits on the way there, as 1/p does.
const LN_NEGLIGIBLE: f64 = -90.0;

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

/// Means of functions of p ~ Beta(`a`, `b`).
#[derive(Debug)]
pub struct BetaMeans {
    a: f64,
    b: f64,
    /// Points p and their weights.
    levels: [OnceCell<Vec<(f64, f64)>>; LEVELS],
}

impl BetaMeans {
    /// Of one distribution.
    pub fn new(a: f64, b: f64) -> Self {
        Self { a, b, levels: Default::default() }
    }

    /// `E[f(p)]`, for several functions at once.
    ///
    /// # Definition
    /// `f` must be positive and change on the scale of ln p. It is called with 0 where p is below the
    /// smallest number.
    pub fn mean<const K: usize>(&self, f: impl Fn(f64) -> [f64; K]) -> [f64; K] {
        refine(|level, sums| {
            for &(p, weight) in self.levels[level].get_or_init(|| self.points(level)) {
                sums.add(weight, f(p));
            }
        })
    }

    fn points(&self, level: usize) -> Vec<(f64, f64)> {
        let Self { a, b, .. } = *self;
        let centre = (a.max(1.0) / b.max(1.0)).ln();
        let scale = (a.recip() + b.recip()).sqrt().min(1.5);
        let ln_weight = |y: f64| -a * softplus(-y) - b * softplus(y);
        let reference = ln_weight(centre);
        let points = trapezoid(level, centre, scale, |y| ln_weight(y) - reference);
        points.map(|(y, weight)| ((-softplus(-y)).exp(), weight)).collect()
    }
}

/// Means of functions of λ ~ Gamma(`shape`, rate), for one shape and any rate.
///
/// # Definition
/// The functions must be positive and change on the scale of ln λ, as every function of a rate does here. A mean does not
/// depend on which others were asked for.
#[derive(Debug)]
pub struct GammaMeans<F, const K: usize> {
    shape: f64,
    f: F,
    /// The levels of each cell of rates. A cell is as wide as the distribution of ln λ, so that the points of its middle
    /// suit all of it.
    cells: BTreeMap<i64, Vec<Vec<GammaPoint<K>>>>,
}

#[derive(Debug)]
struct GammaPoint<const K: usize> {
    /// λ over its mean, less one, times the shape: by how much a higher rate lowers the density.
    excess: f64,
    weight: f64,
    values: [f64; K],
}

impl<F: Fn(f64) -> [f64; K], const K: usize> GammaMeans<F, K> {
    /// Of distributions of one shape.
    pub fn new(shape: f64, f: F) -> Self {
        Self { shape, f, cells: BTreeMap::new() }
    }

    /// `E[f(λ)]` at a rate, for several functions at once.
    pub fn mean(&mut self, rate: f64) -> [f64; K] {
        let Self { shape, f, cells } = self;
        let shape = *shape;
        let centre = shape.max(1.0).ln();
        let scale = shape.recip().sqrt().min(1.5);
        let at_centre = centre.exp();
        let ln_density = |y: f64| shape * (y - centre) - at_centre * (y - centre).exp_m1();
        let cell = (rate.ln() / scale).round();
        let middle = (cell * scale).exp();
        let steeper = (rate - middle) / middle;
        let levels = cells.entry(cell as i64).or_default();
        refine(|level, sums| {
            if levels.len() == level {
                let points = trapezoid(level, centre, scale, ln_density).map(|(y, weight)| GammaPoint {
                    excess: at_centre * (y - centre).exp_m1(),
                    weight,
                    values: f(y.exp() / middle),
                });
                levels.push(points.collect());
            }
            for point in &levels[level] {
                sums.add(point.weight * (-steeper * point.excess).exp(), point.values);
            }
        })
    }
}

/// `ln(1 + e^y)` without overflow.
fn softplus(y: f64) -> f64 {
    if y > 0.0 { y + (-y).exp().ln_1p() } else { y.exp().ln_1p() }
}

/// What a level adds to those before it: points `y = centre + scale sinh τ` half-way between theirs, with their weights.
fn trapezoid(
    level: usize,
    centre: f64,
    scale: f64,
    ln_density: impl Fn(f64) -> f64,
) -> impl Iterator<Item = (f64, f64)> {
    let step = WIDEST_STEP * 0.5_f64.powi(level as i32);
    let stride = if level == 0 { step } else { 2.0 * step };
    let side = move |from: f64, direction: f64| (0..).map(move |k| direction * (from + f64::from(k) * stride));
    let point = move |tau: f64| {
        let y = centre + scale * tau.sinh();
        let ln = ln_density(y);
        (ln > LN_NEGLIGIBLE).then(|| (y, ln.exp() * tau.cosh()))
    };
    let points = [side(if level == 0 { 0.0 } else { step }, 1.0), side(step, -1.0)];
    points.into_iter().flat_map(move |side| side.map_while(&point).collect::<Vec<_>>())
}

/// Weighted sums of several functions, and of the weights.
struct Sums<const K: usize> {
    values: [f64; K],
    weight: f64,
}

impl<const K: usize> Sums<K> {
    fn add(&mut self, weight: f64, values: [f64; K]) {
        self.weight += weight;
        for (sum, value) in self.values.iter_mut().zip(values) {
            *sum += weight * value;
        }
    }

    fn mean(&self) -> [f64; K] {
        self.values.map(|sum| sum / self.weight)
    }
}

/// The mean once a level changes it no more.
fn refine<const K: usize>(mut add_level: impl FnMut(usize, &mut Sums<K>)) -> [f64; K] {
    let mut sums = Sums { values: [0.0; K], weight: 0.0 };
    add_level(0, &mut sums);
    let mut last = sums.mean();
    for level in 1..LEVELS {
        add_level(level, &mut sums);
        let next = sums.mean();
        let agree = next.iter().zip(last).all(|(next, last)| (next - last).abs() <= AGREEMENT * next.abs());
        last = next;
        if agree {
            break;
        }
    }
    last
}
