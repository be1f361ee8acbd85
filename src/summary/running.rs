//! What is known of each customer while rows come in, in any order: totals, the first and the last purchase day, and
//! which days there were.
//!
//! Of amounts only sums are kept. The sum to the first purchase day is the one that a late row can undo: an earlier
//! purchase makes all that came after it a repeat. Then it begins anew with that purchase; refunds before the first
//! purchase day known so far, which may belong to it in the end, wait in a list. Where refunds are kept apart they enter none
//! of this and are summed on their own.

use super::partitions::Keep;
use crate::time::Day;

/// The customers of one partition.
#[derive(Debug)]
pub(super) struct Running {
    /// The last day that describes; what comes after is held out.
    cut: i32,
    customers: Vec<Totals>,
    /// Net amount after the cut, by customer; empty where there is no cut.
    held_out: Vec<i128>,
    /// Refunds by customer to the cut and after it, where they are kept apart.
    apart: Option<Vec<Refunded>>,
    /// Refunds on days before the first purchase day known at the time: customer, day and amount.
    refunds: Vec<(u32, i32, i64)>,
    days: DayLog,
}

/// The totals of one customer.
#[derive(Debug, Clone, Copy)]
struct Totals {
    /// Net amount to the cut.
    amount: i128,
    /// Net amount of the first purchase day, without what waits among the refunds.
    first_amount: i128,
    rows: u64,
    /// The first and the last purchase day to the cut; the first is after the last where there is none.
    first: i32,
    last: i32,
}

impl Totals {
    const NONE: Self = Self { amount: 0, first_amount: 0, rows: 0, first: i32::MAX, last: i32::MIN };
}

/// The purchases of one customer, all rows taken together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    /// The first and the last purchase day to the cut; of no meaning without a purchase.
    pub first: Day,
    pub last: Day,
    /// Purchase days to the cut.
    pub transactions: u64,
    /// Net amount to the cut.
    pub amount: i128,
    /// Net amount of the days after the first purchase day, to the cut.
    pub repeat_amount: i128,
    /// Rows, and distinct days of any kind.
    pub rows: u64,
    pub days: u64,
}

/// Refunds of one customer, to the cut and after it, as positive amounts.
pub(super) type Refunded = (i128, i128);

/// The purchase days and the net amount of one customer after the cut.
pub(super) type HeldOut = (u64, i128);

impl Running {
    /// Described to the end of observation, or to an earlier day and held out after it.
    pub fn new(calibration_end: Option<Day>, refunds_apart: bool) -> Self {
        Self {
            cut: calibration_end.map_or(i32::MAX, |day| day.0),
            customers: Vec::new(),
            held_out: Vec::new(),
            apart: refunds_apart.then(Vec::new),
            refunds: Vec::new(),
            days: DayLog::default(),
        }
    }

    fn holds_out(&self) -> bool {
        self.cut < i32::MAX
    }

    /// Every customer in the order of the numbers, what was held out where anything is, and refunds where they are apart.
    pub fn finish(mut self) -> (Vec<Customer>, Vec<HeldOut>, Vec<Refunded>) {
        for (customer, day, amount) in std::mem::take(&mut self.refunds) {
            let totals = &mut self.customers[customer as usize];
            if day <= totals.first {
                totals.first_amount += i128::from(amount);
            }
        }
        let mut customers: Vec<Customer> = self
            .customers
            .iter()
            .map(|totals| Customer {
                first: Day(totals.first),
                last: Day(totals.last),
                transactions: 0,
                amount: totals.amount,
                repeat_amount: totals.amount - totals.first_amount,
                rows: totals.rows,
                days: 0,
            })
            .collect();
        let mut held_out: Vec<HeldOut> = self.held_out.iter().map(|amount| (0, *amount)).collect();
        let cut = self.cut;
        self.days.each(|number, day, purchase| {
            let customer = &mut customers[number];
            customer.days += 1;
            if day <= cut {
                customer.transactions += u64::from(purchase);
            } else {
                held_out[number].0 += u64::from(purchase);
            }
        });
        (customers, held_out, self.apart.unwrap_or_default())
    }
}

impl Default for Running {
    fn default() -> Self {
        Self::new(None, false)
    }
}

impl Keep for Running {
    #[inline]
    fn add(&mut self, customer: usize, day: i32, amount: i64) {
        if customer == self.customers.len() {
            self.customers.push(Totals::NONE);
            if self.holds_out() {
                self.held_out.push(0);
            }
            if let Some(apart) = &mut self.apart {
                apart.push((0, 0));
            }
        }
        let purchase = amount >= 0;
        self.days.push(customer, day, purchase);
        let totals = &mut self.customers[customer];
        totals.rows += 1;
        let amount = i128::from(amount);
        if let (Some(apart), false) = (&mut self.apart, purchase) {
            let (before, after) = &mut apart[customer];
            *(if day > self.cut { after } else { before }) -= amount;
            return;
        }
        if day > self.cut {
            self.held_out[customer] += amount;
            return;
        }
        totals.amount += amount;
        if purchase {
            totals.last = totals.last.max(day);
            if day < totals.first {
                totals.first = day;
                totals.first_amount = amount;
            } else if day == totals.first {
                totals.first_amount += amount;
            }
        } else if day == totals.first {
            totals.first_amount += amount;
        } else if day < totals.first {
            self.refunds.push((customer as u32, day, amount as i64));
        }
    }

    fn fetch(&self) -> u64 {
        self.customers.iter().fold(0, |all, totals| all ^ totals.rows)
    }

    fn compact(&mut self, from: usize) {
        self.days.compact(from);
        if self.refunds.len() * size_of::<(u32, i32, i64)>() >= from && self.refunds.len() == self.refunds.capacity() {
            let customers = &self.customers;
            self.refunds.retain(|(customer, day, _)| *day <= customers[*customer as usize].first);
        }
    }
}

/// Which customer had a purchase or a refund on which day, each time anew.
#[derive(Debug, Default)]
struct DayLog {
    /// Nearly every row, in four bytes.
    narrow: Vec<u32>,
    /// Those of which the customer's number or the day has too many digits.
    wide: Vec<u64>,
    /// How many bytes are compacted again.
    compact_at: usize,
}

/// The first day that has a narrow entry, 1920-01-01, and how many have: 179 years.
const NARROW_FROM: i32 = -18_262;
const NARROW_DAYS: u32 = 1 << 16;
const NARROW_CUSTOMERS: usize = 1 << 15;
/// What makes every day of the calendar a number of zero or more.
const WIDE_FROM: i32 = -(1 << 30);

impl DayLog {
    #[inline]
    fn push(&mut self, customer: usize, day: i32, purchase: bool) {
        let since = day.wrapping_sub(NARROW_FROM) as u32;
        // In an entry the lowest bit says whether it is a purchase, so that of one day's the last one says it of the day.
        if since < NARROW_DAYS && customer < NARROW_CUSTOMERS {
            self.narrow.push((customer as u32) << 17 | since << 1 | u32::from(purchase));
        } else {
            let since = day.wrapping_sub(WIDE_FROM) as u32;
            self.wide.push((customer as u64) << 32 | u64::from(since << 1) | u64::from(purchase));
        }
    }

    fn bytes(&self) -> usize {
        self.narrow.len() * size_of::<u32>() + self.wide.len() * size_of::<u64>()
    }

    /// Leaves one entry of each customer and day.
    fn compact(&mut self, from: usize) {
        if self.bytes() >= self.compact_at.max(from) {
            self.sort();
            self.narrow.dedup_by(|next, kept| same_day(kept, *next, |entry| entry >> 1));
            self.wide.dedup_by(|next, kept| same_day(kept, *next, |entry| entry >> 1));
            self.compact_at = 2 * self.bytes();
        }
    }

    fn sort(&mut self) {
        sort(&mut self.narrow);
        self.wide.sort_unstable();
    }

    /// Every customer and day once, and whether it is a purchase day.
    fn each(mut self, mut take: impl FnMut(usize, i32, bool)) {
        self.sort();
        last_of_each_day(
            &self.narrow,
            |entry| entry >> 1,
            |entry| {
                let since = entry >> 1 & (NARROW_DAYS - 1);
                take((entry >> 17) as usize, since as i32 + NARROW_FROM, entry & 1 == 1);
            },
        );
        last_of_each_day(
            &self.wide,
            |entry| entry >> 1,
            |entry| {
                let since = (entry as u32) >> 1;
                take((entry >> 32) as usize, since as i32 + WIDE_FROM, entry & 1 == 1);
            },
        );
    }
}

/// Lets the later of two sorted entries stand for both where they are of one day.
fn same_day<T: Copy + PartialEq>(kept: &mut T, next: T, day: impl Fn(T) -> T) -> bool {
    let same = day(*kept) == day(next);
    if same {
        *kept = next;
    }
    same
}

#[inline]
fn last_of_each_day<T: Copy + PartialEq>(sorted: &[T], day: impl Fn(T) -> T, mut take: impl FnMut(T)) {
    for pair in sorted.windows(2) {
        if day(pair[0]) != day(pair[1]) {
            take(pair[0]);
        }
    }
    if let Some(last) = sorted.last() {
        take(*last);
    }
}

/// Sorts by eleven bits at a time, which needs three rounds and no comparison.
fn sort(entries: &mut Vec<u32>) {
    const BITS: u32 = 11;
    const MASK: u32 = (1 << BITS) - 1;
    // What a comparing sort does before the counts of all digits are even set to zero.
    if entries.len() < 1 << BITS {
        entries.sort_unstable();
        return;
    }
    let digit = |entry: u32, round: usize| (entry >> (BITS * round as u32) & MASK) as usize;
    let mut counts = [[0_u32; 1 << BITS]; 3];
    for entry in &*entries {
        for (round, counts) in counts.iter_mut().enumerate() {
            counts[digit(*entry, round)] += 1;
        }
    }
    let mut other = vec![0; entries.len()];
    for (round, counts) in counts.iter_mut().enumerate() {
        let mut total = 0;
        for count in counts.iter_mut() {
            total += std::mem::replace(count, total);
        }
        for entry in &*entries {
            let place = &mut counts[digit(*entry, round)];
            other[*place as usize] = *entry;
            *place += 1;
        }
        std::mem::swap(entries, &mut other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_entries_are_sorted_like_few() {
        let mut state = 7_u32;
        let mut entries: Vec<u32> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state
        })
        .take(10_000)
        .chain([0, u32::MAX])
        .collect();
        let mut expected = entries.clone();
        expected.sort_unstable();
        sort(&mut entries);
        assert_eq!(entries, expected);
    }

    #[test]
    fn days_of_every_year_and_customers_of_every_number_come_back_once_each() {
        let all = [
            (0, -719_162),
            (0, NARROW_FROM - 1),
            (0, NARROW_FROM),
            (3, 19_723),
            (32_767, 47_273),
            (32_768, 0),
            (9, 2_932_896),
        ];
        let mut days = DayLog::default();
        for (round, (customer, day)) in [all, all].concat().into_iter().enumerate() {
            days.push(customer, day, (customer + round) % 2 == 0);
            days.compact(40);
        }
        let mut found = Vec::new();
        days.each(|customer, day, purchase| found.push((customer, day, purchase)));
        found.sort_unstable();
        // One of the two rounds had a purchase on each day: seven days, and the second begins at an odd place.
        let mut expected = all.map(|(customer, day)| (customer, day, true));
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
