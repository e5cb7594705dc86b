//! Where sealed blocks are kept: the folder, an S3 bucket, or a Kubo node.

use url::Url;

use super::{ConfigError, Given};
use crate::gateway::blobs::{Bucket, Node, Where};

/// Most blocks hashed again in a night: some terabytes, which is more than a night is long.
const MOST_AUDITED: u64 = 1_000_000;

impl Given {
    pub(super) fn blocks(&self) -> Result<Where, ConfigError> {
        let place = self.checked("blocks", self.text("blocks"), |text| read(text).is_some())?;
        let endpoint = self.optional("s3_endpoint", is_endpoint)?;
        let region = self.checked("s3_region", self.text("s3_region"), is_region)?;
        let (key, secret) = (self.optional("s3_key", is_word)?, self.optional("s3_secret", is_word)?);
        match (read(&place), key, secret) {
            (Some(Place::S3 { name, prefix }), Some(key), Some(secret)) => {
                Ok(Where::S3(Bucket { name, prefix, endpoint, region, key, secret }))
            }
            (Some(Place::S3 { .. }), ..) => Err(ConfigError::Together(
                "VAIDYA_BLOCKS is an S3 bucket, and the key to it is not there: set VAIDYA_S3_KEY and VAIDYA_S3_SECRET"
                    .to_owned(),
            )),
            (_, None, None) if endpoint.is_none() => match read(&place) {
                Some(Place::Kubo(url)) => Ok(Where::Kubo(Node { url })),
                _ => Ok(Where::Folder),
            },
            _ => Err(ConfigError::Together(
                "VAIDYA_S3_… is set and VAIDYA_BLOCKS names no bucket: set it to s3://bucket, or leave VAIDYA_S3_… out"
                    .to_owned(),
            )),
        }
    }

    pub(super) fn audit_blocks(&self) -> Result<u64, ConfigError> {
        let count = self.parsed("audit_blocks")?;
        if count <= MOST_AUDITED { Ok(count) } else { Err(self.refused("audit_blocks")) }
    }
}

enum Place {
    Folder,
    S3 { name: String, prefix: String },
    Kubo(Url),
}

fn read(text: &str) -> Option<Place> {
    if text == "folder" {
        return Some(Place::Folder);
    }
    if let Some(rest) = text.strip_prefix("s3://") {
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let (name, prefix) = (name.to_owned(), prefix.trim_end_matches('/').to_owned());
        return (is_bucket(&name) && is_prefix(&prefix)).then_some(Place::S3 { name, prefix });
    }
    let url = Url::parse(text.strip_prefix("kubo+")?).ok()?;
    let plain = url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(Place::Kubo(url))
}

/// A name as S3 has them: 3 to 63 small letters, digits, dots and hyphens.
fn is_bucket(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter);
    (3..=63).contains(&name.len()) && name.chars().all(fits)
}

/// Parts of a path in which nothing needs escaping; none is also one.
fn is_prefix(prefix: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && part.chars().all(fits);
    prefix.len() <= 200 && (prefix.is_empty() || prefix.split('/').all(part))
}

fn is_endpoint(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.query().is_none()
    })
}

fn is_region(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    (1..=40).contains(&text.len()) && text.chars().all(fits)
}

fn is_word(text: &str) -> bool {
    !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(pairs: &[(&str, &str)]) -> Result<Where, String> {
        let pairs = pairs.iter().map(|(name, value)| (format!("VAIDYA_{name}"), (*value).to_owned()));
        Given::read(None, pairs).and_then(|given| given.blocks()).map_err(|error| error.to_string())
    }

    #[test]
    fn blocks_are_in_the_folder_until_something_else_is_said() {
        assert!(matches!(place(&[]), Ok(Where::Folder)));
        assert!(matches!(place(&[("BLOCKS", "folder")]), Ok(Where::Folder)));
        let Ok(Where::Kubo(node)) = place(&[("BLOCKS", "kubo+http://127.0.0.1:5001")]) else { panic!("no node") };
        assert_eq!(node.url.as_str(), "http://127.0.0.1:5001/");
    }

    #[test]
    fn a_bucket_needs_its_key_and_nothing_else_may_have_one() {
        let (bucket, key, secret) = (("BLOCKS", "s3://vaidya/a/b/"), ("S3_KEY", "AKIA7"), ("S3_SECRET", "hunter2"));
        let Ok(Where::S3(found)) = place(&[bucket, key, secret]) else { panic!("no bucket") };
        assert_eq!((found.name.as_str(), found.prefix.as_str()), ("vaidya", "a/b"));
        assert_eq!((found.region.as_str(), found.endpoint.as_deref()), ("us-east-1", None));
        assert!(!format!("{found:?}").contains("hunter2"));
        for (pairs, told) in [
            (vec![bucket], "VAIDYA_S3_SECRET"),
            (vec![bucket, key], "VAIDYA_S3_SECRET"),
            (vec![key, secret], "VAIDYA_BLOCKS"),
            (vec![("S3_ENDPOINT", "http://localhost:9000")], "VAIDYA_BLOCKS"),
            (vec![("BLOCKS", "kubo+http://localhost:5001"), secret], "VAIDYA_BLOCKS"),
        ] {
            let said = place(&pairs).err().unwrap();
            assert!(said.contains(told) && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused_without_telling_its_password() {
        for wrong in [
            "Folder",
            "s3://",
            "s3://B",
            "s3://Bucket",
            "s3://bucket/../x",
            "s3://bucket//x",
            "kubo+ftp://x",
            "http://x:5001",
            "kubo+http://me:hunter2@x:5001/?arg=1",
        ] {
            let said = place(&[("BLOCKS", wrong)]).err().unwrap();
            assert!(said.contains("VAIDYA_BLOCKS") && !said.contains("hunter2"), "{said}");
        }
    }
}
