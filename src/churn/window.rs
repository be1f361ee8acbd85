//! The periods that are looked at, and which of them were observed from their first to their last day.

use super::relationship::Spell;
use crate::Result;
use crate::calendar::{Grain, Period, Timeline};
use crate::time::Day;

/// Periods of the calendar between the first and the last day observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    timeline: Timeline,
    from: Day,
    as_of: Day,
    settled: Day,
}

impl Window {
    /// The periods from the one that holds `from` to the one that holds `as_of`; both days were observed.
    ///
    /// # Errors
    /// Where `as_of` lies before `from`.
    pub fn new(grain: Grain, from: Day, as_of: Day) -> Result<Self> {
        Ok(Self { timeline: Timeline::new(grain, from, as_of)?, from, as_of, settled: as_of })
    }

    /// The same periods where a departure is known only so many days later.
    #[must_use]
    pub fn settling(mut self, days: u32) -> Self {
        self.settled = Day(self.as_of.0.saturating_sub_unsigned(days));
        self
    }

    /// The periods.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// A period by its place.
    pub fn period(&self, place: usize) -> Period {
        self.timeline.period(place)
    }

    /// The day with which a period begins, or, where the observation ends before that, the first one after it.
    pub(super) fn turn(&self, place: usize) -> Day {
        self.timeline.start(place).min(Day(self.as_of.0.saturating_add(1)))
    }

    /// The first day observed.
    pub fn from(&self) -> Day {
        self.from
    }

    /// The last day observed.
    pub fn as_of(&self) -> Day {
        self.as_of
    }

    /// Whether the period was observed from its first day to its last.
    pub fn complete(&self, place: usize) -> bool {
        self.timeline.start(place) >= self.from && self.timeline.start(place + 1).0 - 1 <= self.settled.0
    }

    /// The places of the complete periods.
    pub fn complete_places(&self) -> std::ops::Range<usize> {
        let all = 0..self.timeline.len();
        let first = all.clone().find(|&place| self.complete(place)).unwrap_or(all.end);
        first..(first..all.end).find(|&place| !self.complete(place)).unwrap_or(all.end)
    }

    /// Who starts on the first day observed, where a period starts with it, was there when observation began.
    pub(super) fn opens_with_stock(&self) -> bool {
        self.from == self.timeline.start(0)
    }

    /// The places of the periods at whose start the customer is there: it started before, and is still there on the day.
    pub(super) fn openings(&self, spell: &Spell) -> std::ops::Range<usize> {
        let stock = self.opens_with_stock() && spell.start == self.from;
        let first = if stock { 0 } else { self.timeline.started_by(spell.start) };
        let end = spell.leave.map_or(self.timeline.len() + 1, |leave| self.started_by(leave));
        first..end.max(first)
    }

    /// The number of period starts up to a day, the end of the last period among them.
    fn started_by(&self, day: Day) -> usize {
        let len = self.timeline.len();
        if day >= self.timeline.start(len) { len + 1 } else { self.timeline.started_by(day) }
    }

    /// The place of the period in which the customer joined; `None` where that was before the first of them or
    /// where it was there when observation began.
    pub(super) fn joined(&self, spell: &Spell) -> Option<usize> {
        let stock = self.opens_with_stock() && spell.start == self.from;
        (spell.start >= self.timeline.start(0) && !stock).then(|| self.timeline.place(spell.start))
    }

    /// The place of the period in which the customer left; `None` where it stayed or left before the first.
    pub(super) fn left(&self, spell: &Spell) -> Option<usize> {
        spell.leave.filter(|leave| *leave >= self.timeline.start(0)).map(|leave| self.timeline.place(leave))
    }

    /// Whether the customer joined and left in one period, and so was there at no opening.
    pub(super) fn in_one_period(&self, spell: &Spell) -> bool {
        let joined = self.joined(spell);
        joined.is_some() && joined == self.left(spell) && self.openings(spell).is_empty()
    }

    /// One customer's spells as the periods see them: who leaves and returns within one period has not left.
    pub(super) fn bridged<'a>(&'a self, spells: &'a [Spell]) -> impl Iterator<Item = Spell> + 'a {
        let mut rest = spells.iter().peekable();
        std::iter::from_fn(move || {
            let mut spell = *rest.next()?;
            while let (Some(leave), Some(next)) = (spell.leave, rest.peek()) {
                let before = leave < self.timeline.start(0) || next.start < self.timeline.start(0);
                if before || self.timeline.place(leave) != self.timeline.place(next.start) {
                    break;
                }
                spell = spell.through(next);
                rest.next();
            }
            Some(spell)
        })
    }
}
