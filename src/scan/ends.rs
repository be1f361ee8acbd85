//! Where the fields of many records end: one pass over the text, sixteen bytes at a time.

use wide::u8x16;

/// How many bytes are looked at before what is found in them is noted.
const BLOCK: usize = 64;
/// How many ends are noted without asking whether there are as many: what a block of an ordinary log has.
const USUAL: usize = 8;

/// Where fields end, from the first one on.
#[derive(Debug, Default)]
pub(super) struct FieldEnds {
    /// First what the first field begins after, then the places; and room for more.
    places: Vec<u32>,
}

impl FieldEnds {
    /// Finds the ends of so many fields, or of fewer where the text ends before: every delimiter and every line feed.
    ///
    /// Returns them after a place whose successor is the beginning of the text, so that each field is from the successor of one
    /// place to the next place.
    pub fn find(&mut self, text: &[u8], delimiter: u8, fields: usize) -> &[u32] {
        self.places.resize((1 + fields + BLOCK).max(self.places.len()), 0);
        self.places[0] = u32::MAX;
        let mut found = 1;
        let marks = (u8x16::splat(delimiter), u8x16::splat(b'\n'));
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        let mut start = 0;
        for block in blocks {
            if found > fields {
                break;
            }
            let mut ends = ends_in(block, marks);
            let count = ends.count_ones() as usize;
            let places = &mut self.places[found..found + BLOCK];
            let mut note = |places: &mut [u32]| {
                for place in places {
                    *place = start + ends.trailing_zeros();
                    ends &= ends.wrapping_sub(1);
                }
            };
            note(&mut places[..USUAL]);
            if count > USUAL {
                note(&mut places[USUAL..count]);
            }
            found += count;
            start += BLOCK as u32;
        }
        if found <= fields && start as usize == text.len() - rest.len() {
            for (at, _) in rest.iter().enumerate().filter(|(_, byte)| **byte == delimiter || **byte == b'\n') {
                self.places[found] = start + at as u32;
                found += 1;
            }
        }
        &self.places[..found.min(1 + fields)]
    }
}

/// A bit for each byte of a block that ends a field.
#[inline(always)]
fn ends_in(block: &[u8; BLOCK], (delimiter, line_feed): (u8x16, u8x16)) -> u64 {
    let (quarters, _) = block.as_chunks::<16>();
    let bits = |number: usize| {
        let bytes = u8x16::new(quarters[number]);
        u64::from((bytes.simd_eq(delimiter) | bytes.simd_eq(line_feed)).to_bitmask()) << (16 * number)
    };
    bits(0) | bits(1) | bits(2) | bits(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_those_that_a_look_at_every_byte_finds() {
        // Fields of all lengths to 80, and blocks of nothing but ends.
        let mut text: Vec<u8> = Vec::new();
        for length in (0..80).chain(std::iter::repeat_n(0, 200)).chain((0..80).rev()) {
            text.extend(std::iter::repeat_n(b'x', length));
            text.push(if length % 3 == 0 { b'\n' } else { b';' });
        }
        let mut ends = FieldEnds::default();
        for from in (0..text.len()).step_by(7) {
            let text = &text[from..];
            let expected: Vec<u32> =
                (0_u32..).zip(text).filter(|(_, byte)| matches!(byte, b';' | b'\n')).map(|(at, _)| at).collect();
            for fields in [0, 1, 2, 5, 70, 1000] {
                let found = ends.find(text, b';', fields);
                assert_eq!(found[0].wrapping_add(1), 0);
                assert_eq!(found[1..], expected[..expected.len().min(fields)], "{fields} fields from byte {from}");
            }
        }
    }
}
