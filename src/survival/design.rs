//! What a Cox regression compares customers by: numbers and factors, as columns of a matrix.

use crate::wording::counted;
use crate::{Error, Result};

/// Levels of a factor up to which each has a hazard ratio of its own: beyond that it names rows rather than groups of them.
const MOST_LEVELS: usize = 100;

/// The covariates of every customer, one column each; a factor has one column a level but the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    customers: usize,
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Vec<f64>>,
}

impl Design {
    /// No covariates yet, for so many customers.
    pub fn new(customers: usize) -> Self {
        Self { customers, names: Vec::new(), columns: Vec::new() }
    }

    /// Adds a number for each customer.
    ///
    /// # Errors
    /// Where there is not one finite number a customer.
    pub fn number(&mut self, name: impl Into<String>, values: Vec<f64>) -> Result<&mut Self> {
        let name = name.into();
        if values.len() != self.customers {
            return Err(Error::length_mismatch(&name, self.customers, values.len()));
        }
        if let Some(place) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::domain(format!("covariate `{name}` of observation {place} is `{}`", values[place])));
        }
        self.names.push(name);
        self.columns.push(values);
        Ok(self)
    }

    /// Adds a factor: each customer's level as a place in the list of level names.
    ///
    /// Levels are compared with the first one in byte order that occurs; levels that do not occur have no
    /// column. The columns are named `factor=level`.
    ///
    /// # Errors
    /// Where there is not one known level a customer, and where more than a hundred levels occur.
    pub fn factor(&mut self, name: &str, levels: &[u32], level_names: &[String]) -> Result<&mut Self> {
        if levels.len() != self.customers {
            return Err(Error::length_mismatch(name, self.customers, levels.len()));
        }
        let mut occurs = vec![false; level_names.len()];
        for &level in levels {
            match occurs.get_mut(level as usize) {
                Some(seen) => *seen = true,
                None => return Err(Error::domain(format!("factor `{name}` has no level `{level}`"))),
            }
        }
        let mut order: Vec<usize> = (0..level_names.len()).filter(|&level| occurs[level]).collect();
        if order.len() > MOST_LEVELS {
            let levels = counted(order.len() as u64, "level");
            return Err(Error::data(format!(
                "covariate `{name}` has {levels}, and a factor has {MOST_LEVELS} at most"
            ))
            .hint("leave it out, or join its levels"));
        }
        order.sort_unstable_by(|&a, &b| level_names[a].as_bytes().cmp(level_names[b].as_bytes()));
        for &level in order.iter().skip(1) {
            self.names.push(format!("{name}={}", level_names[level]));
            self.columns.push(levels.iter().map(|&own| if own as usize == level { 1.0 } else { 0.0 }).collect());
        }
        Ok(self)
    }

    /// The names of the columns, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many customers there are.
    pub fn customers(&self) -> usize {
        self.customers
    }
}
