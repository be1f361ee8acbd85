//! What the values of a curve may be, money or numbers, and how each is summed.

use std::cmp::Ordering;

/// A value that can be ranked and summed so that the order of input never shows.
///
/// Money is summed in integers, where no order matters. Numbers are summed with compensation in the
/// order of the curve, which is unique.
pub(super) trait Amount: Copy + Send + Sync {
    /// A running sum.
    type Sum: Copy + Send + Sync;

    /// The empty sum.
    const ZERO: Self::Sum;

    /// How two values compare.
    fn compare(self, other: Self) -> Ordering;

    /// How the value compares with zero.
    fn sign(self) -> Ordering;

    /// The value as a multiple of itself.
    fn times(self, factor: i64) -> Self::Sum;

    /// One sum and another.
    fn plus(sum: Self::Sum, other: Self::Sum) -> Self::Sum;

    /// One sum without another.
    fn minus(sum: Self::Sum, other: Self::Sum) -> Self::Sum;

    /// The sum and `part / parts` of one more value, as a multiple of `1 / parts`: see [`whole`](Self::whole).
    fn with_part(sum: Self::Sum, value: Self, part: u64, parts: u32) -> Self::Sum;

    /// A sum of multiples of `1 / parts` as a number.
    fn whole(sum: Self::Sum, parts: u32) -> f64;

    /// Whether the sum is at least `percent` of another.
    fn reaches(sum: Self::Sum, percent: u32, of: Self::Sum) -> bool;

    /// The value as a sum of one.
    fn sum(self) -> Self::Sum {
        self.times(1)
    }

    /// A sum as a number.
    fn number(sum: Self::Sum) -> f64 {
        Self::whole(sum, 1)
    }
}

/// Minor units. At most 2^32 values of 2^63 and 2^32 parts stay within an `i128`.
impl Amount for i64 {
    type Sum = i128;

    const ZERO: i128 = 0;

    fn compare(self, other: Self) -> Ordering {
        self.cmp(&other)
    }

    fn sign(self) -> Ordering {
        self.cmp(&0)
    }

    fn times(self, factor: i64) -> i128 {
        i128::from(self) * i128::from(factor)
    }

    fn plus(sum: i128, other: i128) -> i128 {
        sum + other
    }

    fn minus(sum: i128, other: i128) -> i128 {
        sum - other
    }

    fn with_part(sum: i128, value: Self, part: u64, parts: u32) -> i128 {
        sum * i128::from(parts) + i128::from(value) * i128::from(part)
    }

    fn whole(sum: i128, parts: u32) -> f64 {
        // Both are exact below 2^53, so that the division is the only rounding.
        sum as f64 / f64::from(parts)
    }

    fn reaches(sum: i128, percent: u32, of: i128) -> bool {
        sum * 100 >= of * i128::from(percent)
    }
}

/// A float sum with the rounding errors it has made so far (Neumaier 1974).
#[derive(Debug, Clone, Copy)]
pub(super) struct Compensated {
    sum: f64,
    error: f64,
}

impl Compensated {
    fn add(self, value: f64) -> Self {
        let sum = self.sum + value;
        let lost = if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        Self { sum, error: self.error + lost }
    }

    fn value(self) -> f64 {
        self.sum + self.error
    }
}

impl Amount for f64 {
    type Sum = Compensated;

    const ZERO: Compensated = Compensated { sum: 0.0, error: 0.0 };

    fn compare(self, other: Self) -> Ordering {
        self.total_cmp(&other)
    }

    fn sign(self) -> Ordering {
        self.total_cmp(&0.0)
    }

    fn times(self, factor: i64) -> Compensated {
        Compensated { sum: self * factor as f64, error: 0.0 }
    }

    fn plus(sum: Compensated, other: Compensated) -> Compensated {
        let mut both = sum.add(other.sum);
        both.error += other.error;
        both
    }

    fn minus(sum: Compensated, other: Compensated) -> Compensated {
        let mut both = sum.add(-other.sum);
        both.error -= other.error;
        both
    }

    fn with_part(sum: Compensated, value: Self, part: u64, parts: u32) -> Compensated {
        // Kept whole: dividing by `parts` again would cost a rounding for nothing.
        sum.add(value * (part as f64 / f64::from(parts)))
    }

    fn whole(sum: Compensated, _parts: u32) -> f64 {
        sum.value()
    }

    fn reaches(sum: Compensated, percent: u32, of: Compensated) -> bool {
        sum.value() >= of.value() * (f64::from(percent) / 100.0)
    }
}
