//! Data files as they are embedded: a form that takes no parsing, read with serde.
//!
//! The build script makes it of the TOML in `platforms/`, `languages/` and `keys/`. A run reads
//! several of these files before it says anything of a user's, and parsing them took longer than
//! all the rest. A user's file of a platform is packed when it is read, with its places in the text:
//! so the many types of such a file are read in one way alone, and compiled once.

mod form;
mod pack;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde_spanned::de::{SpannedDeserializer, is_spanned};

use form::{FALSE, FLOAT, INTEGER, LIST, PLACED, TABLE, TEXT, TRUE};

/// A file that comes with opslint: its stem, its text, and its packed form.
pub(crate) type Embedded = (&'static str, &'static str, &'static [u8]);

/// Why packed bytes are not what they are read as.
#[derive(Debug)]
pub(crate) struct PackedError {
    text: String,
    /// Bytes of the text that was packed, where its places were kept.
    range: Option<Range<usize>>,
}

impl PackedError {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), range: None }
    }

    /// Of the values around a mistake, the innermost one says where it is.
    fn at(mut self, range: Option<Range<usize>>) -> Self {
        self.range = self.range.or(range);
        self
    }

    /// The bytes of the text that it is about; none where the places were not kept.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone().unwrap_or_default()
    }
}

impl fmt::Display for PackedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for PackedError {}

impl Error for PackedError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// Reads a value out of its packed form.
///
/// # Errors
/// When the bytes are no such value.
pub(crate) fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, PackedError> {
    Packed::new(bytes).value(PhantomData)
}

/// Reads a value out of the text of a TOML file. An error says where.
///
/// # Errors
/// When the text is not TOML, or no such value.
pub(crate) fn read_toml<T: DeserializeOwned>(text: &str) -> Result<T, PackedError> {
    let bytes = pack::file(text, Some)
        .map_err(|it| PackedError { text: it.reason, range: Some(it.range) })?;
    read(&bytes)
}

/// Values one after the other.
struct Packed<'de> {
    rest: &'de [u8],
    /// Where the value stands that comes next.
    range: Option<Range<usize>>,
}

impl<'de> Packed<'de> {
    fn new(rest: &'de [u8]) -> Self {
        Self { rest, range: None }
    }

    /// Reads the value that comes next, and where it stands if that is said.
    fn value<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, PackedError> {
        self.range = None;
        if self.rest.first() == Some(&PLACED) {
            let [_] = self.array()?;
            let [start, end] = [self.len()?, self.len()?];
            self.range = Some(start..end);
        }
        let range = self.range.clone();
        seed.deserialize(self).map_err(|it| it.at(range))
    }

    fn take(&mut self, len: usize) -> Result<&'de [u8], PackedError> {
        let cut = self.rest.split_at_checked(len);
        let (taken, rest) = cut.ok_or_else(|| PackedError::new("cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PackedError> {
        let cut = self.rest.split_first_chunk();
        let (taken, rest) = cut.ok_or_else(|| PackedError::new("cut off"))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// What follows the tag of a text, list or table.
    fn counted(&mut self) -> Result<&'de [u8], PackedError> {
        let len = self.len()?;
        self.take(len)
    }

    fn len(&mut self) -> Result<usize, PackedError> {
        usize::try_from(u32::from_le_bytes(self.array()?)).map_err(PackedError::custom)
    }

    /// A value without others in it, behind its tag.
    fn plain<V: Visitor<'de>>(&mut self, tag: u8, visitor: V) -> Result<V::Value, PackedError> {
        match tag {
            FALSE => visitor.visit_bool(false),
            TRUE => visitor.visit_bool(true),
            INTEGER => visitor.visit_i64(i64::from_le_bytes(self.array()?)),
            FLOAT => visitor.visit_f64(f64::from_le_bytes(self.array()?)),
            TEXT => visitor.visit_borrowed_str(self.text()?),
            tag => Err(PackedError::new(format!("no value begins with {tag}"))),
        }
    }

    fn text(&mut self) -> Result<&'de str, PackedError> {
        std::str::from_utf8(self.counted()?).map_err(PackedError::custom)
    }
}

impl<'de> Deserializer<'de> for &mut Packed<'de> {
    type Error = PackedError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        match self.array()? {
            [LIST] => visitor.visit_seq(Inside(Packed::new(self.counted()?))),
            [TABLE] => visitor.visit_map(Inside(Packed::new(self.counted()?))),
            [tag] => self.plain(tag, visitor),
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
        if is_spanned(name) {
            let range = self.range.clone().unwrap_or_default();
            return visitor.visit_map(SpannedDeserializer::new(self, range));
        }
        match self.array()? {
            [TABLE] => visitor.visit_map(Inside(Packed::new(self.counted()?))),
            // The fields of a table have names, and no order.
            [LIST] => Err(PackedError::invalid_type(Unexpected::Seq, &visitor)),
            [tag] => self.plain(tag, visitor),
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
                let inside = Inside(Packed::new(self.counted()?));
                visitor.visit_enum(MapAccessDeserializer::new(inside))
            }
            [tag] => Err(PackedError::new(format!("no variant begins with {tag}"))),
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
            false => self.0.value(seed).map(Some),
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
        self.0.value(seed)
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
