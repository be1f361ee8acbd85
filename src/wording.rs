//! Counts and amounts in sentences for people: thousands set apart, one or many.

/// So many of something: `1 row`, `6,919 rows`.
pub fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The form of a verb that goes with a count: `is` with one, `are` with any other.
pub fn verb(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// A count: `6,919`.
pub fn grouped(count: u64) -> String {
    grouped_text(&count.to_string())
}

/// A number that is text already: `-1,234.50`.
pub fn grouped_text(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, part) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut text = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + part
}

/// A text of at most so many letters, of which the last is `…` where there are more.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_cut_says_so() {
        assert_eq!(["Zoë", "Zoëx", ""].map(|text| shortened(text, 3)), ["Zoë", "Zo…", ""]);
    }

    #[test]
    fn thousands_are_set_apart_and_one_is_not_many() {
        assert_eq!(
            (counted(1, "customer"), counted(12_345, "customer")),
            ("1 customer".into(), "12,345 customers".into())
        );
        assert_eq!([0, 1, 2].map(|count| verb(count, "is", "are")), ["are", "is", "are"]);
        for (plain, text) in [("0", "0"), ("999.5", "999.5"), ("-1234567.89", "-1,234,567.89"), ("-100", "-100")] {
            assert_eq!(grouped_text(plain), text);
        }
    }
}
