//! From the text of a TOML file to the packed form of `form.rs`: by the build script for the files
//! that are a part of the program, and by the program for those of a user.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::form::{FALSE, FLOAT, INTEGER, LIST, PLACED, TABLE, TEXT, TRUE};

/// Why a text cannot be packed, and the bytes of it that this is about.
pub(crate) struct Refused {
    pub(crate) reason: String,
    pub(crate) range: Range<usize>,
}

/// Which place the packed form keeps of a key or value that has one in the text: all or none.
type Place = fn(Range<usize>) -> Option<Range<usize>>;

/// The packed form of the text of a TOML file.
///
/// # Errors
/// When it is not TOML, or has a value that the form has not: a date, a number out of range.
pub(crate) fn file(text: &str, place: Place) -> Result<Vec<u8>, Refused> {
    let root = DeTable::parse(text).map_err(|it| Refused {
        reason: it.message().trim_end().to_owned(),
        range: it.span().unwrap_or_default(),
    })?;
    let mut out = Vec::new();
    Packer { place }.table(&mut out, root.get_ref(), root.span())?;
    Ok(out)
}

struct Packer {
    place: Place,
}

impl Packer {
    fn table(
        &self,
        out: &mut Vec<u8>,
        table: &DeTable<'_>,
        range: Range<usize>,
    ) -> Result<(), Refused> {
        let mut inner = Vec::new();
        for (key, it) in table {
            self.place(&mut inner, key.span())?;
            counted(&mut inner, TEXT, key.get_ref().as_bytes(), key.span())?;
            self.value(&mut inner, it)?;
        }
        self.place(out, range.clone())?;
        counted(out, TABLE, &inner, range)
    }

    fn value(&self, out: &mut Vec<u8>, value: &Spanned<DeValue<'_>>) -> Result<(), Refused> {
        let range = value.span();
        if let DeValue::Table(it) = value.get_ref() {
            return self.table(out, it, range);
        }
        self.place(out, range.clone())?;
        match value.get_ref() {
            DeValue::Boolean(it) => out.push(if *it { TRUE } else { FALSE }),
            DeValue::Integer(it) => {
                let number = i64::from_str_radix(it.as_str(), it.radix());
                let large = |_| refused(format!("`{}` is too large a number", it.as_str()), range);
                out.push(INTEGER);
                out.extend(number.map_err(large)?.to_le_bytes());
            }
            DeValue::Float(it) => {
                let number = it.as_str().parse::<f64>();
                out.push(FLOAT);
                out.extend(number.map_err(|it| refused(it, range))?.to_le_bytes());
            }
            DeValue::String(it) => counted(out, TEXT, it.as_bytes(), range)?,
            DeValue::Array(elements) => {
                let mut inner = Vec::new();
                elements.iter().try_for_each(|it| self.value(&mut inner, it))?;
                counted(out, LIST, &inner, range)?;
            }
            DeValue::Table(_) => {}
            DeValue::Datetime(it) => {
                return Err(refused(format!("`{it}`: write dates in quotes"), range));
            }
        }
        Ok(())
    }

    /// Says where the value stands that comes next, if that is kept.
    fn place(&self, out: &mut Vec<u8>, range: Range<usize>) -> Result<(), Refused> {
        if let Some(kept) = (self.place)(range.clone()) {
            out.push(PLACED);
            for end in [kept.start, kept.end] {
                let end = u32::try_from(end).map_err(|it| refused(it, range.clone()))?;
                out.extend(end.to_le_bytes());
            }
        }
        Ok(())
    }
}

fn counted(out: &mut Vec<u8>, tag: u8, bytes: &[u8], range: Range<usize>) -> Result<(), Refused> {
    let len = u32::try_from(bytes.len()).map_err(|it| refused(it, range))?;
    out.push(tag);
    out.extend(len.to_le_bytes());
    out.extend(bytes);
    Ok(())
}

fn refused(reason: impl ToString, range: Range<usize>) -> Refused {
    Refused { reason: reason.to_string(), range }
}
