//! Contracts that cover customers' lives, renewed every year.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::business::{Counts, Segment};
use super::customer::Customer;
use super::params::GenerateParams;
use super::text::{Calendar, push_cents, push_number};

/// How long a contract runs until it is renewed, in days.
const TERM: u16 = 365;
/// What it is more at each renewal, in percent of the first price.
const RISE: i64 = 3;
const REASONS: [&str; 4] = ["price", "service", "competition", "moved"];

/// Writes the contracts of one customer.
///
/// # Definition
/// A membership begins on the day after the first purchase and ends with the day of dropping out; its `end` is the day
/// after. So it lasts as many whole days as the lifetime, rounded up, and every repeat purchase falls into it. An end after the last
/// day of the business is not known yet.
pub(super) fn push_contracts(
    out: &mut Vec<u8>,
    params: &GenerateParams,
    calendar: &Calendar,
    customer: &Customer,
    segment: Segment,
    random: &mut ChaCha8Rng,
    counts: &mut Counts,
) {
    let days = params.days();
    let (plan, price) = match segment {
        Segment::Wholesale => ("partner", 4_900),
        Segment::Institution => ("plus", 1_900),
        Segment::Retail => ("basic", 900),
    };
    let end = customer.membership(days).map(|whole| customer.joined + 1 + whole).filter(|end| *end < days);
    let reason = REASONS[(random.next_u32() >> 30) as usize];
    let mut start = customer.joined + 1;
    if start >= days {
        return;
    }
    for number in 0_u16.. {
        let renewal = start.saturating_add(TERM);
        let is_last = end.is_some_and(|end| end <= renewal);
        let until = if is_last { end } else { Some(renewal).filter(|renewal| *renewal < days) };
        params.ids.push(out, customer.index);
        out.push(b'/');
        push_number(out, u64::from(number) + 1);
        out.push(b',');
        params.ids.push(out, customer.index);
        for text in [plan.as_bytes(), calendar.text(start), until.map_or(&b""[..], |day| calendar.text(day))] {
            out.push(b',');
            out.extend_from_slice(text);
        }
        out.push(b',');
        push_cents(out, price + price * RISE * i64::from(number) / 100);
        out.push(b',');
        if is_last {
            out.extend_from_slice(reason.as_bytes());
        }
        out.push(b'\n');
        counts.contracts += 1;
        match until {
            Some(day) if !is_last => start = day,
            Some(_) => break,
            None => {
                counts.members += 1;
                break;
            }
        }
    }
}
