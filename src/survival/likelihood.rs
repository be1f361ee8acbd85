//! The partial likelihood of the Cox model with its exact gradient and curvature, ties after Efron.
//!
//! # Definition
//! At each tenure with `d` departures, with `w = exp(x beta)`, sums `S` over the customers at risk and `T` over
//! those who leave, and `r_l = S0 - (l/d) T0`:
//!
//! ```text
//! log L = sum over departures of x beta - sum over l = 0..d-1 of ln r_l
//! ```
//!
//! The curvature needs `S2`, the sum of `w x x'` over the risk set, only weighted and summed over all tenures. So
//! each row's `w x x'` is weighted once, by the sum of the weights of the tenures it was at risk at, instead of
//! carrying a matrix from tenure to tenure. What is taken off again, the squares of the means, needs of the ties only
//! three sums over `l`:
//!
//! ```text
//! sum of m_l m_l' = S1 S1' sum 1/r_l^2 - (S1 T1' + T1 S1') sum (l/d)/r_l^2 + T1 T1' sum (l/d)^2/r_l^2
//! ```
//! with `m_l = (S1 - (l/d) T1) / r_l`, so that a tenure costs the same with one departure or with a million.
//!
//! Customers who are alike are one row with a count.

use std::ops::Range;

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::patterns::Patterns;
use super::{Design, Observation};

/// Rows, or departures, of one block of a sum; the blocks are fixed so that threads change no digit.
const BLOCK: usize = 4_096;
/// Partial sums that a scalar product keeps side by side, for the processor to add at once.
const LANES: usize = 8;

/// The data of a fit: standardised covariates, ordered by tenure, and the tenures of departures.
pub(super) struct Risk {
    pub width: usize,
    /// Standard deviations by which the covariates were divided.
    pub scales: Vec<f64>,
    /// Column by column, the rows in the order of tenure.
    x: Vec<Vec<f64>>,
    counts: Vec<f64>,
    event: Vec<bool>,
    /// For each row the number of departure tenures up to its own: it is at risk at those before this place.
    until: Vec<u32>,
    /// The number of departure tenures at which it was not at risk yet; empty where all are seen from the start.
    from: Vec<u32>,
    /// Departures at each departure tenure, ascending.
    pub deaths: Vec<u32>,
    /// The departure tenures.
    pub times: Vec<f64>,
    /// Sum of the covariates of those who left at each tenure.
    death_x: Vec<f64>,
    /// Stretches of tenures with about as many departures each.
    stretches: Vec<Range<usize>>,
}

/// The partial likelihood at one `beta`, with derivatives in the standardised covariates.
pub(super) struct Evaluation {
    pub log_likelihood: f64,
    pub gradient: DVector<f64>,
    pub information: DMatrix<f64>,
}

impl Risk {
    pub fn new(observations: &[Observation], design: &Design) -> Self {
        let width = design.columns.len();
        let Patterns { customers, counts } = Patterns::new(observations, design);
        let seen = |row: usize| &observations[customers[row] as usize];
        let counts: Vec<f64> = counts.into_iter().map(f64::from).collect();
        let n = observations.len() as f64;
        let (x, scales) = design
            .columns
            .par_iter()
            .map(|column| {
                let mut x: Vec<f64> = customers.iter().map(|&customer| column[customer as usize]).collect();
                let mean = x.iter().zip(&counts).fold(0.0, |sum, (x, count)| sum + x * count) / n;
                x.iter_mut().for_each(|x| *x -= mean);
                let scale = (x.iter().zip(&counts).fold(0.0, |sum, (x, count)| sum + x * x * count) / n).sqrt();
                if scale > 0.0 {
                    x.iter_mut().for_each(|x| *x /= scale);
                }
                (x, scale)
            })
            .unzip();
        let mut risk = Self {
            width,
            scales,
            x,
            event: (0..customers.len()).map(|row| seen(row).event).collect(),
            counts,
            until: Vec::with_capacity(customers.len()),
            from: Vec::new(),
            deaths: vec![],
            times: vec![],
            death_x: vec![],
            stretches: vec![],
        };
        for row in 0..customers.len() {
            let time = seen(row).time;
            if risk.event[row] {
                if risk.times.last() != Some(&time) {
                    risk.times.push(time);
                    risk.deaths.push(0);
                    risk.death_x.resize(risk.death_x.len() + width, 0.0);
                }
                *risk.deaths.last_mut().expect("a tenure was just pushed") += risk.counts[row] as u32;
                let sum = &mut risk.death_x[(risk.times.len() - 1) * width..];
                sum.iter_mut().zip(&risk.x).for_each(|(sum, x)| *sum += x[row] * risk.counts[row]);
            }
            risk.until.push(risk.times.len() as u32);
        }
        if observations.iter().any(|observation| observation.entry > 0.0) {
            let entries = (0..customers.len()).map(|row| seen(row).entry);
            risk.from = entries
                .map(|entry| if entry > 0.0 { risk.times.partition_point(|time| *time <= entry) as u32 } else { 0 })
                .collect();
        }
        let (mut first, mut departures) = (0, 0);
        for (tenure, deaths) in risk.deaths.iter().enumerate() {
            departures += *deaths as usize;
            if departures >= BLOCK || tenure + 1 == risk.deaths.len() {
                risk.stretches.push(first..tenure + 1);
                (first, departures) = (tenure + 1, 0);
            }
        }
        risk
    }

    /// The blocks of rows, each with its rows.
    fn blocks(&self) -> impl IndexedParallelIterator<Item = Range<usize>> {
        let n = self.event.len();
        (0..n.div_ceil(BLOCK)).into_par_iter().map(move |block| block * BLOCK..((block + 1) * BLOCK).min(n))
    }

    /// Likelihood, gradient and information at `beta` of the standardised covariates.
    pub fn evaluate(&self, beta: &[f64]) -> Evaluation {
        let p = self.width;
        let sums = self.sums(beta);
        let mut log_likelihood = sums.departures_eta;
        let mut information = DMatrix::<f64>::zeros(p, p);
        let (mut weights, mut tie_weights) = (vec![0.0], Vec::with_capacity(self.times.len()));
        let stretches: Vec<Stretch> =
            self.stretches.par_iter().map(|tenures| self.stretch(tenures.clone(), &sums)).collect();
        for stretch in stretches {
            log_likelihood -= stretch.log_risk;
            for (k, value) in stretch.outer.iter().enumerate() {
                information[(k / p, k % p)] -= value;
            }
            for weight in stretch.weights {
                weights.push(weights[weights.len() - 1] + weight);
            }
            tie_weights.extend(stretch.tie_weights);
        }

        // Each row's share in the weighted sums over all tenures.
        let rows: Vec<(Vec<f64>, Vec<f64>)> = self
            .blocks()
            .map(|rows| {
                let mut share: Vec<f64> = sums.weight[rows.clone()].to_vec();
                for (row, share) in rows.clone().zip(&mut share) {
                    let until = self.until[row] as usize;
                    let late = self.from.get(row).map_or(0.0, |&from| weights[from as usize]);
                    let tied = if self.event[row] { tie_weights[until - 1] } else { 0.0 };
                    *share *= weights[until] - late - tied;
                }
                let (mut first, mut second) = (Vec::with_capacity(p), Vec::with_capacity(p * (p + 1) / 2));
                for (k, column) in self.x.iter().enumerate() {
                    let scaled: Vec<f64> =
                        column[rows.clone()].iter().zip(&share).map(|(x, share)| x * share).collect();
                    first.push(scaled.iter().sum());
                    second.extend(self.x[..=k].iter().map(|other| dot(&scaled, &other[rows.clone()])));
                }
                (first, second)
            })
            .collect();
        let mut gradient = DVector::<f64>::zeros(p);
        for (place, sum) in self.death_x.iter().enumerate() {
            gradient[place % p] += sum;
        }
        for (first, second) in rows {
            let mut second = second.iter();
            for k in 0..p {
                gradient[k] -= first[k];
                for (l, sum) in (0..=k).zip(&mut second) {
                    information[(k, l)] += sum;
                }
            }
        }
        information.fill_upper_triangle_with_lower_triangle();
        Evaluation { log_likelihood, gradient, information }
    }

    /// How many customers are at risk at each tenure: without covariates everybody weighs one.
    pub fn at_risk(&self) -> Vec<f64> {
        self.sums(&[]).s0
    }

    /// The sums over who is at risk and who leaves at each tenure.
    fn sums(&self, beta: &[f64]) -> Sums {
        let (n, p, tenures) = (self.event.len(), self.width, self.times.len());
        let mut weight = vec![0.0; n];
        weight.par_chunks_mut(BLOCK).enumerate().for_each(|(block, eta)| {
            for (column, beta) in self.x.iter().zip(beta) {
                eta.iter_mut().zip(&column[block * BLOCK..]).for_each(|(eta, x)| *eta += beta * x);
            }
        });
        // The likelihood does not change by a constant factor of all weights; this one keeps them finite.
        let shift = weight.par_iter().copied().reduce(|| f64::NEG_INFINITY, f64::max);
        let departures: Vec<f64> = weight
            .par_chunks_mut(BLOCK)
            .enumerate()
            .map(|(block, eta)| {
                let mut departures_eta = 0.0;
                for (row, eta) in (block * BLOCK..).zip(eta) {
                    if self.event[row] {
                        departures_eta += (*eta - shift) * self.counts[row];
                    }
                    *eta = (*eta - shift).exp() * self.counts[row];
                }
                departures_eta
            })
            .collect();

        // A row joins at the last tenure it is at risk at; rows of one tenure stand together, those who leave at it first.
        let blocks: Vec<Pieces> = self.blocks().map(|rows| self.pieces(rows, &weight)).collect();
        let mut sums = Sums {
            departures_eta: departures.iter().sum(),
            weight,
            s0: vec![0.0; tenures],
            s1: vec![0.0; tenures * p],
            t0: vec![0.0; tenures],
            t1: vec![0.0; tenures * p],
        };
        for Pieces { of, sums: parts } in &blocks {
            for (&(tenure, leaving), part) in of.iter().zip(parts.chunks_exact(p + 1)) {
                let (tenure, place) = (tenure as usize, tenure as usize * p..(tenure as usize + 1) * p);
                sums.s0[tenure] += part[p];
                add(&mut sums.s1[place.clone()], &part[..p]);
                if leaving {
                    sums.t0[tenure] += part[p];
                    add(&mut sums.t1[place], &part[..p]);
                }
            }
        }
        for (row, &first) in self.from.iter().enumerate() {
            // Late entrants were not at risk at the tenures before they were first observed.
            if let Some(before) = first.checked_sub(1) {
                let (before, weight) = (before as usize, sums.weight[row]);
                sums.s0[before] -= weight;
                let sum = &mut sums.s1[before * p..(before + 1) * p];
                sum.iter_mut().zip(&self.x).for_each(|(sum, x)| *sum -= weight * x[row]);
            }
        }
        for tenure in (1..tenures).rev() {
            sums.s0[tenure - 1] += sums.s0[tenure];
            let (earlier, later) = sums.s1.split_at_mut(tenure * p);
            add(&mut earlier[(tenure - 1) * p..], &later[..p]);
        }
        sums
    }

    /// The sums over the rows of a block that have one tenure and one end.
    fn pieces(&self, rows: Range<usize>, weight: &[f64]) -> Pieces {
        let mut pieces = Pieces::default();
        let mut first = rows.start;
        while first < rows.end {
            let end = |row: usize| (self.until[row], self.event[row]);
            let last = (first..rows.end).find(|&row| end(row) != end(first)).unwrap_or(rows.end);
            // Who was censored before the first departure was never at risk at one.
            if let Some(tenure) = self.until[first].checked_sub(1) {
                pieces.of.push((tenure, self.event[first]));
                let weight = &weight[first..last];
                pieces.sums.extend(self.x.iter().map(|column| dot(weight, &column[first..last])));
                pieces.sums.push(weight.iter().sum());
            }
            first = last;
        }
        pieces
    }

    fn stretch(&self, tenures: Range<usize>, sums: &Sums) -> Stretch {
        let p = self.width;
        let mut stretch = Stretch { outer: vec![0.0; p * p], ..Stretch::default() };
        for tenure in tenures {
            let deaths = f64::from(self.deaths[tenure]);
            let (s0, t0) = (sums.s0[tenure], sums.t0[tenure]);
            let (s1, t1) = (&sums.s1[tenure * p..(tenure + 1) * p], &sums.t1[tenure * p..(tenure + 1) * p]);
            let (mut weight, mut tie_weight) = (0.0, 0.0);
            let (mut ss, mut st, mut tt) = (0.0, 0.0, 0.0);
            for tie in 0..self.deaths[tenure] {
                let share = f64::from(tie) / deaths;
                // At risk is at least who leaves; late entrants leave through a difference, whose rounding must not win.
                let at_risk = (s0 - share * t0).max(t0 * (1.0 - share));
                let inverse = 1.0 / at_risk;
                stretch.log_risk += at_risk.ln();
                weight += inverse;
                tie_weight += share * inverse;
                ss += inverse * inverse;
                st += share * inverse * inverse;
                tt += share * share * inverse * inverse;
            }
            for k in 0..p {
                let (of_s, of_t) = (ss * s1[k] - st * t1[k], tt * t1[k] - st * s1[k]);
                let row = stretch.outer[k * p..=k * p + k].iter_mut();
                row.zip(s1.iter().zip(t1)).for_each(|(sum, (s, t))| *sum += of_s * s + of_t * t);
            }
            stretch.weights.push(weight);
            stretch.tie_weights.push(tie_weight);
        }
        stretch
    }

    /// Sum over departures of a number of their tenure times the covariate's departure from what the model expects.
    pub fn residual_sum(&self, beta: &[f64], of_tenure: &[f64]) -> DVector<f64> {
        let p = self.width;
        let sums = self.sums(beta);
        let mut residuals = DVector::zeros(p);
        for tenures in &self.stretches {
            let stretch = self.stretch(tenures.clone(), &sums);
            let weights = stretch.weights.iter().zip(&stretch.tie_weights);
            for (tenure, (weight, tie_weight)) in tenures.clone().zip(weights) {
                for k in 0..p {
                    let place = tenure * p + k;
                    let expected = weight * sums.s1[place] - tie_weight * sums.t1[place];
                    residuals[k] += of_tenure[tenure] * (self.death_x[place] - expected);
                }
            }
        }
        residuals
    }
}

/// What one `beta` makes of the rows and of the tenures.
struct Sums {
    /// Sum of the logarithms of the weights of those who left.
    departures_eta: f64,
    /// For each row its count times `exp(x beta)`, all by one factor that keeps them finite.
    weight: Vec<f64>,
    /// Of who is at risk at each tenure, and of who leaves at it: the weights, and the weighted covariates.
    s0: Vec<f64>,
    s1: Vec<f64>,
    t0: Vec<f64>,
    t1: Vec<f64>,
}

/// For each tenure and end in a block of rows, the weighted covariates and behind them the weight.
#[derive(Default)]
struct Pieces {
    of: Vec<(u32, bool)>,
    sums: Vec<f64>,
}

/// Sums over a stretch of tenures, and the weights of each.
#[derive(Default)]
struct Stretch {
    log_risk: f64,
    outer: Vec<f64>,
    weights: Vec<f64>,
    tie_weights: Vec<f64>,
}

fn add(sums: &mut [f64], values: &[f64]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder()).fold(0.0, |sum, (a, b)| sum + a * b);
    for (a, b) in a_chunks.zip(b_chunks) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    lanes.iter().sum::<f64>() + rest
}
