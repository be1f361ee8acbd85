//! Time equations: `5 + 3*lines + 10*rush`, exact and pointed at where they are wrong.
//!
//! # Definition
//! ```text
//! t = b0 + sum of b_k X_k        X_k a count, a 0/1 flag, or a product of two of them
//! ```
//! # Source
//! Kaplan & Anderson (2004), "Time-Driven Activity-Based Costing", Harvard Business Review, November.

use std::fmt;

use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::exact::{QUANTITY_DECIMALS, decimal, plain};
use crate::{Error, Result};

/// A time equation as written: a sum of products of numbers and at most two variables.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeEquation {
    text: String,
    terms: Vec<Term>,
    variables: Vec<Variable>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    coefficient: BigRational,
    /// Positions in `variables`, at most two.
    factors: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
struct Variable {
    name: String,
    /// Where it first stands, as a byte position in the text.
    at: usize,
}

impl TimeEquation {
    /// The equation that a text names.
    ///
    /// # Errors
    /// `ErrorKind::Usage` with a caret under the place where the text stops being a time equation.
    /// # Example
    /// ```
    /// use custval::allocate::TimeEquation;
    /// let equation = TimeEquation::parse("15*new + 5 + 3*lines + 10*rush")?;
    /// assert_eq!(equation.variables().collect::<Vec<_>>(), ["new", "lines", "rush"]);
    /// assert_eq!(equation.value(&[1, 4, 1]).to_string(), "42");
    /// # Ok::<(), custval::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        Parser { text, at: 0, terms: Vec::new(), variables: Vec::new() }.equation()
    }

    /// The names of the variables, in the order in which they first stand in the text.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|variable| variable.name.as_str())
    }

    /// The time for whole counts of the variables, in their order.
    pub fn value(&self, counts: &[i64]) -> BigRational {
        let whole = |&factor: &usize| BigRational::from_integer(counts[factor].into());
        self.terms.iter().map(|term| term.factors.iter().map(whole).fold(term.coefficient.clone(), |a, b| a * b)).sum()
    }

    /// The refusal of a variable that the data do not have, with a caret under it.
    pub(crate) fn unknown(&self, variable: usize, known: &[&str], source: &str) -> Error {
        let Variable { name, at } = &self.variables[variable];
        pointed(&self.text, *at, &format!("`{name}` is not a column of {source}"))
            .hint_nearest(name, known.iter().copied())
    }

    /// The equation as integer arithmetic on quantities in millionths.
    ///
    /// # Errors
    /// What is wrong with one of its numbers.
    pub(crate) fn compile(&self) -> Result<Compiled, &'static str> {
        /// Decimals that a number of an equation may have.
        const DECIMALS: u32 = 12;
        let degree = self.terms.iter().map(|term| term.factors.len()).max().unwrap_or(0);
        let mut decimals = 0;
        for term in &self.terms {
            let mut denominator = term.coefficient.denom().clone();
            let mut places = 0;
            while !denominator.is_one() {
                if places == DECIMALS {
                    return Err("has more than twelve decimals");
                }
                places += 1;
                denominator = (&term.coefficient * BigRational::from_integer(num_bigint::BigInt::from(10).pow(places)))
                    .denom()
                    .clone();
            }
            decimals = decimals.max(places);
        }
        let scale = |places: u32| BigRational::from_integer(num_bigint::BigInt::from(10).pow(places));
        let power = |factors: usize| u32::try_from(factors).expect("a product has at most two variables");
        let terms = self.terms.iter().map(|term| {
            let missing = power(degree - term.factors.len()) * QUANTITY_DECIMALS;
            let coefficient = (&term.coefficient * scale(decimals + missing)).to_integer().to_i128()?;
            Some((coefficient, [term.factors.first().copied(), term.factors.get(1).copied()]))
        });
        let decimals = decimals + power(degree) * QUANTITY_DECIMALS;
        Ok(Compiled { terms: terms.collect::<Option<_>>().ok_or("is too large for a time")?, decimals })
    }
}

impl fmt::Display for TimeEquation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A time equation on quantities in millionths, in integers of its own number of decimals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compiled {
    terms: Vec<(i128, [Option<usize>; 2])>,
    decimals: u32,
}

impl Compiled {
    /// The decimals of what [`evaluate`](Self::evaluate) returns.
    pub(crate) fn decimals(&self) -> u32 {
        self.decimals
    }

    /// The value as an integer of `decimals` places; `None` where it does not fit.
    pub(crate) fn evaluate(&self, millionths: impl Fn(usize) -> i64) -> Option<i128> {
        let mut sum: i128 = 0;
        for (coefficient, factors) in &self.terms {
            let mut product = *coefficient;
            for factor in factors.iter().flatten() {
                product = product.checked_mul(millionths(*factor).into())?;
            }
            sum = sum.checked_add(product)?;
        }
        Some(sum)
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    terms: Vec<Term>,
    variables: Vec<Variable>,
}

impl Parser<'_> {
    fn equation(mut self) -> Result<TimeEquation> {
        let mut negative = match self.peek() {
            Some('-') => {
                self.at += 1;
                true
            }
            _ => false,
        };
        loop {
            self.term(negative)?;
            match self.peek() {
                None => break,
                Some('+') => negative = false,
                Some('-') => negative = true,
                Some(found) => return Err(self.refused(&format!("expected `+`, `-` or `*`, found `{found}`"))),
            }
            self.at += 1;
        }
        Ok(TimeEquation { text: self.text.to_owned(), terms: self.terms, variables: self.variables })
    }

    fn term(&mut self, negative: bool) -> Result<()> {
        let mut coefficient = if negative { -BigRational::one() } else { BigRational::one() };
        let mut factors = Vec::new();
        loop {
            let Some(first) = self.peek() else {
                return Err(self.refused("the equation ends where a number or a variable is expected"));
            };
            let word: &str = {
                let rest = &self.text[self.at..];
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
                &rest[..end]
            };
            if word.is_empty() {
                let more = if first == '(' { "; write products out, without brackets" } else { "" };
                return Err(self.refused(&format!("expected a number or a variable, found `{first}`{more}")));
            }
            if first.is_ascii_digit() || first == '.' {
                coefficient *= decimal(word)
                    .ok_or_else(|| self.refused(&format!("`{word}` is neither a number nor a variable")))?;
            } else {
                if factors.len() == 2 {
                    return Err(self.refused("a product has at most two variables"));
                }
                let position = self.variables.iter().position(|variable| variable.name == word).unwrap_or_else(|| {
                    self.variables.push(Variable { name: word.to_owned(), at: self.at });
                    self.variables.len() - 1
                });
                factors.push(position);
            }
            self.at += word.len();
            if self.peek() != Some('*') {
                break;
            }
            self.at += 1;
        }
        if !coefficient.is_zero() {
            self.terms.push(Term { coefficient, factors });
        }
        Ok(())
    }

    /// The next character that is no space, having moved to it.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn refused(&self, message: &str) -> Error {
        pointed(self.text, self.at, message)
    }
}

fn pointed(text: &str, at: usize, message: &str) -> Error {
    let column = text[..at].chars().count();
    Error::usage(format!("time equation: {message}\n    {text}\n    {:column$}^", ""))
}

/// A number as an equation without variables.
impl From<BigRational> for TimeEquation {
    fn from(number: BigRational) -> Self {
        Self {
            text: plain(&number),
            terms: if number.is_zero() { Vec::new() } else { vec![Term { coefficient: number, factors: Vec::new() }] },
            variables: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_equation_of_counts_and_flags_has_the_stated_values() {
        let equation = TimeEquation::parse("15*new + 5 + 3*lines + 10*rush").unwrap();
        for (counts, minutes) in [([1, 4, 1], 42), ([0, 4, 0], 17), ([0, 1, 0], 8), ([1, 12, 0], 56)] {
            assert_eq!(equation.value(&counts), BigRational::from_integer(minutes.into()));
            let compiled = equation.compile().unwrap();
            let scaled = compiled.evaluate(|variable| counts[variable] * 1_000_000).unwrap();
            assert_eq!(scaled, i128::from(minutes) * 10_i128.pow(compiled.decimals()));
        }
    }

    #[test]
    fn products_decimals_and_subtraction_are_exact() {
        let equation = TimeEquation::parse("0.1 + 0.25*lines*rush - .5 * rush").unwrap();
        assert_eq!(equation.value(&[4, 1]), BigRational::new(6.into(), 10.into()));
        let compiled = equation.compile().unwrap();
        assert_eq!(compiled.decimals(), 14);
        assert_eq!(compiled.evaluate(|v| [4_000_000, 1_000_000][v]), Some(60_000_000_000_000));
        assert_eq!(TimeEquation::parse("-2*x*x").unwrap().value(&[3]), BigRational::from_integer((-18).into()));
    }

    #[test]
    fn a_syntax_error_is_pointed_at() {
        for (text, message) in [
            (
                "5 + 3*",
                "time equation: the equation ends where a number or a variable is expected\n    5 + 3*\n          ^",
            ),
            ("5 + 3 lines", "time equation: expected `+`, `-` or `*`, found `l`\n    5 + 3 lines\n          ^"),
            (
                "2*(lines + 1)",
                "time equation: expected a number or a variable, found `(`; write products out, without brackets\n    2*(lines + 1)\n      ^",
            ),
            ("a*b*c", "time equation: a product has at most two variables\n    a*b*c\n        ^"),
            ("3lines", "time equation: `3lines` is neither a number nor a variable\n    3lines\n    ^"),
            ("", "time equation: the equation ends where a number or a variable is expected\n    \n    ^"),
            ("5 / 2", "time equation: expected `+`, `-` or `*`, found `/`\n    5 / 2\n      ^"),
        ] {
            assert_eq!(TimeEquation::parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn an_unknown_variable_is_pointed_at_with_the_nearest_columns() {
        let equation = TimeEquation::parse("5 + 3*lnes").unwrap();
        let refused = equation.unknown(0, &["customer_id", "lines", "rush"], "`log.csv`");
        assert_eq!(
            refused.to_string(),
            "time equation: `lnes` is not a column of `log.csv`\n    5 + 3*lnes\n          ^"
        );
        assert_eq!(refused.hint_text(), Some("the nearest is `lines`"));
    }
}
