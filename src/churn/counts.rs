//! How many customers are there when a period opens, join, leave, and are there when it closes.

use rayon::prelude::*;

use super::relationship::{Spell, Term, segment_on};
use super::{Policy, Relationships, SamePeriod, Window};
use crate::calendar::months_after;
use crate::time::Day;

/// Whom the figures are of: a segment, a band of tenure, both, or everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    /// The segment, as a place in its list of names; `None` for all of them.
    pub segment: Option<u32>,
    /// The band of tenure, as a place in the list of bands; `None` for all of them.
    pub tenure: Option<u32>,
}

/// How customers are grouped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grouping {
    /// How many segments there are; `None` to take all as one.
    pub segments: Option<u32>,
    /// Days of tenure at which the second and each further band begins; `None` to take all tenures as one.
    pub tenure_bands: Option<Vec<u32>>,
}

impl Grouping {
    pub(super) fn bands(&self) -> usize {
        self.tenure_bands.as_ref().map_or(1, |edges| edges.len() + 1)
    }

    pub(super) fn len(&self) -> usize {
        self.segments.map_or(1, |segments| segments as usize) * self.bands()
    }

    /// Every group in order: by segment, then by tenure.
    pub fn groups(&self) -> impl Iterator<Item = Group> + '_ {
        (0..self.len()).map(|place| Group {
            segment: self.segments.map(|_| (place / self.bands()) as u32),
            tenure: self.tenure_bands.as_ref().map(|_| (place % self.bands()) as u32),
        })
    }

    pub(super) fn place(&self, segment: u32, tenure_days: i32) -> usize {
        let segment = if self.segments.is_some() { segment as usize } else { 0 };
        let band = self
            .tenure_bands
            .as_ref()
            .map_or(0, |edges| edges.partition_point(|edge| i64::from(*edge) <= i64::from(tenure_days)));
        segment * self.bands() + band
    }

    /// The group of a customer on a day: the segment of the latest term that had begun, the tenure since the start.
    pub(super) fn on(&self, spell: &Spell, terms: &[Term], day: Day) -> usize {
        self.place(segment_on(terms, day), day.0.saturating_sub(spell.start.0))
    }
}

/// Customers of one group in one period.
///
/// `opening + joined - churned = closing`, always. A departure on the last day of a period belongs to it, so a
/// contract that ends with January is no part of the opening base of February; who starts on the
/// first of February joins in February.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// There when the period opens.
    pub opening: u64,
    /// Joined in the period, those who returned among them.
    pub joined: u64,
    /// Of those who joined: had left in an earlier period.
    pub reactivated: u64,
    /// Of the opening base: left in the period.
    pub lost: u64,
    /// Of those who joined in the period: left in it.
    pub joined_and_left: u64,
    /// Of the opening base: not there a year after the opening.
    pub lost_in_a_year: u64,
}

impl Counts {
    /// All who left in the period.
    pub fn churned(&self) -> u64 {
        self.lost + self.joined_and_left
    }

    /// There when the period closes.
    pub fn closing(&self) -> u64 {
        self.opening + self.joined - self.churned()
    }
}

/// The counts of every group in every period.
#[derive(Debug, Clone, PartialEq)]
pub struct CountTable {
    periods: usize,
    cells: Vec<Counts>,
}

impl CountTable {
    /// Counts customers; the policy says what joining and leaving in one period is.
    ///
    /// # Definition
    /// A customer's group is that of the opening for whoever is there, and that of its first day for whoever
    /// joins. Tenure counts from the start of the relationship.
    pub fn new(relationships: &Relationships, policy: &Policy, window: &Window, grouping: &Grouping) -> Self {
        let counter = Counter::new(relationships, policy, window, grouping);
        let cells = relationships
            .shares()
            .into_par_iter()
            .map(|share| {
                let mut cells = counter.empty();
                share.chunk_by(|a, b| a.customer == b.customer).for_each(|spells| counter.count(spells, &mut cells));
                cells
            })
            // Whole numbers, so the order of adding changes nothing.
            .reduce(|| counter.empty(), add);
        Self { periods: window.timeline().len(), cells: counter.finish(cells) }
    }

    /// The counts of a group, by its place among [`Grouping::groups`], in a period by its place.
    pub fn get(&self, group: usize, period: usize) -> Counts {
        self.cells[group * self.periods + period]
    }
}

/// Counting while customers pass: openings as changes from period to period, until [`Counter::finish`].
struct Counter<'a> {
    relationships: &'a Relationships,
    policy: &'a Policy,
    window: &'a Window,
    grouping: &'a Grouping,
    /// The first day a year after each opening.
    year_ends: Vec<Day>,
}

#[derive(Clone, Copy, Default)]
struct Changes {
    opening: i64,
    lost_in_a_year: i64,
    counts: Counts,
}

fn add(mut one: Vec<Changes>, other: Vec<Changes>) -> Vec<Changes> {
    for (one, other) in one.iter_mut().zip(other) {
        one.opening += other.opening;
        one.lost_in_a_year += other.lost_in_a_year;
        one.counts.joined += other.counts.joined;
        one.counts.reactivated += other.counts.reactivated;
        one.counts.lost += other.counts.lost;
        one.counts.joined_and_left += other.counts.joined_and_left;
    }
    one
}

impl<'a> Counter<'a> {
    fn new(relationships: &'a Relationships, policy: &'a Policy, window: &'a Window, grouping: &'a Grouping) -> Self {
        let timeline = window.timeline();
        let year_ends = (0..timeline.len()).map(|place| months_after(timeline.start(place), 12)).collect();
        Self { relationships, policy, window, grouping, year_ends }
    }

    fn stride(&self) -> usize {
        // One more than the periods: an opening that ends with the last one is taken back there.
        self.window.timeline().len() + 1
    }

    fn empty(&self) -> Vec<Changes> {
        vec![Changes::default(); self.grouping.len() * self.stride()]
    }

    fn count(&self, spells: &[Spell], cells: &mut [Changes]) {
        let alone = spells.len() == 1;
        for spell in self.window.bridged(spells) {
            let terms = self.relationships.terms_of(&spell);
            let openings = self.window.openings(&spell);
            let (joined, left) = (self.window.joined(&spell), self.window.left(&spell));
            if self.policy.same_period == SamePeriod::Ignored && self.window.in_one_period(&spell) {
                continue;
            }
            let openings = openings.start..openings.end.min(self.window.timeline().len());
            self.openings(&spell, terms, openings.clone(), (!alone).then_some(spells), cells);
            let first_day = spell.start;
            if let Some(place) = joined {
                let counts = &mut cells[self.grouping.on(&spell, terms, first_day) * self.stride() + place].counts;
                counts.joined += 1;
                counts.reactivated += u64::from(spell.again);
            }
            if let Some(place) = left {
                if openings.contains(&place) {
                    let opening = self.window.timeline().start(place);
                    cells[self.grouping.on(&spell, terms, opening) * self.stride() + place].counts.lost += 1;
                } else {
                    cells[self.grouping.on(&spell, terms, first_day) * self.stride() + place].counts.joined_and_left +=
                        1;
                }
            }
        }
    }

    /// Counts a spell into the openings of its periods, run by run of periods in which its group is the same.
    fn openings(
        &self,
        spell: &Spell,
        terms: &[Term],
        places: std::ops::Range<usize>,
        all_spells: Option<&[Spell]>,
        cells: &mut [Changes],
    ) {
        let timeline = self.window.timeline();
        let group_at = |place: usize| self.grouping.on(spell, terms, timeline.start(place));
        let same = terms.iter().all(|term| term.segment == terms[0].segment) || self.grouping.segments.is_none();
        let mut first = places.start;
        while first < places.end {
            let group = group_at(first);
            let last = if same && self.grouping.tenure_bands.is_none() {
                places.end
            } else {
                (first + 1..places.end).find(|&place| group_at(place) != group).unwrap_or(places.end)
            };
            let row = group * self.stride();
            cells[row + first].opening += 1;
            cells[row + last].opening -= 1;
            if let Some(leave) = spell.leave {
                let doomed = first.max(self.year_ends.partition_point(|end| *end <= leave));
                match all_spells {
                    None if doomed < last => {
                        cells[row + doomed].lost_in_a_year += 1;
                        cells[row + last].lost_in_a_year -= 1;
                    }
                    None => {}
                    // Who left and is back a year after the opening is not lost in that year.
                    Some(spells) => {
                        for place in doomed..last {
                            let end = self.year_ends[place];
                            if !spells.iter().any(|own| own.start < end && own.leave.is_none_or(|leave| leave >= end)) {
                                cells[row + place].lost_in_a_year += 1;
                                cells[row + place + 1].lost_in_a_year -= 1;
                            }
                        }
                    }
                }
            }
            first = last;
        }
    }

    fn finish(&self, cells: Vec<Changes>) -> Vec<Counts> {
        let whole = |sum: i64| u64::try_from(sum).expect("nobody leaves an opening base it was not in");
        cells
            .chunks(self.stride())
            .flat_map(|group| {
                let (mut opening, mut lost_in_a_year) = (0, 0);
                group[..group.len() - 1].iter().map(move |cell| {
                    opening += cell.opening;
                    lost_in_a_year += cell.lost_in_a_year;
                    Counts { opening: whole(opening), lost_in_a_year: whole(lost_in_a_year), ..cell.counts }
                })
            })
            .collect()
    }
}
