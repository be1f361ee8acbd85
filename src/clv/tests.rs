//! Published figures, reference values at 50 digits, hard cases, and what is refused.

mod edges;
mod model_file;
mod published;
mod recovery;
mod reference;
mod scoring;

use super::Histories;

/// The CDNOW sample to the end of calibration, in weeks.
pub(super) struct Sample {
    pub(super) frequency: Vec<f64>,
    pub(super) recency: Vec<f64>,
    pub(super) age: Vec<f64>,
    pub(super) monetary_value: Vec<Option<f64>>,
}

impl Sample {
    pub(super) fn histories(&self) -> Histories {
        Histories::new(&self.frequency, &self.recency, &self.age).unwrap()
    }
}

pub(super) fn cdnow() -> Sample {
    let table = include_str!("../../tests/fixtures/cdnow_sample_summary.csv");
    let mut sample = Sample { frequency: vec![], recency: vec![], age: vec![], monetary_value: vec![] };
    for line in table.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let fields: Vec<&str> = line.split(',').collect();
        sample.frequency.push(fields[1].parse().unwrap());
        sample.recency.push(fields[2].parse::<f64>().unwrap() / 7.0);
        sample.age.push(fields[3].parse::<f64>().unwrap() / 7.0);
        sample.monetary_value.push(fields[4].parse().ok());
    }
    sample
}

/// Whether a value is the expected one but for a relative error.
pub(super) fn near(value: f64, expected: f64, tolerance: f64) -> bool {
    (value - expected).abs() <= tolerance * expected.abs()
}
