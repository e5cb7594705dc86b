//! What the private keys of clinics are sealed under: the master key itself, or the file it is in.

use std::path::PathBuf;

use vaidya_clinic::vault::secret::Secret;

use super::{ConfigError, Given};
use crate::gateway::custody::Master;

/// Where the master key is.
#[derive(Clone)]
pub enum MasterKey {
    /// Given as it is.
    Key(Secret<32>),
    /// In a file, read at the start.
    File(PathBuf),
}

impl Given {
    pub(super) fn master(&self) -> Result<Option<MasterKey>, ConfigError> {
        let key = self.optional("master_key", |text| Master::parse(text).is_some())?;
        let file = Some(self.text("master_key_file")).filter(|text| !text.is_empty()).map(PathBuf::from);
        match (key.as_deref().and_then(Master::parse), file) {
            (Some(_), Some(_)) => Err(ConfigError::Together(
                "VAIDYA_MASTER_KEY and VAIDYA_MASTER_KEY_FILE are both set: keep one of them".to_owned(),
            )),
            (Some(key), None) => Ok(Some(MasterKey::Key(key))),
            (None, file) => Ok(file.map(MasterKey::File)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<MasterKey>, String> {
        let pairs = pairs.iter().map(|(name, value)| (format!("VAIDYA_{name}"), (*value).to_owned()));
        Given::read(None, pairs).and_then(|given| given.master()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_master_key_is_given_once_or_not_at_all() {
        let key = ("MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        let file = ("MASTER_KEY_FILE", "/run/secrets/master");
        assert!(read(&[]).unwrap().is_none());
        assert!(matches!(read(&[key]), Ok(Some(MasterKey::Key(one))) if one.expose() == &[1; 32]));
        assert!(matches!(read(&[file]), Ok(Some(MasterKey::File(_)))));
        assert!(read(&[key, file]).err().unwrap().contains("keep one"));
        let said = read(&[("MASTER_KEY", "hunter2")]).err().unwrap();
        assert!(said.contains("VAIDYA_MASTER_KEY") && !said.contains("hunter2"), "{said}");
    }
}
