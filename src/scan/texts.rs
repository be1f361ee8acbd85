//! Many short texts in one piece of memory.

use rayon::prelude::*;

/// How many bytes of texts are copied at once: most are short.
const SHORT: usize = 16;
const LONG: usize = 48;

/// Texts of one column, one after the other in one buffer: no allocation for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    /// No texts, with room for `texts` of them that together have `bytes`.
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(texts) }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many bytes all of them have.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// One text, counted from 0.
    ///
    /// # Panics
    /// Where there are not that many.
    #[inline]
    pub fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// One text for people; bytes that are no UTF-8 are shown as `�`.
    pub fn show(&self, index: usize) -> std::borrow::Cow<'_, str> {
        // Nearly all are UTF-8, and asking for just that is faster.
        let text = self.get(index);
        std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), std::borrow::Cow::Borrowed)
    }

    /// Whether every text is UTF-8.
    pub fn are_utf8(&self) -> bool {
        std::str::from_utf8(&self.bytes).is_ok_and(|text| self.ends.iter().all(|end| text.is_char_boundary(*end)))
    }

    /// All texts as one, and where in it each ends.
    pub fn into_parts(self) -> (Vec<u8>, Vec<usize>) {
        (self.bytes, self.ends)
    }

    /// Every text, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let text = &self.bytes[start..*end];
            start = *end;
            text
        })
    }

    /// Adds one text at the end.
    #[inline]
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    /// Adds a part of a text at the end. Copying some bytes too many costs less than a call.
    #[inline]
    pub(super) fn push_part(&mut self, text: &[u8], from: usize, to: usize) {
        match text.get(from..).and_then(|text| text.first_chunk::<SHORT>()) {
            Some(chunk) if to - from <= SHORT => {
                let end = self.bytes.len() + (to - from);
                self.bytes.extend_from_slice(chunk);
                self.bytes.truncate(end);
            }
            _ => self.bytes.extend_from_slice(&text[from..to]),
        }
        self.ends.push(self.bytes.len());
    }

    /// Adds parts of a text at the end, to the first that is not accepted; returns how many.
    #[inline]
    pub(super) fn push_parts(
        &mut self,
        text: &[u8],
        parts: impl Iterator<Item = (usize, usize)> + Clone,
        accepts: impl Fn(&[u8]) -> bool,
    ) -> usize {
        let (before, mut end) = (self.ends.len(), self.bytes.len());
        // Room for all at once, and for what is copied beyond the last.
        let (count, length) = parts.clone().fold((0, 0), |(count, all), (from, to)| (count + 1, all + (to - from)));
        self.ends.resize(before + count, 0);
        self.bytes.resize(end + length + LONG, 0);
        let mut pushed = 0;
        for (place, (from, to)) in self.ends[before..].iter_mut().zip(parts) {
            if !accepts(&text[from..to]) {
                break;
            }
            let length = to - from;
            copy_start(&text[from..], length, &mut self.bytes[end..]);
            end += length;
            *place = end;
            pushed += 1;
        }
        self.bytes.truncate(end);
        self.ends.truncate(before + pushed);
        pushed
    }

    /// The texts of several lists, one after the other, copied by all threads.
    pub fn joined(lists: &[Self]) -> Self {
        let mut all = Self {
            bytes: vec![0; lists.iter().map(Self::byte_len).sum()],
            ends: vec![0; lists.iter().map(Self::len).sum()],
        };
        let (mut bytes, mut ends, mut start) = (&mut all.bytes[..], &mut all.ends[..], 0);
        let copies: Vec<_> = lists
            .iter()
            .map(|list| {
                let (to, after) = std::mem::take(&mut bytes).split_at_mut(list.byte_len());
                let (to_ends, after_ends) = std::mem::take(&mut ends).split_at_mut(list.len());
                (bytes, ends) = (after, after_ends);
                start += list.byte_len();
                (list, to, to_ends, start - list.byte_len())
            })
            .collect();
        copies.into_par_iter().for_each(|(list, bytes, ends, start)| {
            bytes.copy_from_slice(&list.bytes);
            ends.iter_mut().zip(&list.ends).for_each(|(place, end)| *place = start + end);
        });
        all
    }

    /// Adds all texts of another list at the end.
    pub fn append(&mut self, other: &Self) {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
    }

    /// Forgets all texts from this many on.
    pub(super) fn truncate(&mut self, texts: usize) {
        self.ends.truncate(texts);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Forgets all texts and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text.as_ref());
        }
        all
    }
}

/// Copies so many bytes, and some more where both have them: copies of one length are faster than a call.
#[inline(always)]
fn copy_start(text: &[u8], length: usize, room: &mut [u8]) {
    let (Some((start, rest)), Some((to, room))) = (text.split_first_chunk::<SHORT>(), room.split_first_chunk_mut())
    else {
        return copy(text, length, room);
    };
    *to = *start;
    if length > SHORT {
        match (rest.first_chunk::<{ LONG - SHORT }>(), room.first_chunk_mut()) {
            (Some(rest), Some(to)) if length <= LONG => *to = *rest,
            _ => copy(rest, length - SHORT, room),
        }
    }
}

#[cold]
fn copy(text: &[u8], length: usize, room: &mut [u8]) {
    room[..length].copy_from_slice(&text[..length]);
}

/// The first eight bytes of a text as a number of the same order; what is shorter is filled with zeros.
#[inline]
pub(crate) fn first_bytes(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}

/// Fewer than eight bytes as a number, the first the lowest, by loads that overlap instead of a loop.
#[inline]
pub(crate) fn word_of_few(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            let shift = 8 * (bytes.len() as u32 - 4);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift
        }
        (_, _, [a, b, c]) => u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16,
        (_, _, [a, b]) => u64::from(*a) | u64::from(*b) << 8,
        (_, _, [a]) => u64::from(*a),
        _ => 0,
    }
}
