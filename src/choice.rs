//! Choices of few words, on the command line and in tables.

/// Gives the choices of an enum their names, and says what any other text is not: every choice in its order (`ALL`), the name of
/// each, and the choice of a name.
macro_rules! choices {
    ($choices:ident, $refusal:literal { $($choice:ident = $name:literal),+ }) => {
        impl $choices {
            /// Every one of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$choice),+];

            /// The name used on the command line and in tables.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$choice => $name),+
                }
            }
        }

        impl std::fmt::Display for $choices {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $choices {
            type Err = $crate::Error;

            fn from_str(text: &str) -> $crate::Result<Self> {
                Self::ALL.into_iter().find(|choice| choice.name() == text).ok_or_else(|| {
                    $crate::Error::usage(format!("`{text}` {}", $refusal))
                        .hint(format!("say {}", $crate::wording::either(&[$($name),+])))
                })
            }
        }
    };
}

pub(crate) use choices;
