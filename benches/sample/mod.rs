//! The CDNOW sample to the end of calibration, in weeks.

pub struct Sample {
    pub frequency: Vec<f64>,
    pub recency: Vec<f64>,
    pub age: Vec<f64>,
    pub monetary_value: Vec<Option<f64>>,
}

pub fn cdnow() -> Sample {
    let table = include_str!("../../tests/fixtures/cdnow_sample_summary.csv");
    let mut sample = Sample { frequency: vec![], recency: vec![], age: vec![], monetary_value: vec![] };
    for line in table.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |field: usize| fields[field].parse::<f64>().expect("a number");
        sample.frequency.push(number(1));
        sample.recency.push(number(2) / 7.0);
        sample.age.push(number(3) / 7.0);
        sample.monetary_value.push(fields[4].parse().ok());
    }
    sample
}
