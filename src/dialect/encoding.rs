//! What bytes beyond ASCII mean.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use encoding_rs::WINDOWS_1252;

use crate::{Error, Result};

/// The encoding of the texts of a file. Files in UTF-16 are turned into UTF-8 while they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Encoding {
    /// UTF-8, and so ASCII.
    #[default]
    Utf8,
    /// What Windows calls ANSI in Western Europe and America; it holds Latin-1.
    Windows1252,
}

impl Encoding {
    /// The name used on the command line and in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The text of a field in UTF-8; none where it is not in this encoding.
    #[inline]
    pub fn decode(self, text: &[u8]) -> Option<Cow<'_, [u8]>> {
        match self {
            _ if text.is_ascii() => Some(Cow::Borrowed(text)),
            Self::Utf8 => std::str::from_utf8(text).is_ok().then_some(Cow::Borrowed(text)),
            // The five bytes that stand for nothing.
            Self::Windows1252 if text.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)) => None,
            Self::Windows1252 => {
                let (decoded, _) = WINDOWS_1252.decode_without_bom_handling(text);
                Some(Cow::Owned(decoded.into_owned().into_bytes()))
            }
        }
    }
}

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
            "utf8" => Ok(Self::Utf8),
            "windows1252" | "cp1252" | "latin1" | "iso88591" | "ansi" => Ok(Self::Windows1252),
            _ => Err(Error::usage(format!("`{text}` is no encoding that is read"))
                .hint("say `utf-8` or `windows-1252`; UTF-16 is recognised by itself")),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
