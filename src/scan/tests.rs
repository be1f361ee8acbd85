use super::drive::Tuning;
use super::*;
use crate::progress::Silent;

/// Keeps every row as it came, ordered when finished.
#[derive(Debug, Default)]
struct Keep(Vec<Row>);

type Row = (usize, u64, Vec<u8>, Option<i32>, Option<i64>, Vec<Vec<u8>>);

impl Reduce for Keep {
    type Output = Vec<Row>;

    fn absorb(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            self.0.push((
                batch.file(),
                batch.lines()[row],
                batch.ids().get(row).to_vec(),
                batch.days().get(row).map(|day| day.0),
                batch.amounts().get(row).copied(),
                batch.texts.iter().map(|column| column.get(row).to_vec()).collect(),
            ));
        }
    }

    fn merge(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    fn finish(mut self, _: &mut Account) -> Result<Vec<Row>> {
        self.0.sort();
        Ok(self.0)
    }
}

fn inputs(texts: &[(&str, &str)]) -> Inputs {
    Inputs::from_bytes(texts.iter().map(|(name, text)| (*name, text.as_bytes()))).unwrap()
}

#[test]
fn plain_rows_are_read() {
    let inputs = inputs(&[("a.csv", "customer_id,date,amount\n1,2020-01-01,5\n2,20200102,-1.5\r\n\"3\",2020-01-03,1")]);
    let scanned = scan(&inputs, &Wanted::transactions(), &ScanParams::default(), &Silent, Keep::default).unwrap();
    assert_eq!(scanned.output.len(), 3);
    assert_eq!(scanned.receipt.amount, Some(450));
    assert_eq!(Tuning::default().chunk, 4 << 20);
}
