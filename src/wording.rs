//! Counts and amounts in sentences for people: thousands set apart, one or many; and texts of a width.

use unicode_width::UnicodeWidthStr;

/// So many of something: `1 row`, `6,919 rows`.
pub fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The form of a verb that goes with a count: `is` with one, `are` with any other.
pub fn verb(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// In which line of a file the header stands, where titles stand above it.
pub fn header_text(file: &str, line: u64) -> String {
    let above = match line - 1 {
        1 => "the line above it is no row".to_owned(),
        lines => format!("the {} above it are no rows", counted(lines, "line")),
    };
    format!("header in line {} of {file}; {above}", grouped(line))
}

/// Names of which one is to be said: `` `a`, `b` or `c` ``.
pub fn either(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
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

/// How many columns of a terminal a text takes: two for each letter of Chinese, Japanese or Korean, none for a mark above another.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text with blanks behind it, as wide as a column of a table.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The same with the blanks before it.
pub fn padded_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text of at most so many columns, of which the last is `…` where it takes more.
pub fn shortened(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.into();
    }
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        if width(&short) >= most {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// A text in lines of a width, broken between words; a word that is longer is cut.
pub fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= most => *line += &format!(" {word}"),
            _ => lines.push(shortened(word, most)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_cut_says_so() {
        assert_eq!(["Zoë", "Zoëx", ""].map(|text| shortened(text, 3)), ["Zoë", "Zo…", ""]);
    }

    #[test]
    fn a_header_below_titles_says_how_many_lines_are_no_rows() {
        assert_eq!(header_text("t.csv", 2), "header in line 2 of t.csv; the line above it is no row");
        assert_eq!(header_text("t.csv", 4), "header in line 4 of t.csv; the 3 lines above it are no rows");
    }

    #[test]
    fn letters_of_two_columns_are_cut_and_padded_by_columns() {
        assert_eq!(["東京都", "東京a", "a東京"].map(width), [6, 5, 5]);
        assert_eq!([6, 5, 4, 3].map(|most| shortened("東京都", most)), ["東京都", "東京…", "東…", "東…"]);
        assert_eq!((padded("東", 4), padded_left("東", 4)), ("東  ".into(), "  東".into()));
        assert_eq!(padded("Zoe\u{308}", 4), "Zoe\u{308} ");
    }

    #[test]
    fn one_of_several_names_is_to_be_said() {
        assert_eq!([&["a"][..], &["a", "b"], &["a", "b", "c"]].map(either), ["`a`", "`a` or `b`", "`a`, `b` or `c`"]);
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
