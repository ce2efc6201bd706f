//! Data files in a form that takes no parsing; `src/packed/form.rs` says what it looks like.

#[path = "../src/packed/form.rs"]
mod form;

use std::io;

use toml::de::{DeTable, DeValue};

use form::{FALSE, FLOAT, INTEGER, LIST, TABLE, TEXT, TRUE};

/// The packed form of the text of a TOML file.
///
/// # Errors
/// When it is not TOML, or has a value that the form has not: a date, a number out of range.
pub(crate) fn file(text: &str) -> io::Result<Vec<u8>> {
    let root = DeTable::parse(text).map_err(io::Error::other)?;
    let mut out = Vec::new();
    table(&mut out, root.get_ref())?;
    Ok(out)
}

fn table(out: &mut Vec<u8>, table: &DeTable<'_>) -> io::Result<()> {
    let mut inner = Vec::new();
    for (key, it) in table {
        bytes(&mut inner, TEXT, key.get_ref().as_bytes())?;
        value(&mut inner, it.get_ref())?;
    }
    bytes(out, TABLE, &inner)
}

fn value(out: &mut Vec<u8>, value: &DeValue<'_>) -> io::Result<()> {
    match value {
        DeValue::Boolean(it) => out.push(if *it { TRUE } else { FALSE }),
        DeValue::Integer(it) => {
            let number = i64::from_str_radix(it.as_str(), it.radix()).map_err(io::Error::other)?;
            out.push(INTEGER);
            out.extend(number.to_le_bytes());
        }
        DeValue::Float(it) => {
            let number: f64 = it.as_str().parse().map_err(io::Error::other)?;
            out.push(FLOAT);
            out.extend(number.to_le_bytes());
        }
        DeValue::String(it) => bytes(out, TEXT, it.as_bytes())?,
        DeValue::Array(elements) => {
            let mut inner = Vec::new();
            for it in elements {
                self::value(&mut inner, it.get_ref())?;
            }
            bytes(out, LIST, &inner)?;
        }
        DeValue::Table(it) => table(out, it)?,
        DeValue::Datetime(it) => {
            return Err(io::Error::other(format!("`{it}`: write dates in quotes")));
        }
    }
    Ok(())
}

fn bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) -> io::Result<()> {
    let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    out.push(tag);
    out.extend(len.to_le_bytes());
    out.extend(bytes);
    Ok(())
}
