//! Which ledger accounts a pool takes: single accounts, ranges and prefixes, and cost centres.

use std::cmp::Ordering;
use std::fmt;

/// One entry of a list of accounts or cost centres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Exactly this account: `6200`.
    One(String),
    /// Every account of the same length from the first to the last, both included: `6200-6299`.
    Range(String, String),
    /// Every account that begins so: `62*`.
    Prefix(String),
}

impl Pattern {
    /// The pattern that a text names; the message says why it names none.
    ///
    /// A `-` makes a range only between two texts of digits of one length, so that a cost centre
    /// may be called `north-east`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("an empty text names no account".into());
        }
        if let Some(prefix) = text.strip_suffix('*') {
            return Ok(Self::Prefix(prefix.into()));
        }
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if let Some((first, last)) = text.split_once('-').map(|(first, last)| (first.trim(), last.trim()))
            && digits(first)
            && digits(last)
        {
            if first.len() != last.len() {
                return Err(format!("the range `{text}` runs between accounts of different length"));
            }
            return match first.cmp(last) {
                Ordering::Greater => Err(format!("the range `{text}` ends before it begins")),
                _ => Ok(Self::Range(first.into(), last.into())),
            };
        }
        Ok(Self::One(text.into()))
    }

    /// Whether the account is among those named.
    pub fn matches(&self, account: &str) -> bool {
        match self {
            Self::One(one) => one == account,
            Self::Range(first, last) => {
                account.len() == first.len() && first.as_str() <= account && account <= last.as_str()
            }
            Self::Prefix(prefix) => account.starts_with(prefix.as_str()),
        }
    }

    /// Whether some account could match both.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(account), other) | (other, Self::One(account)) => other.matches(account),
            (Self::Range(a, b), Self::Range(c, d)) => a.len() == c.len() && a <= d && c <= b,
            (Self::Prefix(a), Self::Prefix(b)) => a.starts_with(b.as_str()) || b.starts_with(a.as_str()),
            (Self::Prefix(prefix), Self::Range(first, last)) | (Self::Range(first, last), Self::Prefix(prefix)) => {
                prefix.len() <= first.len()
                    && prefix.bytes().all(|byte| byte.is_ascii_digit())
                    && &first[..prefix.len()] <= prefix.as_str()
                    && prefix.as_str() <= &last[..prefix.len()]
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(account) => f.write_str(account),
            Self::Range(first, last) => write!(f, "{first}-{last}"),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// The postings of a ledger that a pool takes: those of its accounts, and of its cost centres if it names any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Accounts; none means every account of the cost centres.
    pub accounts: Vec<Pattern>,
    /// Cost centres; none means every cost centre of the accounts.
    pub cost_centres: Vec<Pattern>,
}

impl Selection {
    /// Whether it names nothing at all, and so takes nothing.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.cost_centres.is_empty()
    }

    /// Whether a posting is taken.
    pub fn matches(&self, account: &str, cost_centre: &str) -> bool {
        let any = |patterns: &[Pattern], text: &str| patterns.is_empty() || patterns.iter().any(|p| p.matches(text));
        !self.is_empty() && any(&self.accounts, account) && any(&self.cost_centres, cost_centre)
    }

    /// What two selections could both take, for a message: `accounts 6200-6299 and 62*`.
    pub(crate) fn overlap(&self, other: &Self) -> Option<String> {
        if self.is_empty() || other.is_empty() {
            return None;
        }
        let accounts = overlap(&self.accounts, &other.accounts)?;
        let centres = overlap(&self.cost_centres, &other.cost_centres)?;
        let told =
            |what: &str, pair: Option<(String, String)>| {
                pair.map(|(one, other)| {
                    if one == other { format!("{what} `{one}`") } else { format!("{what}s `{one}` and `{other}`") }
                })
            };
        let parts: Vec<String> =
            [told("account", accounts), told("cost centre", centres)].into_iter().flatten().collect();
        Some(parts.join(", "))
    }
}

/// `None`: nothing in common; `Some(None)`: in common because one side names nothing in particular.
#[allow(clippy::option_option)]
fn overlap(one: &[Pattern], other: &[Pattern]) -> Option<Option<(String, String)>> {
    match (one, other) {
        ([], []) => Some(None),
        ([], [first, ..]) | ([first, ..], []) => Some(Some((first.to_string(), first.to_string()))),
        _ => {
            one.iter().find_map(|a| other.iter().find(|b| a.overlaps(b)).map(|b| Some((a.to_string(), b.to_string()))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn accounts_are_named_one_by_one_by_range_and_by_prefix() {
        assert!(pattern("6200-6299").matches("6250"));
        assert!(!pattern("6200-6299").matches("62500"));
        assert!(!pattern("6200-6299").matches("6300"));
        assert!(pattern("62*").matches("62500"));
        assert!(pattern("0420").matches("0420"));
        assert!(!pattern("0420").matches("420"));
        assert_eq!(pattern("north-east"), Pattern::One("north-east".into()));
    }

    #[test]
    fn a_range_that_cannot_be_is_refused_with_the_reason() {
        assert_eq!(Pattern::parse("6299-6200").unwrap_err(), "the range `6299-6200` ends before it begins");
        assert_eq!(
            Pattern::parse("620-6299").unwrap_err(),
            "the range `620-6299` runs between accounts of different length"
        );
        assert_eq!(Pattern::parse(" ").unwrap_err(), "an empty text names no account");
    }

    #[test]
    fn overlaps_are_found_before_a_ledger_is_read() {
        for (one, other, expected) in [
            ("6200-6299", "6299-6400", true),
            ("6200-6299", "6300-6400", false),
            ("6200-6299", "62*", true),
            ("6200-6299", "6*", true),
            ("6200-6299", "63*", false),
            ("6200-6299", "62501*", false),
            ("62*", "625*", true),
            ("62*", "63*", false),
            ("6250", "6200-6299", true),
            ("6250", "6251", false),
        ] {
            assert_eq!(pattern(one).overlaps(&pattern(other)), expected, "{one} {other}");
            assert_eq!(pattern(other).overlaps(&pattern(one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn cost_centres_tell_pools_of_one_account_apart() {
        let selection = |accounts: &[&str], centres: &[&str]| Selection {
            accounts: accounts.iter().map(|text| pattern(text)).collect(),
            cost_centres: centres.iter().map(|text| pattern(text)).collect(),
        };
        let desk = selection(&["6100"], &["order desk"]);
        assert!(desk.matches("6100", "order desk"));
        assert!(!desk.matches("6100", "delivery"));
        assert_eq!(desk.overlap(&selection(&["6100"], &["delivery"])), None);
        assert_eq!(
            desk.overlap(&selection(&["61*"], &[])).unwrap(),
            "accounts `6100` and `61*`, cost centre `order desk`"
        );
        assert_eq!(selection(&[], &["a"]).overlap(&selection(&[], &["a"])).unwrap(), "cost centre `a`");
    }
}
