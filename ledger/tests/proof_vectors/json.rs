//! JSON as the vectors need it: built here, indented, never read.
use std::fmt::{self, Write as _};

pub(crate) enum Json {
    Null,
    Yes(bool),
    Number(u64),
    Text(String),
    List(Vec<Self>),
    Fields(Vec<(&'static str, Self)>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Json {
    fn from(yes: bool) -> Self {
        Self::Yes(yes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(some: Option<T>) -> Self {
        some.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Json {
    fn from(all: Vec<T>) -> Self {
        Self::List(all.into_iter().map(Into::into).collect())
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> Json {
    Json::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Json {
    fn write(&self, out: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Yes(yes) => write!(out, "{yes}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => quote(out, text),
            Self::List(all) => write_all(out, '[', ']', indent, all.iter(), |out, one| one.write(out, indent + 1)),
            Self::Fields(all) => write_all(out, '{', '}', indent, all.iter(), |out, (name, value)| {
                quote(out, name)?;
                out.write_str(": ")?;
                value.write(out, indent + 1)
            }),
        }
    }
}

fn write_all<T>(
    out: &mut fmt::Formatter<'_>,
    open: char,
    close: char,
    indent: usize,
    all: impl Iterator<Item = T>,
    mut each: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    out.write_char(open)?;
    let mut any = false;
    for one in all {
        write!(out, "{}\n{:2$}", if any { "," } else { "" }, "", 2 * indent + 2)?;
        each(out, one)?;
        any = true;
    }
    if any {
        write!(out, "\n{:1$}", "", 2 * indent)?;
    }
    out.write_char(close)
}

fn quote(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(out, "\\{letter}")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            letter if letter.is_ascii_control() => write!(out, "\\u{:04x}", u32::from(letter))?,
            letter => out.write_char(letter)?,
        }
    }
    out.write_char('"')
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(out, 0)?;
        out.write_char('\n')
    }
}
