//! Customers simulated with known parameters give the parameters back.

use draws::Draws;

use crate::clv::{Histories, Model, fit};

/// Draws from a fixed sequence (splitmix64), with what little is needed of distributions.
mod draws {
    pub(super) struct Draws(pub(super) u64);

    impl Draws {
        pub(super) fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON
        }

        pub(super) fn exponential(&mut self) -> f64 {
            -self.uniform().ln()
        }

        fn normal(&mut self) -> f64 {
            (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
        }

        /// Marsaglia & Tsang (2000), with the boost for shapes below one.
        pub(super) fn gamma(&mut self, shape: f64) -> f64 {
            if shape < 1.0 {
                return self.gamma(shape + 1.0) * self.uniform().powf(shape.recip());
            }
            let d = shape - 1.0 / 3.0;
            let c = 1.0 / (9.0 * d).sqrt();
            loop {
                let x = self.normal();
                let v = (1.0 + c * x).powi(3);
                if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                    return d * v;
                }
            }
        }

        pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
            let (x, y) = (self.gamma(a), self.gamma(b));
            x / (x + y)
        }
    }
}

const CUSTOMERS: usize = 4000;

/// Histories of customers observed for 30 to 50 weeks.
fn simulate(model: Model, [r, alpha, third, fourth]: [f64; 4], draws: &mut Draws) -> Histories {
    let (mut frequency, mut recency, mut age) = (vec![], vec![], vec![]);
    for _ in 0..CUSTOMERS {
        let end = 30.0 + 20.0 * draws.uniform();
        let rate = draws.gamma(r) / alpha;
        let (dropout_time, dropout_chance) = match model {
            Model::ParetoNbd => (draws.exponential() / (draws.gamma(third) / fourth), 0.0),
            Model::BgNbd => (f64::INFINITY, draws.beta(third, fourth)),
        };
        let (mut purchases, mut last, mut time) = (0.0, 0.0, 0.0);
        loop {
            time += draws.exponential() / rate;
            if time > end.min(dropout_time) {
                break;
            }
            purchases += 1.0;
            last = time;
            if draws.uniform() < dropout_chance {
                break;
            }
        }
        frequency.push(purchases);
        recency.push(last);
        age.push(end);
    }
    Histories::new(&frequency, &recency, &age).unwrap()
}

fn recovers(model: Model, truth: [f64; 4], seed: u64) {
    let fit = fit(model, &simulate(model, truth, &mut Draws(seed))).unwrap();
    assert!(fit.converged && fit.identified, "{fit:?}");
    // Within three and a half standard errors, in logarithms, in which the estimates are nearer to normal.
    for (i, truth) in truth.into_iter().enumerate() {
        let (value, error) = (fit.parameters.values()[i], fit.standard_errors.unwrap()[i]);
        let distance = (value / truth).ln() * value / error;
        assert!(distance.abs() < 3.5, "{model}: {value} for {truth} with standard error {error}");
    }
}

#[test]
fn parameters_of_simulated_customers_are_recovered() {
    recovers(Model::ParetoNbd, [0.8, 8.0, 0.7, 10.0], 1);
    recovers(Model::BgNbd, [0.5, 4.0, 0.8, 2.5], 2);
}
