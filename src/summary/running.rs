//! What is known of each customer while rows come in, in any order: totals, the first and the last purchase day, and
//! which days there were.
//!
//! Of amounts only sums are kept. The sum to the first purchase day is the one that a late row can undo: an earlier
//! purchase makes all that came after it a repeat. Then it begins anew with that purchase; refunds before the first
//! purchase day known so far, which may belong to it in the end, wait in a list. Where refunds are kept apart they enter none
//! of this and are summed on their own.

use std::cell::RefCell;

use super::partitions::{Keep, NARROW_DAYS, NARROW_FROM};
use crate::time::Day;

/// The customers of one partition.
#[derive(Debug)]
pub(super) struct Running {
    /// The last day that describes; what comes after is held out.
    cut: i32,
    customers: Vec<Totals>,
    /// A customer for every 2^32 rows that it has beyond what its totals can count.
    rows_above: Vec<u32>,
    /// Net amount after the cut, by customer; empty where there is no cut.
    held_out: Vec<i128>,
    /// Refunds by customer to the cut and after it, where they are kept apart.
    apart: Option<Vec<Refunded>>,
    /// Refunds on days before the first purchase day known at the time: customer, day and amount.
    refunds: Vec<(u32, i32, i64)>,
    days: DayLog,
    /// Days that have been counted and forgotten, by customer; empty where none have.
    counted: Vec<Counted>,
    /// Whether a row came for a day that may have been counted before.
    late: bool,
}

/// The totals of one customer, in as few bytes as that takes: they are looked up for every row.
#[derive(Debug, Clone, Copy)]
struct Totals {
    sums: Sums,
    /// Rows, the lower 32 bits of their number.
    rows: u32,
    /// The last day that has been counted and forgotten.
    until: i32,
    /// The first and the last purchase day to the cut; the first is after the last where there is none.
    first: i32,
    last: i32,
}

impl Totals {
    const NONE: Self = Self { sums: Sums::NONE, rows: 0, until: i32::MIN, first: i32::MAX, last: i32::MIN };
}

/// Net amounts to the cut: of each its lower 64 bits, and what is above them.
#[derive(Debug, Clone, Copy)]
struct Sums {
    amount: u64,
    /// Of the first purchase day, without what waits among the refunds.
    first_amount: u64,
    amount_above: i32,
    first_amount_above: i32,
}

impl Sums {
    const NONE: Self = Self { amount: 0, first_amount: 0, amount_above: 0, first_amount_above: 0 };

    #[inline]
    fn add(&mut self, amount: i64) {
        add_wide(&mut self.amount, &mut self.amount_above, amount);
    }

    #[inline]
    fn add_first(&mut self, amount: i64) {
        add_wide(&mut self.first_amount, &mut self.first_amount_above, amount);
    }

    /// Begins the first purchase day anew.
    #[inline]
    fn set_first(&mut self, amount: i64) {
        (self.first_amount, self.first_amount_above) = (amount as u64, (amount >> 63) as i32);
    }
}

/// Adds to a sum of 96 bits, which four billion of the largest amounts do not exceed.
#[inline]
fn add_wide(low: &mut u64, above: &mut i32, amount: i64) {
    let (sum, carry) = low.overflowing_add(amount as u64);
    *low = sum;
    *above += (amount >> 63) as i32 + i32::from(carry);
}

fn wide(low: u64, above: i32) -> i128 {
    i128::from(above) << 64 | i128::from(low)
}

/// What is known of the days of a customer that have been counted and forgotten.
#[derive(Debug, Clone, Copy)]
struct Counted {
    /// Days of any kind, and purchase days to the cut and after it.
    days: u32,
    purchases: u32,
    held_out: u32,
}

impl Counted {
    const NONE: Self = Self { days: 0, purchases: 0, held_out: 0 };
}

/// The purchases of one customer, all rows taken together, in the memory of the totals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    sums: Sums,
    /// The first and the last purchase day to the cut; of no meaning without a purchase.
    pub first: Day,
    pub last: Day,
    /// Purchase days to the cut.
    pub transactions: u32,
    /// Distinct days of any kind.
    pub days: u32,
    /// Rows.
    pub rows: u64,
}

impl Customer {
    /// Net amount to the cut.
    pub fn amount(&self) -> i128 {
        wide(self.sums.amount, self.sums.amount_above)
    }

    /// Net amount of the days after the first purchase day, to the cut.
    pub fn repeat_amount(&self) -> i128 {
        self.amount() - wide(self.sums.first_amount, self.sums.first_amount_above)
    }
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
            rows_above: Vec::new(),
            held_out: Vec::new(),
            apart: refunds_apart.then(Vec::new),
            refunds: Vec::new(),
            days: DayLog::default(),
            counted: Vec::new(),
            late: false,
        }
    }

    /// Whether days were forgotten too early, because rows did not come in the order of their dates: then nothing that comes
    /// of this is right.
    pub fn is_late(&self) -> bool {
        self.late
    }

    fn holds_out(&self) -> bool {
        self.cut < i32::MAX
    }

    /// Every customer in the order of the numbers, what was held out where anything is, and refunds where they are apart.
    pub fn finish(mut self) -> (Vec<Customer>, Vec<HeldOut>, Vec<Refunded>) {
        for (customer, day, amount) in std::mem::take(&mut self.refunds) {
            let totals = &mut self.customers[customer as usize];
            if day <= totals.first {
                totals.sums.add_first(amount);
            }
        }
        let counted = |number: usize| self.counted.get(number).copied().unwrap_or(Counted::NONE);
        let mut customers: Vec<Customer> = self
            .customers
            .into_iter()
            .enumerate()
            .map(|(number, totals)| Customer {
                sums: totals.sums,
                first: Day(totals.first),
                last: Day(totals.last),
                transactions: counted(number).purchases,
                days: counted(number).days,
                rows: totals.rows.into(),
            })
            .collect();
        let mut held_out: Vec<HeldOut> = self
            .held_out
            .iter()
            .enumerate()
            .map(|(number, amount)| (counted(number).held_out.into(), *amount))
            .collect();
        self.rows_above.iter().for_each(|number| customers[*number as usize].rows += 1 << 32);
        let cut = self.cut;
        self.days.each(|number, day, purchase| {
            let customer = &mut customers[number];
            customer.days += 1;
            if day <= cut {
                customer.transactions += u32::from(purchase);
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
    #[inline(always)]
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
        self.late |= day <= totals.until;
        totals.rows = totals.rows.wrapping_add(1);
        if totals.rows == 0 {
            self.rows_above.push(customer as u32);
        }
        if let (Some(apart), false) = (&mut self.apart, purchase) {
            let (before, after) = &mut apart[customer];
            *(if day > self.cut { after } else { before }) -= i128::from(amount);
            return;
        }
        if day > self.cut {
            self.held_out[customer] += i128::from(amount);
            return;
        }
        totals.sums.add(amount);
        if purchase {
            totals.last = totals.last.max(day);
            if day < totals.first {
                totals.first = day;
                totals.sums.set_first(amount);
            } else if day == totals.first {
                totals.sums.add_first(amount);
            }
        } else if day == totals.first {
            totals.sums.add_first(amount);
        } else if day < totals.first {
            self.refunds.push((customer as u32, day, amount));
        }
    }

    fn fold(&mut self, from: usize, before: i32) {
        if !self.days.is_due(from) {
            return;
        }
        self.counted.resize(self.customers.len(), Counted::NONE);
        let Self { cut, customers, counted, days, .. } = self;
        days.take_out(|number, day, purchase| {
            if day < before {
                let (counted, totals) = (&mut counted[number], &mut customers[number]);
                totals.until = totals.until.max(day);
                counted.days += 1;
                *(if day > *cut { &mut counted.held_out } else { &mut counted.purchases }) += u32::from(purchase);
            }
            day < before
        });
        self.forget_refunds(from);
    }

    fn bytes(&self) -> usize {
        self.customers.len() * size_of::<Totals>()
            + self.held_out.len() * size_of::<i128>()
            + self.apart.as_ref().map_or(0, |apart| apart.len() * size_of::<Refunded>())
            + self.refunds.len() * size_of::<(u32, i32, i64)>()
            + self.counted.len() * size_of::<Counted>()
            + self.days.bytes()
    }

    fn fetch(&self) -> u64 {
        self.customers.iter().fold(0, |all, totals| all ^ u64::from(totals.rows))
    }

    fn compact(&mut self, from: usize) {
        self.days.compact(from);
        self.forget_refunds(from);
    }
}

impl Running {
    /// Forgets refunds that turned out to be none before the first purchase day.
    fn forget_refunds(&mut self, from: usize) {
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
    narrow: Pieces,
    /// Those of which the customer's number or the day has too many digits.
    wide: Vec<u64>,
    /// How many bytes are compacted again.
    compact_at: usize,
}

/// Entries in pieces of one size: a list that grows in one is copied again and again, to memory that is new.
#[derive(Debug, Default)]
struct Pieces {
    full: Vec<Vec<u32>>,
    last: Vec<u32>,
}

/// How many entries a piece has.
const PIECE: usize = 1 << 13;

impl Pieces {
    #[inline]
    fn push(&mut self, entry: u32) {
        if self.last.len() == self.last.capacity() {
            self.make_room();
        }
        self.last.push(entry);
    }

    #[cold]
    fn make_room(&mut self) {
        let entries = self.last.len();
        if entries < PIECE {
            // The first one grows, for there may be few.
            self.last.reserve_exact(entries.max(4).min(PIECE - entries));
        } else {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(PIECE)));
        }
    }

    fn len(&self) -> usize {
        self.full.iter().map(Vec::len).sum::<usize>() + self.last.len()
    }

    /// Takes all of them out, and adds them to a list.
    fn move_to(&mut self, entries: &mut Vec<u32>) {
        self.full.drain(..).for_each(|piece| entries.extend_from_slice(&piece));
        entries.append(&mut self.last);
    }
}

/// How many customers have narrow entries, of days that can be said in few bits.
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

    /// Whether there are enough entries to make fewer of them.
    fn is_due(&self, from: usize) -> bool {
        self.bytes() >= self.compact_at.max(from)
    }

    /// Leaves one entry of each customer and day.
    fn compact(&mut self, from: usize) {
        if self.is_due(from) {
            self.take_out(|_, _, _| false);
        }
    }

    /// Every customer and day once, and whether it is a purchase day.
    fn each(mut self, mut take: impl FnMut(usize, i32, bool)) {
        self.take_out(|customer, day, purchase| {
            take(customer, day, purchase);
            true
        });
    }

    /// Takes those of all customers and days out that are to be.
    fn take_out(&mut self, mut take: impl FnMut(usize, i32, bool) -> bool) {
        SORTED.with_borrow_mut(|entries| {
            self.narrow.move_to(entries);
            sort(entries);
            retain_days(
                entries,
                |entry| entry >> 1,
                |entry| {
                    let since = (entry >> 1 & (NARROW_DAYS - 1)) as i32;
                    take((entry >> 17) as usize, since + NARROW_FROM, entry & 1 == 1)
                },
            );
            entries.drain(..).for_each(|entry| self.narrow.push(entry));
        });
        self.wide.sort_unstable();
        retain_days(
            &mut self.wide,
            |entry| entry >> 1,
            |entry| {
                let since = ((entry as u32) >> 1) as i32;
                take((entry >> 32) as usize, since + WIDE_FROM, entry & 1 == 1)
            },
        );
        self.compact_at = 2 * self.bytes();
    }
}

/// Leaves the last of the sorted entries of each day that is not taken out.
#[inline]
fn retain_days<T: Copy + PartialEq>(entries: &mut Vec<T>, day: impl Fn(T) -> T, mut take: impl FnMut(T) -> bool) {
    let mut kept = 0;
    for next in 0..entries.len() {
        let entry = entries[next];
        let last = entries.get(next + 1).is_none_or(|after| day(*after) != day(entry));
        if last && !take(entry) {
            entries[kept] = entry;
            kept += 1;
        }
    }
    entries.truncate(kept);
}

thread_local! {
    /// What is sorted.
    static SORTED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    /// Where each round puts the entries: threads that ask for memory again and again wait for each other.
    static OTHER: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
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
    OTHER.with_borrow_mut(|other| {
        other.resize(entries.len(), 0);
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
            std::mem::swap(entries, other);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_many_pieces_come_back_as_they_went_in() {
        let mut pieces = Pieces::default();
        for entries in [0, 1, 100, PIECE as u32, 3 * PIECE as u32 + 7] {
            (0..entries).for_each(|entry| pieces.push(entry));
            assert_eq!(pieces.len(), entries as usize);
            let mut all = Vec::new();
            pieces.move_to(&mut all);
            assert_eq!(all, (0..entries).collect::<Vec<_>>());
            assert_eq!(pieces.len(), 0);
        }
    }

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
