//! How a policy file is read: line by line, each naming only what stands before it.
use std::collections::{BTreeMap, BTreeSet};

use super::{BadPolicy, MOST_LINES, Policy, Rule};
use crate::note::{BadVkey, Role, Vkey};

/// A policy while it is read.
pub(super) struct Reading {
    pub(super) line: usize,
    pub(super) policy: Policy,
    names: BTreeMap<String, Rule>,
    keys: BTreeSet<[u8; 32]>,
    members: BTreeSet<String>,
    quorum: Option<Rule>,
}

impl Default for Reading {
    fn default() -> Self {
        let policy = Policy { logs: Vec::new(), witnesses: Vec::new(), quorum: Rule::Nobody };
        let names = BTreeMap::from([("none".to_owned(), Rule::Nobody)]);
        Self { line: 1, policy, names, keys: BTreeSet::new(), members: BTreeSet::new(), quorum: None }
    }
}

impl Reading {
    /// The policy in a file.
    pub(super) fn read(text: &str) -> Result<Policy, BadPolicy> {
        let mut read = Self::default();
        let mut said = 0;
        for (at, line) in text.split('\n').enumerate() {
            read.line = at + 1;
            if line.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f) {
                return Err(BadPolicy::Line(read.line));
            }
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            if words.first().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            said += 1;
            if said > MOST_LINES {
                return Err(BadPolicy::Long);
            }
            read.take(&words)?;
        }
        let quorum = read.quorum.ok_or(BadPolicy::Quorum)?;
        Ok(Policy { quorum, ..read.policy })
    }

    fn take(&mut self, words: &[&str]) -> Result<(), BadPolicy> {
        match words {
            ["log", key] | ["log", key, _] => self.add_log(self.key(key)?),
            ["witness", name, key] | ["witness", name, key, _] => self.add_witness(name, self.key(key)?),
            ["group", name, least, members @ ..] if !members.is_empty() => self.add_group(name, least, members),
            ["quorum", name] if self.quorum.is_none() => {
                self.quorum = Some(self.names.get(*name).cloned().ok_or(BadPolicy::Unknown(self.line))?);
                Ok(())
            }
            _ => Err(BadPolicy::Line(self.line)),
        }
    }

    fn key(&self, text: &str) -> Result<Vkey, BadPolicy> {
        Vkey::parse(text).map_err(|why| BadPolicy::Key { line: self.line, why })
    }

    pub(super) fn add_log(&mut self, key: Vkey) -> Result<(), BadPolicy> {
        self.add_key(&key, Role::Log)?;
        self.policy.logs.push(key);
        Ok(())
    }

    pub(super) fn add_witness(&mut self, name: &str, key: Vkey) -> Result<(), BadPolicy> {
        self.add_key(&key, Role::Cosigner)?;
        self.define(name, Rule::Witness(self.policy.witnesses.len()))?;
        self.policy.witnesses.push(key);
        Ok(())
    }

    fn add_group(&mut self, name: &str, least: &str, members: &[&str]) -> Result<(), BadPolicy> {
        let least = match least {
            "all" => members.len(),
            "any" => 1,
            number => number.parse().map_err(|_| BadPolicy::Line(self.line))?,
        };
        if least == 0 || least > members.len() {
            return Err(BadPolicy::Threshold);
        }
        let rules: Option<Vec<Rule>> = members.iter().map(|member| self.names.get(*member).cloned()).collect();
        let rules = rules.filter(|rules| !rules.contains(&Rule::Nobody)).ok_or(BadPolicy::Unknown(self.line))?;
        for member in members {
            if !self.members.insert((*member).to_owned()) {
                return Err(BadPolicy::Twice(self.line));
            }
        }
        self.define(name, Rule::Group { least, members: rules })
    }

    /// A log's key doesn't count as a witness, nor a witness's twice: neither key may come again.
    fn add_key(&mut self, key: &Vkey, role: Role) -> Result<(), BadPolicy> {
        if key.role() != role {
            return Err(BadPolicy::Key { line: self.line, why: BadVkey::Algorithm });
        }
        if self.keys.insert(*key.public()) { Ok(()) } else { Err(BadPolicy::Twice(self.line)) }
    }

    fn define(&mut self, name: &str, rule: Rule) -> Result<(), BadPolicy> {
        let before = self.names.insert(name.to_owned(), rule);
        if before.is_none() { Ok(()) } else { Err(BadPolicy::Twice(self.line)) }
    }
}
