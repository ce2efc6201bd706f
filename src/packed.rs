//! Data files as they are embedded: a form that takes no parsing, read with serde.
//!
//! The build script makes it of the TOML in `platforms/`, `languages/` and `keys/`. A run reads
//! several of these files before it says anything of a user's, and parsing them took longer than
//! all the rest. Shapes are the same as for TOML, so the types that read a user's file of a
//! platform read ours, too; places in the text are lost.

mod form;

use std::fmt;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_spanned::de::{SpannedDeserializer, is_spanned};

use form::{FALSE, FLOAT, INTEGER, LIST, TABLE, TEXT, TRUE};

/// A file that comes with opslint: its stem, its text, and its packed form.
pub(crate) type Embedded = (&'static str, &'static str, &'static [u8]);

/// Why packed bytes are not what they are read as.
#[derive(Debug)]
pub(crate) struct PackedError(String);

impl fmt::Display for PackedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PackedError {}

impl Error for PackedError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Reads a value out of its packed form.
///
/// # Errors
/// When the bytes are no such value.
pub(crate) fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, PackedError> {
    T::deserialize(&mut Packed { rest: bytes })
}

/// Values one after the other.
struct Packed<'de> {
    rest: &'de [u8],
}

impl<'de> Packed<'de> {
    fn take(&mut self, len: usize) -> Result<&'de [u8], PackedError> {
        let cut = self.rest.split_at_checked(len);
        let (taken, rest) = cut.ok_or_else(|| PackedError("cut off".to_owned()))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PackedError> {
        let cut = self.rest.split_first_chunk();
        let (taken, rest) = cut.ok_or_else(|| PackedError("cut off".to_owned()))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// What follows the tag of a text, list or table.
    fn counted(&mut self) -> Result<&'de [u8], PackedError> {
        let len = u32::from_le_bytes(self.array()?);
        self.take(usize::try_from(len).map_err(PackedError::custom)?)
    }

    fn text(&mut self) -> Result<&'de str, PackedError> {
        std::str::from_utf8(self.counted()?).map_err(PackedError::custom)
    }
}

impl<'de> Deserializer<'de> for &mut Packed<'de> {
    type Error = PackedError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        match self.array()? {
            [FALSE] => visitor.visit_bool(false),
            [TRUE] => visitor.visit_bool(true),
            [INTEGER] => visitor.visit_i64(i64::from_le_bytes(self.array()?)),
            [FLOAT] => visitor.visit_f64(f64::from_le_bytes(self.array()?)),
            [TEXT] => visitor.visit_borrowed_str(self.text()?),
            [LIST] => visitor.visit_seq(Inside(Packed { rest: self.counted()? })),
            [TABLE] => visitor.visit_map(Inside(Packed { rest: self.counted()? })),
            [tag] => Err(PackedError(format!("no value begins with {tag}"))),
        }
    }

    /// What is not there has no bytes, so what has some is there.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        match is_spanned(name) {
            true => visitor.visit_map(SpannedDeserializer::new(self, 0..0)),
            false => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        match self.array()? {
            [TEXT] => visitor.visit_enum(BorrowedStrDeserializer::new(self.text()?)),
            [TABLE] => {
                let inside = Inside(Packed { rest: self.counted()? });
                visitor.visit_enum(MapAccessDeserializer::new(inside))
            }
            [tag] => Err(PackedError(format!("no variant begins with {tag}"))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        match self.array()? {
            [FALSE | TRUE] => {}
            [INTEGER | FLOAT] => drop(self.take(size_of::<i64>())?),
            _ => drop(self.counted()?),
        }
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

impl<'de> IntoDeserializer<'de, PackedError> for &mut Packed<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The elements of a list, or the keys and values of a table.
struct Inside<'de>(Packed<'de>);

impl<'de> SeqAccess<'de> for Inside<'de> {
    type Error = PackedError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, PackedError> {
        match self.0.rest.is_empty() {
            true => Ok(None),
            false => seed.deserialize(&mut self.0).map(Some),
        }
    }
}

impl<'de> MapAccess<'de> for Inside<'de> {
    type Error = PackedError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PackedError> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, PackedError> {
        seed.deserialize(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn bytes_that_are_no_value_are_an_error() {
        let text = |bytes: &[u8]| read::<String>(bytes).unwrap_err().to_string();
        assert_eq!(text(&[]), "cut off");
        assert_eq!(text(&[TEXT, 2, 0, 0, 0, b'a']), "cut off");
        assert_eq!(text(&[9]), "no value begins with 9");
        assert!(text(&[TEXT, 1, 0, 0, 0, 0xff]).contains("utf-8"));
        assert!(text(&[TRUE]).contains("expected a string"));
    }

    #[test]
    fn what_is_not_wanted_is_stepped_over() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Wanted {
            b: toml::Spanned<i64>,
        }
        let key = |it: u8| [TEXT, 1, 0, 0, 0, it];
        let mut inner = key(b'a').to_vec();
        inner.extend([LIST, 2, 0, 0, 0, TRUE, FALSE]);
        inner.extend(key(b'b'));
        inner.extend([INTEGER, 7, 0, 0, 0, 0, 0, 0, 0]);
        let mut bytes = vec![TABLE, u8::try_from(inner.len()).unwrap(), 0, 0, 0];
        bytes.extend(inner);
        assert_eq!(read::<Wanted>(&bytes).unwrap().b.into_inner(), 7);
        assert!(read::<BTreeMap<String, i64>>(&bytes).is_err());
    }
}
