//! Many short texts in one piece of memory.

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
        String::from_utf8_lossy(self.get(index))
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

    /// Adds a part of a text at the end. Copying eight bytes too many costs less than a call.
    #[inline]
    pub(super) fn push_part(&mut self, text: &[u8], from: usize, to: usize) {
        let length = to - from;
        let rest = &text[from..];
        match (rest.first_chunk::<16>(), rest.first_chunk::<48>()) {
            (Some(chunk), _) if length <= 16 => self.push_beginning(chunk, length),
            (_, Some(chunk)) if length <= 48 => self.push_beginning(chunk, length),
            _ => self.bytes.extend_from_slice(&rest[..length]),
        }
        self.ends.push(self.bytes.len());
    }

    #[inline]
    fn push_beginning<const N: usize>(&mut self, chunk: &[u8; N], length: usize) {
        let end = self.bytes.len() + length;
        self.bytes.extend_from_slice(chunk);
        self.bytes.truncate(end);
    }

    /// Adds all texts of another list at the end.
    pub fn append(&mut self, other: &Self) {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
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

/// The first eight bytes of a text as a number of the same order; what is shorter is filled with zeros.
#[inline]
pub(crate) fn first_bytes(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}
