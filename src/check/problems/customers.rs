//! What the rows of a file tell together: of records that are alike, and of the days of customers.

use super::Findings;
use crate::check::ColumnReport;
use crate::check::advice::Purpose;
use crate::check::rows::{CUSTOMERS, History, ROWS, Rows, Spellings};

/// What the days of customers tell.
pub struct Histories {
    /// Whether somebody came on two days.
    pub repeats: bool,
    /// Customers with enough days to tell whether they are regular, and those who are.
    pub telling: u64,
    pub regular: u64,
}

impl Findings<'_> {
    /// What rows tell together; returns what the days of customers tell.
    pub fn of_rows(&mut self, rows: &mut Rows, columns: &[ColumnReport]) -> Histories {
        let Rows { key, records, customers, histories, .. } = rows;
        let among =
            |more: bool, limit: usize| if more { format!("of {limit} that were looked at; ") } else { String::new() };
        let (_, sampled) = records.count();
        let repeated: Vec<(u64, u64, u64)> = records.values().filter(|(count, ..)| *count > 1).copied().collect();
        let count = repeated.iter().map(|(count, ..)| count - 1).sum();
        if let Some(line) = repeated.iter().map(|(_, _, second)| *second).min() {
            let what = match self.purpose {
                Some(Purpose::Log) | None => "; declare what tells rows apart with `--unique COLUMN`",
                Some(Purpose::Contracts) => ", and their amounts add: take out those that are one contract",
                Some(_) => ": take out those that are one",
            };
            let hint = format!("{}identical rows are counted, each as its own{what}", among(sampled, ROWS));
            self.add(false, (Some(line), None), ("identical rows", ""), count, &hint);
        }
        if let Some(customer) = key.customer {
            let (_, sampled) = customers.count();
            let second: Vec<u64> = customers.values().filter_map(Spellings::second).collect();
            if let Some(line) = second.iter().min() {
                let hint =
                    format!("{}if they are one, say `--id-case fold` and `--id-trim`", among(sampled, CUSTOMERS));
                let name = &columns[customer].name;
                self.suspect(Some(*line), name, "ids that differ by case or spaces", "", second.len() as u64, &hint);
            }
        }
        let tell: Vec<bool> = histories.values().filter_map(History::is_regular).collect();
        Histories {
            repeats: histories.values().any(History::repeats),
            telling: tell.len() as u64,
            regular: tell.iter().filter(|regular| **regular).count() as u64,
        }
    }
}
