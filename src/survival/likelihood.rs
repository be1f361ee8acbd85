//! The partial likelihood of the Cox model with its exact gradient and curvature, ties after Efron.
//!
//! # Definition
//! At each tenure with `d` departures, with `w = exp(x beta)`, sums `S` over the customers at risk and `T` over
//! those who leave:
//!
//! ```text
//! log L = sum over departures of x beta - sum over l = 0..d-1 of ln(S0 - (l/d) T0)
//! ```
//!
//! The curvature needs `S2`, the sum of `w x x'` over the risk set, only weighted and summed over all tenures. So
//! each customer's `w x x'` is weighted once, by the sum of the weights of the tenures it was at risk at, instead of
//! carrying a matrix from tenure to tenure.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::{Design, Observation};

/// Rows of one block of a sum; the blocks are fixed so that threads change no digit.
const BLOCK: usize = 4_096;

/// The data of a fit: standardised covariates by row, ordered by tenure, and the tenures of departures.
pub(super) struct Risk {
    pub width: usize,
    /// Standard deviations by which the covariates were divided.
    pub scales: Vec<f64>,
    /// Row by row in the order of tenure.
    x: Vec<f64>,
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
    /// The row range of each tenure's departures.
    death_rows: Vec<(u32, u32)>,
}

/// The partial likelihood at one `beta`, with derivatives in the standardised covariates.
pub(super) struct Evaluation {
    pub log_likelihood: f64,
    pub gradient: DVector<f64>,
    pub information: DMatrix<f64>,
    /// For each departure tenure the mean of the covariates that the model expects of who leaves.
    pub expected_x: Vec<f64>,
}

impl Risk {
    pub fn new(observations: &[Observation], design: &Design) -> Self {
        let width = design.columns.len();
        let n = observations.len();
        let mut order: Vec<u32> = (0..u32::try_from(n).expect("fewer than four billion customers")).collect();
        // Within a tenure those who left stand first and together; the rest of the order only has to be fixed.
        order.par_sort_unstable_by(|&a, &b| {
            let (one, other) = (&observations[a as usize], &observations[b as usize]);
            one.time.total_cmp(&other.time).then(other.event.cmp(&one.event)).then_with(|| {
                let columns = design.columns.iter();
                columns
                    .map(|column| column[a as usize].total_cmp(&column[b as usize]))
                    .find(|ordering| ordering.is_ne())
                    .unwrap_or_else(|| one.entry.total_cmp(&other.entry))
            })
        });
        let (mut means, mut scales) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for column in &design.columns {
            let ordered = || order.iter().map(|&row| column[row as usize]);
            let mean = ordered().sum::<f64>() / n as f64;
            let scale = (ordered().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n as f64).sqrt();
            means.push(mean);
            scales.push(scale);
        }
        let mut x = vec![0.0; n * width];
        for (row, &customer) in order.iter().enumerate() {
            for (k, column) in design.columns.iter().enumerate() {
                let scale = if scales[k] > 0.0 { scales[k] } else { 1.0 };
                x[row * width + k] = (column[customer as usize] - means[k]) / scale;
            }
        }
        let event: Vec<bool> = order.iter().map(|&row| observations[row as usize].event).collect();
        let (mut times, mut deaths, mut death_x, mut death_rows) = (vec![], vec![], vec![], vec![]);
        let mut until = Vec::with_capacity(n);
        for row in 0..n {
            let time = observations[order[row] as usize].time;
            if event[row] {
                if times.last() != Some(&time) {
                    times.push(time);
                    deaths.push(0);
                    death_x.resize(death_x.len() + width, 0.0);
                    death_rows.push((row as u32, row as u32));
                }
                *deaths.last_mut().expect("a tenure was just pushed") += 1;
                death_rows.last_mut().expect("a tenure was just pushed").1 = row as u32 + 1;
                let sum = &mut death_x[(times.len() - 1) * width..];
                sum.iter_mut().zip(&x[row * width..]).for_each(|(sum, x)| *sum += x);
            }
            until.push(times.len() as u32);
        }
        let late = observations.iter().any(|observation| observation.entry > 0.0);
        let from = if late {
            let entries = order.iter().map(|&row| observations[row as usize].entry);
            entries
                .map(|entry| if entry > 0.0 { times.partition_point(|time| *time <= entry) as u32 } else { 0 })
                .collect()
        } else {
            Vec::new()
        };
        Self { width, scales, x, event, until, from, deaths, times, death_x, death_rows }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.x[row * self.width..(row + 1) * self.width]
    }

    /// Likelihood, gradient and information at `beta` of the standardised covariates.
    pub fn evaluate(&self, beta: &[f64]) -> Evaluation {
        let (n, p, tenures) = (self.event.len(), self.width, self.times.len());
        let mut eta = vec![0.0; n];
        eta.par_chunks_mut(BLOCK).enumerate().for_each(|(block, eta)| {
            for (place, eta) in eta.iter_mut().enumerate() {
                *eta = dot(self.row(block * BLOCK + place), beta);
            }
        });
        // The likelihood does not change by a constant factor of all weights; this one keeps them finite.
        let shift = eta.par_iter().copied().reduce(|| f64::NEG_INFINITY, f64::max);
        let weight: Vec<f64> = eta.par_iter().map(|eta| (eta - shift).exp()).collect();

        // Sums over the risk set of each tenure, from the last tenure back; a row joins at the last it is at risk at.
        let (mut s0, mut s1) = (vec![0.0; tenures], vec![0.0; tenures * p]);
        for (row, &w) in weight.iter().enumerate() {
            if let Some(last) = self.until[row].checked_sub(1) {
                add(&mut s0, &mut s1, last as usize, w, self.row(row));
            }
        }
        for (row, &first) in self.from.iter().enumerate() {
            // Late entrants were not at risk at the tenures before they were first observed.
            if let Some(before) = first.checked_sub(1) {
                add(&mut s0, &mut s1, before as usize, -weight[row], self.row(row));
            }
        }
        for tenure in (1..tenures).rev() {
            s0[tenure - 1] += s0[tenure];
            let (earlier, later) = s1.split_at_mut(tenure * p);
            earlier[(tenure - 1) * p..].iter_mut().zip(&later[..p]).for_each(|(earlier, later)| *earlier += later);
        }

        // Per block of tenures: the likelihood's sums, the outer products of the means, and the tenures' weights.
        let blocks: Vec<TenureBlock> = (0..tenures.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let range = block * BLOCK..((block + 1) * BLOCK).min(tenures);
                self.tenure_block(range, &s0, &s1, &weight, &eta, shift)
            })
            .collect();
        let mut log_likelihood = 0.0;
        let mut information = DMatrix::<f64>::zeros(p, p);
        let (mut weights, mut tie_weights) = (Vec::with_capacity(tenures + 1), Vec::with_capacity(tenures));
        let mut expected_x = Vec::with_capacity(tenures * p);
        weights.push(0.0);
        for block in blocks {
            log_likelihood += block.log_likelihood;
            for (k, value) in block.outer.iter().enumerate() {
                information[(k / p, k % p)] -= value;
            }
            for weight in block.weights {
                weights.push(weights[weights.len() - 1] + weight);
            }
            tie_weights.extend(block.tie_weights);
            expected_x.extend(block.expected_x);
        }

        // Each row's share in the weighted sums over all tenures.
        let rows: Vec<(Vec<f64>, Vec<f64>)> = (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let (mut first, mut second) = (vec![0.0; p], vec![0.0; p * p]);
                let rows = block * BLOCK..((block + 1) * BLOCK).min(n);
                for (row, weight) in rows.clone().zip(&weight[rows]) {
                    let until = self.until[row] as usize;
                    let mut share = weights[until] - self.from.get(row).map_or(0.0, |&from| weights[from as usize]);
                    if self.event[row] {
                        share -= tie_weights[until - 1];
                    }
                    let (share, x) = (share * weight, self.row(row));
                    for k in 0..p {
                        let scaled = share * x[k];
                        first[k] += scaled;
                        second[k * p..k * p + k + 1].iter_mut().zip(x).for_each(|(sum, x)| *sum += scaled * x);
                    }
                }
                (first, second)
            })
            .collect();
        let mut gradient = DVector::<f64>::zeros(p);
        for tenure in 0..tenures {
            for k in 0..p {
                gradient[k] += self.death_x[tenure * p + k];
            }
        }
        for (first, second) in rows {
            for k in 0..p {
                gradient[k] -= first[k];
                for l in 0..=k {
                    information[(k, l)] += second[k * p + l];
                }
            }
        }
        for k in 0..p {
            for l in 0..k {
                information[(l, k)] = information[(k, l)];
            }
        }
        Evaluation { log_likelihood, gradient, information, expected_x }
    }

    fn tenure_block(
        &self,
        tenures: std::ops::Range<usize>,
        s0: &[f64],
        s1: &[f64],
        weight: &[f64],
        eta: &[f64],
        shift: f64,
    ) -> TenureBlock {
        let p = self.width;
        let mut block = TenureBlock { outer: vec![0.0; p * p], ..TenureBlock::default() };
        let (mut tied, mut mean) = (vec![0.0; p], vec![0.0; p]);
        for tenure in tenures {
            let deaths = f64::from(self.deaths[tenure]);
            let sums = &s1[tenure * p..(tenure + 1) * p];
            let (first, last) = self.death_rows[tenure];
            let mut t0 = 0.0;
            tied.fill(0.0);
            for row in first as usize..last as usize {
                t0 += weight[row];
                block.log_likelihood += eta[row] - shift;
                tied.iter_mut().zip(self.row(row)).for_each(|(sum, x)| *sum += weight[row] * x);
            }
            let (mut sum, mut tie_sum) = (0.0, 0.0);
            let mut expected = vec![0.0; p];
            for tie in 0..self.deaths[tenure] {
                let share = f64::from(tie) / deaths;
                // At risk is at least who leaves; late entrants leave through a difference, whose rounding must not win.
                let at_risk = (s0[tenure] - share * t0).max(t0 * (1.0 - share));
                block.log_likelihood -= at_risk.ln();
                sum += 1.0 / at_risk;
                tie_sum += share / at_risk;
                for k in 0..p {
                    mean[k] = (sums[k] - share * tied[k]) / at_risk;
                    expected[k] += mean[k] / deaths;
                }
                for k in 0..p {
                    let scaled = mean[k];
                    block.outer[k * p..k * p + k + 1]
                        .iter_mut()
                        .zip(&mean)
                        .for_each(|(sum, mean)| *sum += scaled * mean);
                }
            }
            block.weights.push(sum);
            block.tie_weights.push(tie_sum);
            block.expected_x.extend_from_slice(&expected);
        }
        block
    }

    /// Sum over departures of a number of their tenure times the covariate's departure from what was expected.
    pub fn residual_sum(&self, expected_x: &[f64], of_tenure: &[f64]) -> DVector<f64> {
        let p = self.width;
        let mut sum = DVector::zeros(p);
        for (tenure, factor) in of_tenure.iter().enumerate() {
            for k in 0..p {
                let place = tenure * p + k;
                sum[k] += factor * (self.death_x[place] - f64::from(self.deaths[tenure]) * expected_x[place]);
            }
        }
        sum
    }
}

#[derive(Default)]
struct TenureBlock {
    log_likelihood: f64,
    outer: Vec<f64>,
    weights: Vec<f64>,
    tie_weights: Vec<f64>,
    expected_x: Vec<f64>,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

fn add(s0: &mut [f64], s1: &mut [f64], place: usize, weight: f64, x: &[f64]) {
    s0[place] += weight;
    s1[place * x.len()..].iter_mut().zip(x).for_each(|(sum, x)| *sum += weight * x);
}
