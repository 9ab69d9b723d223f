use alloc::{borrow::Cow, string::String};

use serde::{Deserialize, Serialize};

/// A fact that is known, known to be absent, or unknown with the reason.
///
/// Serialised `{"known": value}`, `{"absent": true}` or `{"unknown": "why"}`. The default is unknown because
/// nobody said anything: unknown never passes a check and never triggers a revocation.
///
/// ```
/// use nhi_core::model::Fact;
/// let owner: Fact<&str> = Fact::Absent;
/// assert!(owner.known().is_none() && !owner.is_unknown());
/// assert_eq!(serde_json::to_string(&Fact::Known(1)).unwrap(), r#"{"known":1}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact<T> {
    /// The source stated this value.
    Known(T),
    /// The source stated that there is none.
    Absent,
    /// Nobody could tell, and why.
    Unknown(Cow<'static, str>),
}

impl<T> Fact<T> {
    /// Why a fact is unknown when no source mentioned it.
    pub const NOT_REPORTED: &'static str = "not reported";

    /// Unknown for `why`.
    pub fn unknown(why: impl Into<Cow<'static, str>>) -> Self {
        Fact::Unknown(why.into())
    }

    /// The value, if known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether nobody could tell.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Fact::Unknown(_))
    }

    /// Whether no source mentioned it: the default.
    pub fn is_not_reported(&self) -> bool {
        matches!(self, Fact::Unknown(why) if why == Self::NOT_REPORTED)
    }

    /// The same fact about a borrowed value.
    pub fn as_ref(&self) -> Fact<&T> {
        match self {
            Fact::Known(value) => Fact::Known(value),
            Fact::Absent => Fact::Absent,
            Fact::Unknown(why) => Fact::Unknown(why.clone()),
        }
    }

    /// The same fact about another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(f(value)),
            Fact::Absent => Fact::Absent,
            Fact::Unknown(why) => Fact::Unknown(why),
        }
    }

    /// Known if `Some`, absent if `None`: for sources whose silence means that there is none.
    pub fn known_or_absent(value: Option<T>) -> Self {
        value.map_or(Fact::Absent, Fact::Known)
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Fact::Unknown(Cow::Borrowed(Self::NOT_REPORTED))
    }
}

impl<T> From<T> for Fact<T> {
    fn from(value: T) -> Self {
        Fact::Known(value)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wire<T> {
    Known(T),
    Absent(bool),
    Unknown(String),
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Fact::Known(value) => Wire::Known(value).serialize(serializer),
            Fact::Absent => Wire::<&T>::Absent(true).serialize(serializer),
            Fact::Unknown(why) => Wire::<&T>::Unknown(why.clone().into_owned()).serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Fact<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Wire::deserialize(deserializer)? {
            Wire::Known(value) => Ok(Fact::Known(value)),
            Wire::Absent(true) => Ok(Fact::Absent),
            Wire::Absent(false) => Err(serde::de::Error::custom("absent must be true")),
            Wire::Unknown(why) => Ok(Fact::Unknown(Cow::Owned(why))),
        }
    }
}
