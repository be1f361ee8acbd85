//! A fitted model as a file: versioned JSON that is checked in full when it is read.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fit::Fit;
use super::gamma_gamma::{SPEND_MODEL, SPEND_PARAMETERS, SpendFit, SpendParameters};
use super::parameters::{Model, Parameters};
use super::score::LifetimeModel;
use crate::money::Currency;
use crate::time::{Day, TimeUnit};
use crate::{Error, Location, Result};

/// The version of the format that is written. Version 1 is read as well: it did not say of either part whether the data tell its
/// parameters apart, nor of spend whether its fit converged.
pub const FORMAT_VERSION: u32 = 2;

/// The first version that is read.
const FIRST_VERSION: u32 = 1;

/// A fitted model with where it comes from; what `fit` writes and `clv` scores with.
///
/// Numbers survive the file to the last bit, so that scoring from it is scoring with the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// The version of the format, at most [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of custval that fitted it.
    pub custval_version: String,
    /// The model, by its name.
    pub model: String,
    /// The unit of its times.
    pub time_unit: TimeUnit,
    /// The currency of its amounts; null where none was named.
    pub currency: Currency,
    /// The first day of the data.
    pub observation_start: Day,
    /// The last day of observation.
    pub observation_end: Day,
    /// How many customers it was fitted to.
    pub customers: usize,
    /// The parameters by name, in the order of the cited paper.
    pub parameters: Named,
    /// Their standard errors; null where the data do not determine the model.
    pub standard_errors: Option<Named>,
    /// Their covariance, in the order of the parameters; null likewise.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// The log-likelihood.
    pub log_likelihood: f64,
    /// Whether the gradient vanishes; in version 1 only where the data tell the parameters apart too.
    pub converged: bool,
    /// Whether the data tell the parameters apart; `None` in version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identified: Option<bool>,
    /// Norm of the gradient in log-parameters.
    pub gradient_norm: f64,
    /// Spend; null where no repeat purchase has a positive amount.
    pub spend: Option<SpendFile>,
}

/// The spend model within a [`ModelFile`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpendFile {
    /// The model, by its name.
    pub model: String,
    /// The parameters by name.
    pub parameters: Named,
    /// Their standard errors; null where the data do not determine the model.
    pub standard_errors: Option<Named>,
    /// The log-likelihood.
    pub log_likelihood: f64,
    /// Whether the gradient vanishes; `None` in version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converged: Option<bool>,
    /// Whether the data tell the parameters apart; `None` in version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identified: Option<bool>,
}

/// Numbers by name, in an order that is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Named(pub Vec<(String, f64)>);

impl Named {
    fn new<const N: usize>(names: [&str; N], values: [f64; N]) -> Self {
        Self(names.into_iter().map(str::to_owned).zip(values).collect())
    }

    /// The values of the names given, in their order, if they are all and nothing else is there.
    fn values<const N: usize>(&self, key: &str, names: [&str; N]) -> Result<[f64; N], String> {
        if let Some((unknown, _)) = self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            return Err(format!("`{key}.{unknown}` is unknown; {} are expected", crate::columns::list(&names)));
        }
        let mut values = [0.0; N];
        for (value, name) in values.iter_mut().zip(names) {
            let found = self.0.iter().find(|(candidate, _)| candidate == name);
            *value = found.ok_or_else(|| format!("`{key}.{name}` is missing"))?.1;
        }
        Ok(values)
    }
}

impl ModelFile {
    /// The file of a fit.
    pub fn new(
        fit: &Fit,
        spend: Option<&SpendFit>,
        time_unit: TimeUnit,
        currency: Currency,
        observation_start: Day,
        observation_end: Day,
    ) -> Self {
        let model = fit.parameters.model();
        let names = model.parameter_names();
        Self {
            format_version: FORMAT_VERSION,
            custval_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: model.name().to_owned(),
            time_unit,
            currency,
            observation_start,
            observation_end,
            customers: fit.customers,
            parameters: Named::new(names, fit.parameters.values()),
            standard_errors: fit.standard_errors.map(|errors| Named::new(names, errors)),
            covariance: fit.covariance.map(|covariance| covariance.iter().map(|row| row.to_vec()).collect()),
            log_likelihood: fit.log_likelihood,
            converged: fit.converged,
            identified: Some(fit.identified),
            gradient_norm: fit.gradient_norm,
            spend: spend.map(|spend| SpendFile {
                model: SPEND_MODEL.to_owned(),
                parameters: Named::new(SPEND_PARAMETERS, spend.parameters.values()),
                standard_errors: spend.standard_errors.map(|errors| Named::new(SPEND_PARAMETERS, errors)),
                log_likelihood: spend.log_likelihood,
                converged: Some(spend.converged),
                identified: Some(spend.identified),
            }),
        }
    }

    /// The text of the file: JSON on several lines, ending in a newline.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names and numbers are always JSON");
        text.push('\n');
        text
    }

    /// The model that a text holds; `file` is where the text was read, for messages.
    ///
    /// # Errors
    /// `Data`, naming the file, the line or the key, and what is expected there: where the text is no JSON, of another
    /// format version, has unknown, doubled or missing keys or values of another type, or holds what no fit gives.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format_version: Option<serde_json::Value>,
        }
        let refused = |error: serde_json::Error| {
            let message = error.to_string();
            // The place goes where places go.
            let what = in_words(message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what));
            let location = match error.line() {
                0 => Location::file(file),
                line => Location::line(file, line as u64),
            };
            Error::data(format!("not a model file: {what}")).at(location).hint(REFIT)
        };
        let version: Version = serde_json::from_str(text).map_err(refused)?;
        match version.format_version {
            Some(version) if (FIRST_VERSION..=FORMAT_VERSION).any(|known| version == known) => {}
            Some(version) => {
                return Err(Error::data(format!(
                    "`format_version` is `{version}`, and this custval reads {FIRST_VERSION} and {FORMAT_VERSION}"
                ))
                .at(Location::file(file))
                .hint("fit the model again with `custval fit`, or use the custval that wrote it"));
            }
            None => {
                return Err(Error::data("not a model file: `format_version` is missing")
                    .at(Location::file(file))
                    .hint(REFIT));
            }
        }
        let model: Self = serde_json::from_str(text).map_err(refused)?;
        model.check().map_err(|problem| Error::data(problem).at(Location::file(file)).hint(REFIT))?;
        Ok(model)
    }

    /// What whoever scores with it should know: which parts are the end of a fit that did not converge, or that the data do
    /// not determine.
    ///
    /// # Edge cases
    /// A file of version 1 tells by its standard errors, which are null where the data do not determine a part.
    pub fn doubts(&self) -> Vec<String> {
        let told = |identified: Option<bool>, errors: &Option<Named>| identified.unwrap_or(errors.is_some());
        let identified = told(self.identified, &self.standard_errors);
        // Version 1 calls neither converged.
        let converged = self.converged || (self.identified.is_none() && !identified);
        let mut parts = vec![(&self.model, converged, identified)];
        parts.extend(self.spend.as_ref().map(|spend| {
            (&spend.model, spend.converged.unwrap_or(true), told(spend.identified, &spend.standard_errors))
        }));
        let mut doubts = Vec::new();
        for (model, converged, identified) in parts {
            if !converged {
                doubts.push(format!("{model}: the fit did not converge"));
            }
            if !identified {
                doubts.push(format!("{model}: the data that it was fitted to do not determine its parameters"));
            }
        }
        doubts
    }

    /// What scoring needs of it.
    ///
    /// # Errors
    /// `Data` where a field was set to what no fit gives; never after [`parse`](Self::parse) or [`new`](Self::new).
    pub fn lifetime_model(&self) -> Result<LifetimeModel> {
        self.read().map_err(Error::data)
    }

    fn check(&self) -> Result<(), String> {
        self.read()?;
        if self.observation_start > self.observation_end {
            return Err(format!(
                "`observation_start` `{}` is after `observation_end` `{}`",
                self.observation_start, self.observation_end
            ));
        }
        let flags = self
            .spend
            .iter()
            .flat_map(|spend| [("spend.converged", spend.converged), ("spend.identified", spend.identified)]);
        let missing = |(_, flag): &(&str, Option<bool>)| flag.is_none() && self.format_version > FIRST_VERSION;
        if let Some((key, _)) = std::iter::once(("identified", self.identified)).chain(flags).find(missing) {
            return Err(format!("`{key}` is missing"));
        }
        if self.customers == 0 {
            return Err("`customers` is `0`: a model is fitted to at least one".into());
        }
        if self.gradient_norm < 0.0 {
            return Err(format!("`gradient_norm` is `{}`, and is never below zero", self.gradient_norm));
        }
        let names = self.named_model()?.parameter_names();
        check_errors("standard_errors", self.standard_errors.as_ref(), names)?;
        if let Some(spend) = &self.spend {
            check_errors("spend.standard_errors", spend.standard_errors.as_ref(), SPEND_PARAMETERS)?;
        }
        self.covariance.as_ref().map_or(Ok(()), |covariance| check_covariance(covariance, names.len()))
    }

    fn named_model(&self) -> Result<Model, String> {
        self.model.parse().map_err(|_| {
            format!("`model` is `{}`; {} are known", self.model, crate::columns::list(&Model::ALL.map(Model::name)))
        })
    }

    fn read(&self) -> Result<LifetimeModel, String> {
        let model = self.named_model()?;
        let values = self.parameters.values("parameters", model.parameter_names())?;
        let parameters = Parameters::new(model, values).map_err(|error| format!("`parameters`: {error}"))?;
        let spend = self.spend.as_ref().map(|spend| {
            if spend.model != SPEND_MODEL {
                return Err(format!("`spend.model` is `{}`; `{SPEND_MODEL}` is known", spend.model));
            }
            let values = spend.parameters.values("spend.parameters", SPEND_PARAMETERS)?;
            SpendParameters::new(values).map_err(|error| format!("`spend.parameters`: {error}"))
        });
        Ok(LifetimeModel { parameters, spend: spend.transpose()?, time_unit: self.time_unit })
    }
}

/// What is wrong with a text as JSON, in the words of a file and not of a program.
fn in_words(message: &str) -> String {
    let one = |text: &str| match text {
        "usize" | "u32" => "a whole number of 0 or more".to_owned(),
        "f64" => "a number".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" => "a text".to_owned(),
        "sequence" | "a sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        _ if text.starts_with("struct ") => "an object".to_owned(),
        _ => match text.split_once(' ') {
            Some(("string", value)) => format!("the text `{}`", value.trim_matches('"')),
            Some(("integer", value)) => format!("the number {value}"),
            Some(("floating", value)) => format!("the number {}", value.trim_start_matches("point ")),
            Some(("boolean", value)) => value.to_owned(),
            _ => text.to_owned(),
        },
    };
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    match what.split_once(": ") {
        Some(("invalid type" | "invalid value", found)) => {
            return format!("{} stands where {} is expected", one(found), one(expected));
        }
        _ if what.starts_with("invalid length") => return format!("a list stands where {} is expected", one(expected)),
        _ if what.starts_with("EOF ") => return "it ends in the middle".to_owned(),
        _ => (),
    }
    let said = |kind: &str| what.strip_prefix(kind).map(str::trim);
    if let Some(key) = said("missing field") {
        format!("{key} is missing")
    } else if let Some(key) = said("unknown field") {
        format!("{key} is unknown; {} are expected", expected.trim_start_matches("one of "))
    } else if let Some(value) = said("unknown variant") {
        format!("{value} is none of {}", expected.trim_start_matches("one of "))
    } else if let Some(key) = said("duplicate field") {
        format!("{key} stands there twice")
    } else {
        message.to_owned()
    }
}

const REFIT: &str = "write the file anew with `custval fit --format json --output MODEL.json`";

fn check_errors<const N: usize>(key: &str, errors: Option<&Named>, names: [&str; N]) -> Result<(), String> {
    let Some(errors) = errors else { return Ok(()) };
    let values = errors.values(key, names)?;
    match names.into_iter().zip(values).find(|(_, value)| *value < 0.0) {
        Some((name, value)) => Err(format!("`{key}.{name}` is `{value}`, and is never below zero")),
        None => Ok(()),
    }
}

fn check_covariance(covariance: &[Vec<f64>], size: usize) -> Result<(), String> {
    if covariance.len() != size || covariance.iter().any(|row| row.len() != size) {
        return Err(format!("`covariance` must have {size} rows of {size} numbers"));
    }
    for (i, row) in covariance.iter().enumerate() {
        if row[i] < 0.0 {
            return Err(format!("`covariance` has a variance below zero, `{}`", row[i]));
        }
        if let Some((one, other)) =
            covariance.iter().map(|column| column[i]).zip(row).find(|(one, other)| one != *other)
        {
            return Err(format!("`covariance` is not symmetric: `{one}` and `{other}`"));
        }
    }
    Ok(())
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedVisitor;

        impl<'de> Visitor<'de> for NamedVisitor {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("numbers by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut named: Vec<(String, f64)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, f64>()? {
                    if named.iter().any(|(known, _)| *known == name) {
                        return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    named.push((name, value));
                }
                Ok(Named(named))
            }
        }

        deserializer.deserialize_map(NamedVisitor)
    }
}
