//! Splitting whole amounts exactly: the largest-remainder method.
//!
//! Every part is its exact value cut towards zero; the minor units left over go one each to the parts
//! whose cut-off remainder is largest. Ties go to the part that stands first, so callers hand parts over
//! in byte order of their keys, and the order of input rows cannot matter. Cutting towards zero
//! makes a negative amount split as its absolute value and negated, and lets parts of both signs (an
//! over-used capacity beside its users) share one amount.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::exact::sum;
use crate::{Error, Result};

/// The parts of `total` in proportion to `weights`, in minor units, which sum to `total` exactly.
///
/// # Definition
/// Part i is `total × weight_i / Σ weights`, rounded by largest remainder; a tie goes to the earlier part.
/// # Shape
/// One part per weight, in the order given: hand weights over in byte order of their keys.
/// # Edge cases
/// A total of zero splits into zeros, whatever the weights. Weights of both signs are allowed.
/// # Errors
/// `ErrorKind::Domain` where the weights sum to zero and the total does not, or nearly do so that a part exceeds 128 bits.
/// # Example
/// ```
/// use custval::allocate::split_amount;
/// assert_eq!(split_amount(18_225, &[98, 2])?, [17_861, 364]);
/// assert_eq!(split_amount(-10_000, &[1, 1, 1])?, [-3_334, -3_333, -3_333]);
/// # Ok::<(), custval::Error>(())
/// ```
pub fn split_amount(total: i128, weights: &[i128]) -> Result<Vec<i128>> {
    if total == 0 {
        return Ok(vec![0; weights.len()]);
    }
    let sum = sum(weights.iter().copied());
    if sum.is_zero() {
        return Err(Error::domain("an amount cannot be split over weights that sum to zero"));
    }
    let (parts, _) = apportion(&BigRational::new(total.into(), sum), weights, total)
        .ok_or_else(|| Error::domain("a part of the amount is too large to be money"))?;
    Ok(parts)
}

/// The values `rate × quantity` and what they leave of `total`, rounded by largest remainder: one part per
/// quantity, and the rest, which stands last when remainders tie; none where one is too large to be money.
pub(crate) fn apportion(rate: &BigRational, quantities: &[i128], total: i128) -> Option<(Vec<i128>, i128)> {
    let sum = sum(quantities.iter().copied());
    let rest = BigRational::from_integer(total.into()) - rate * BigRational::from_integer(sum);
    let largest = quantities.iter().map(|quantity| quantity.unsigned_abs()).max().unwrap_or(0);
    let sizes = rate.numer().to_i128().zip(rate.denom().to_u128()).and_then(|(numerator, denominator)| {
        Some((numerator < 0, numerator.unsigned_abs(), denominator, numerator.unsigned_abs().checked_mul(largest)?))
    });
    match sizes {
        // Most runs: products and divisions of one machine word each.
        Some((negative, numerator, denominator, product)) if product.max(denominator) <= u128::from(u64::MAX) => {
            let (numerator, denominator) = (numerator as u64, denominator as u64);
            let (whole, size, below) = cut_rest(&rest, rate.denom())?;
            settle(quantities, Some((whole, size as u64, below)), total, |quantity| {
                let size = numerator * quantity.unsigned_abs() as u64;
                Some(signed((size / denominator).into(), size % denominator, negative != (*quantity < 0)))
            })
        }
        Some((negative, numerator, denominator, product)) if product.max(denominator) <= i128::MAX.unsigned_abs() => {
            settle(quantities, Some(cut_rest(&rest, rate.denom())?), total, |quantity| {
                let size = numerator * quantity.unsigned_abs();
                Some(signed(size / denominator, size % denominator, negative != (*quantity < 0)))
            })
        }
        _ => {
            let exact = |quantity: &i128| rate * BigRational::from_integer((*quantity).into());
            settle(quantities, Some(cut_exact(&rest)?), total, |quantity| cut_exact(&exact(quantity)))
        }
    }
}

/// A value cut towards zero: whole part, size of the remainder, whether it is negative.
type Cut<R> = (i128, R, bool);

fn signed<R>(whole: u128, rest: R, negative: bool) -> Cut<R> {
    // Products are at most `i128::MAX`, as the callers check.
    let whole = whole as i128;
    if negative { (-whole, rest, true) } else { (whole, rest, false) }
}

/// None for what does not fit 128 bits, as a rate over next to no capacity makes it.
fn cut_exact(value: &BigRational) -> Option<Cut<BigRational>> {
    let whole = value.trunc();
    let rest = (value - &whole).abs();
    Some((whole.to_integer().to_i128()?, rest, value.is_negative()))
}

/// The rest cut like its siblings, whose denominator it shares.
fn cut_rest(rest: &BigRational, denominator: &BigInt) -> Option<Cut<u128>> {
    let (whole, size, negative) = cut_exact(rest)?;
    let size = (size * BigRational::from_integer(denominator.clone())).to_integer().to_u128()?;
    Some((whole, size, negative))
}

/// The exact values rounded to whole minor units by largest remainder, so that they sum to `total`.
///
/// The exact values must sum to `total` themselves; none where one is too large to be money.
pub(crate) fn round_to_sum(exact: &[BigRational], total: i128) -> Option<Vec<i128>> {
    settle(exact, None, total, cut_exact).map(|(parts, _)| parts)
}

/// Cuts every value and hands out what is left; `last` is one more value, already cut.
fn settle<V, R: Ord + Zero>(
    values: &[V],
    last: Option<Cut<R>>,
    total: i128,
    cut: impl Fn(&V) -> Option<Cut<R>>,
) -> Option<(Vec<i128>, i128)> {
    let mut parts = Vec::with_capacity(values.len() + 1);
    let mut positive: Vec<(R, usize)> = Vec::new();
    let mut negative: Vec<(R, usize)> = Vec::new();
    let last = last.unwrap_or_else(|| (0, R::zero(), false));
    let mut sum: i128 = 0;
    for (index, cut) in values.iter().map(cut).chain(std::iter::once(Some(last))).enumerate() {
        let (whole, rest, below_zero) = cut?;
        sum = sum.checked_add(whole)?;
        parts.push(whole);
        if !rest.is_zero() {
            if below_zero { &mut negative } else { &mut positive }.push((rest, index));
        }
    }
    let left = total.checked_sub(sum)?;
    let (mut candidates, step) = if left < 0 { (negative, -1) } else { (positive, 1) };
    let wanted = usize::try_from(left.unsigned_abs()).expect("fewer units are left over than there are parts");
    if wanted > 0 {
        assert!(wanted <= candidates.len(), "the exact parts sum to the total");
        candidates.select_nth_unstable_by(wanted - 1, |one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        for (_, index) in &candidates[..wanted] {
            parts[*index] += step;
        }
    }
    let rest = parts.pop().expect("the last part was added");
    Some((parts, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_split_by_largest_remainder_with_ties_to_the_smallest_key() {
        assert_eq!(split_amount(18_225, &[98, 2]).unwrap(), [17_861, 364]);
        assert_eq!(split_amount(10_000, &[1, 1, 1]).unwrap(), [3_334, 3_333, 3_333]);
        assert_eq!(split_amount(9_999, &[75, 25]).unwrap(), [7_499, 2_500]);
        assert_eq!(split_amount(-10_000, &[1, 1, 1]).unwrap(), [-3_334, -3_333, -3_333]);
    }

    #[test]
    fn an_amount_over_weights_of_zero_is_refused_unless_it_is_zero() {
        assert_eq!(split_amount(0, &[0, 0]).unwrap(), [0, 0]);
        let refused = split_amount(1, &[0, 0]).unwrap_err();
        assert_eq!(refused.to_string(), "an amount cannot be split over weights that sum to zero");
        assert!(split_amount(1, &[]).is_err());
        let nearly = split_amount(i128::MAX, &[i128::MAX, 1 - i128::MAX]).unwrap_err();
        assert_eq!(nearly.to_string(), "a part of the amount is too large to be money");
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_total_and_stand_less_than_one_unit_from_their_exact_value(
            total in any::<i64>(), weights in prop::collection::vec(0_i128..=1 << 90, 1..40),
        ) {
            prop_assume!(weights.iter().any(|&weight| weight > 0));
            let total = i128::from(total);
            let parts = split_amount(total, &weights).unwrap();
            prop_assert_eq!(parts.iter().sum::<i128>(), total);
            let sum: BigInt = weights.iter().map(|&w| BigInt::from(w)).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = BigRational::new(BigInt::from(total) * weight, sum.clone());
                prop_assert!((exact - BigRational::from_integer((*part).into())).abs() < BigRational::from_integer(1.into()));
            }
            let negated: Vec<i128> = split_amount(-total, &weights).unwrap().iter().map(|part| -part).collect();
            prop_assert_eq!(parts, negated);
        }

        #[test]
        fn every_width_of_arithmetic_gives_the_same_parts(
            total in -1_000_000_i128..1_000_000, weights in prop::collection::vec(-1_000_i128..1_000, 1..40),
        ) {
            prop_assume!(weights.iter().sum::<i128>() != 0);
            let narrow = split_amount(total, &weights).unwrap();
            for shift in [60, 100] {
                let wide: Vec<i128> = weights.iter().map(|weight| weight << shift).collect();
                prop_assert_eq!(&split_amount(total, &wide).unwrap(), &narrow);
            }
            let sum: i128 = weights.iter().sum();
            let exact: Vec<BigRational> =
                weights.iter().map(|&w| BigRational::new((total * w).into(), sum.into())).collect();
            prop_assert_eq!(round_to_sum(&exact, total), Some(narrow));
        }
    }
}
