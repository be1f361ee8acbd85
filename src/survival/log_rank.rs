//! Do groups of customers stay equally long? The log-rank test.

use nalgebra::{DMatrix, DVector};

use super::Tally;
use crate::intervals::chi_squared_tail;

/// What the log-rank test found.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// One entry for each group, in the order given.
    pub groups: Vec<LogRankGroup>,
    /// The statistic; `None` where fewer than two groups can be compared.
    pub chi_squared: Option<f64>,
    /// Degrees of freedom: groups that can be compared, less one.
    pub degrees: usize,
    /// Probability of a statistic as large if the groups were equal.
    pub p_value: Option<f64>,
}

/// One group in the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRankGroup {
    /// Customers who left.
    pub observed: u64,
    /// Departures to be expected if all groups were equal.
    pub expected: f64,
    /// Whether anybody of the group was at risk when somebody of any group left.
    pub compared: bool,
}

/// The log-rank test of any number of groups, late entry and ties included.
///
/// # Definition
/// ```text
/// expected_g = sum over departures' tenures of d n_g / n
/// V_gh       = sum of d (n - d) / (n - 1) (n_g / n) ([g = h] - n_h / n)
/// statistic  = (O - E)' V^-1 (O - E) over all groups but one
/// ```
/// # Edge cases
/// A group with nobody at risk at any departure is left out. With fewer than two groups, or where
/// every departure empties the whole risk set, there is no statistic.
pub fn log_rank(groups: &[Tally]) -> LogRank {
    let count = groups.len();
    let mut expected = vec![0.0; count];
    let mut variance = DMatrix::<f64>::zeros(count, count);
    let mut compared = vec![false; count];
    let steps: Vec<Vec<super::tally::Step>> = groups.iter().map(|group| group.steps().collect()).collect();
    let mut times: Vec<f64> = steps.iter().flatten().filter(|step| step.events > 0).map(|step| step.time).collect();
    times.sort_unstable_by(f64::total_cmp);
    times.dedup();
    let mut next = vec![0_usize; count];
    let mut at_risk = vec![0.0; count];
    let mut present = Vec::with_capacity(count);
    for time in times {
        let mut departures = 0.0;
        for (group, steps) in steps.iter().enumerate() {
            while next[group] < steps.len() && steps[next[group]].time < time {
                next[group] += 1;
            }
            // The risk set just before the group's next tenure is the one at this tenure.
            at_risk[group] = steps.get(next[group]).map_or(0.0, |step| step.at_risk as f64);
            departures +=
                steps.get(next[group]).filter(|step| step.time == time).map_or(0.0, |step| step.events as f64);
        }
        let all: f64 = at_risk.iter().sum();
        present.clear();
        present.extend((0..count).filter(|group| at_risk[*group] > 0.0));
        for &group in &present {
            compared[group] = true;
            expected[group] += departures * at_risk[group] / all;
        }
        if all > 1.0 {
            let scale = departures * (all - departures) / (all - 1.0);
            for (place, &row) in present.iter().enumerate() {
                // The lower half, which is all that its decomposition looks at.
                for &column in &present[..=place] {
                    let same = if row == column { 1.0 } else { 0.0 };
                    variance[(row, column)] += scale * at_risk[row] / all * (same - at_risk[column] / all);
                }
            }
        }
    }
    let used: Vec<usize> = (0..count).filter(|&group| compared[group] && variance[(group, group)] > 0.0).collect();
    let kept = &used[..used.len().saturating_sub(1)];
    let difference =
        DVector::from_iterator(kept.len(), kept.iter().map(|&group| groups[group].events() as f64 - expected[group]));
    let reduced = DMatrix::from_fn(kept.len(), kept.len(), |row, column| variance[(kept[row], kept[column])]);
    let chi_squared = (!kept.is_empty())
        .then(|| reduced.cholesky().map(|cholesky| difference.dot(&cholesky.solve(&difference))))
        .flatten();
    LogRank {
        groups: (0..count)
            .map(|group| LogRankGroup {
                observed: groups[group].events(),
                expected: expected[group],
                compared: compared[group],
            })
            .collect(),
        chi_squared,
        degrees: kept.len(),
        p_value: chi_squared.map(|statistic| chi_squared_tail(statistic, kept.len())),
    }
}
