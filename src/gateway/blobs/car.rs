//! Files of blocks: CAR version 1 (<https://ipld.io/specs/transport/car/carv1/>), whose root lists everything in it, so
//! that a file cut short is noticed and `ipfs dag import` keeps all of it.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use cid::multihash::Multihash;
use iroh_car::{CarHeader, CarReader, CarWriter};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncWriteExt as _, BufReader, BufWriter};
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use super::BlobError;

/// Links in one list: 41 bytes each, so that a list is a block that every IPFS node takes.
const LINKS: usize = 8_000;

/// The codecs of a block and of a list (<https://github.com/multiformats/multicodec>).
const RAW: u64 = 0x55;
const DAG_CBOR: u64 = 0x71;

/// SHA-256 in a multihash.
const SHA_256: u64 = 0x12;

/// What a link begins with in DAG-CBOR: tag 42, 37 bytes, and the zero before a binary CID.
const LINK: [u8; 5] = [0xd8, 0x2a, 0x58, 0x25, 0x00];

/// Bytes of a CID of SHA-256 whose codec is one byte.
const CID_BYTES: usize = 36;

/// Why a file of blocks is not written or read.
#[derive(Debug, Error)]
pub enum CarError {
    /// The file fails.
    #[error("the file cannot be used: {0}")]
    File(#[from] io::Error),
    /// Its bytes are no CAR, or end in the middle.
    #[error("the file is no CAR of version 1, or it is cut short")]
    NotCar,
    /// More blocks than one file lists.
    #[error("there are more blocks than one file lists")]
    TooMany,
}

/// What comes out of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A block, hashed: it is what its name says.
    Block(Cid, Vec<u8>),
    /// A block that is not what its name says, or none of ours; with its name as it stands there.
    Refused(String),
}

/// Writes a file of blocks; it has its name when it is whole.
pub struct Writer {
    car: CarWriter<BufWriter<File>>,
    half: PathBuf,
    path: PathBuf,
}

/// Reads a file of blocks.
pub struct Reader {
    car: CarReader<BufReader<File>>,
    wanted: HashSet<cid::Cid>,
    seen: HashSet<cid::Cid>,
}

impl Writer {
    /// Begins a file that will hold these blocks.
    ///
    /// # Errors
    /// [`CarError::File`], also when there is such a file already, and [`CarError::TooMany`].
    pub async fn create(path: &Path, names: &[Cid]) -> Result<Self, CarError> {
        if tokio::fs::try_exists(path).await? {
            return Err(CarError::File(io::ErrorKind::AlreadyExists.into()));
        }
        let mut half = path.as_os_str().to_owned();
        half.push(".part");
        let half = PathBuf::from(half);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half).await?;
        let lists = lists(names)?;
        let root = lists.first().map(|(cid, _)| *cid).ok_or(CarError::TooMany)?;
        let mut car = CarWriter::new(CarHeader::new_v1(vec![root]), BufWriter::new(file));
        for (cid, list) in lists {
            car.write(cid, list).await.map_err(unwritten)?;
        }
        Ok(Self { car, half, path: path.to_owned() })
    }

    /// Adds one of them.
    ///
    /// # Errors
    /// [`CarError::File`].
    pub async fn add(&mut self, name: &Cid, block: &[u8]) -> Result<(), CarError> {
        let cid = binary(name).ok_or(CarError::NotCar)?;
        self.car.write(cid, block).await.map(|_| ()).map_err(unwritten)
    }

    /// Ends the file: when this returns, it is on the disk.
    ///
    /// # Errors
    /// [`CarError::File`].
    pub async fn finish(self) -> Result<(), CarError> {
        let mut file = self.car.finish().await.map_err(unwritten)?;
        file.flush().await?;
        file.into_inner().sync_all().await?;
        Ok(tokio::fs::rename(self.half, self.path).await?)
    }
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`CarError::File`] and [`CarError::NotCar`].
    pub async fn open(path: &Path) -> Result<Self, CarError> {
        let file = BufReader::new(File::open(path).await?);
        let car = CarReader::new(file).await.map_err(|_| CarError::NotCar)?;
        let wanted = car.header().roots().iter().copied().collect();
        Ok(Self { car, wanted, seen: HashSet::new() })
    }

    /// The next block; none at the end. Lists are read and not given.
    ///
    /// # Errors
    /// [`CarError::NotCar`] where the file ends in the middle of something.
    pub async fn next(&mut self) -> Result<Option<Piece>, CarError> {
        while let Some((cid, bytes)) = self.car.next_block().await.map_err(|_| CarError::NotCar)? {
            if !fits(&cid, &bytes) {
                return Ok(Some(Piece::Refused(cid.to_string())));
            }
            match (cid.codec(), Cid::parse(&cid.to_string())) {
                (RAW, Ok(name)) if bytes.len() <= MAX_OBJECT => {
                    self.seen.insert(cid);
                    return Ok(Some(Piece::Block(name, bytes)));
                }
                (DAG_CBOR, _) if links(&bytes).is_some() => {
                    self.seen.insert(cid);
                    self.wanted.extend(links(&bytes).into_iter().flatten());
                }
                _ => return Ok(Some(Piece::Refused(cid.to_string()))),
            }
        }
        Ok(None)
    }

    /// How many blocks the file lists and did not give.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.wanted.difference(&self.seen).count()
    }
}

/// A CAR in memory, whose roots are all of its blocks.
pub(super) async fn of(objects: &[(Cid, Vec<u8>)]) -> Result<Vec<u8>, BlobError> {
    let strange = || BlobError::Failed(io::Error::other("a CAR that can't be written"));
    let cids: Vec<_> = objects.iter().filter_map(|(name, _)| binary(name)).collect();
    let mut bytes = Vec::new();
    let mut car = CarWriter::new(CarHeader::new_v1(cids.clone()), &mut bytes);
    for (cid, (_, object)) in cids.into_iter().zip(objects) {
        car.write(cid, object).await.map_err(|_| strange())?;
    }
    car.finish().await.map_err(|_| strange())?;
    Ok(bytes)
}

/// The lists of these names, the root first: one, or one of lists.
fn lists(names: &[Cid]) -> Result<Vec<(cid::Cid, Vec<u8>)>, CarError> {
    let links: Vec<_> = names.iter().filter_map(binary).collect();
    let mut lists = Vec::new();
    for some in links.chunks(LINKS) {
        lists.push(list(some)?);
    }
    if lists.len() == 1 {
        return Ok(lists);
    }
    let below: Vec<_> = lists.iter().map(|(cid, _)| *cid).collect();
    if below.len() > LINKS {
        return Err(CarError::TooMany);
    }
    lists.insert(0, list(&below)?);
    Ok(lists)
}

/// A list of links as DAG-CBOR: an array of tag 42 (<https://ipld.io/specs/codecs/dag-cbor/spec/>).
fn list(links: &[cid::Cid]) -> Result<(cid::Cid, Vec<u8>), CarError> {
    let count = u16::try_from(links.len()).map_err(|_| CarError::TooMany)?;
    let [high, low] = count.to_be_bytes();
    let mut bytes = match count {
        0..24 => vec![0x80 | low],
        24..256 => vec![0x98, low],
        _ => vec![0x99, high, low],
    };
    for link in links {
        bytes.extend(LINK);
        bytes.extend(link.to_bytes());
    }
    let digest = Multihash::wrap(SHA_256, &Sha256::digest(&bytes)).map_err(|_| CarError::TooMany)?;
    Ok((cid::Cid::new_v1(DAG_CBOR, digest), bytes))
}

/// The links of a list that [`list`] could have made; none for everything else.
fn links(bytes: &[u8]) -> Option<Vec<cid::Cid>> {
    let (count, mut rest) = match bytes {
        [0x98, low, rest @ ..] => (u16::from(*low), rest),
        [0x99, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        [head @ 0x80..0x98, rest @ ..] => (u16::from(head & 0x1f), rest),
        _ => return None,
    };
    let mut links = Vec::with_capacity(count.into());
    for _ in 0..count {
        let (cid, after) = rest.strip_prefix(LINK.as_slice())?.split_at_checked(CID_BYTES)?;
        links.push(cid::Cid::read_bytes(cid).ok()?);
        rest = after;
    }
    rest.is_empty().then_some(links)
}

/// Whether these bytes have this name.
fn fits(cid: &cid::Cid, bytes: &[u8]) -> bool {
    cid.hash().code() == SHA_256 && cid.hash().digest() == Sha256::digest(bytes).as_slice()
}

fn binary(name: &Cid) -> Option<cid::Cid> {
    name.as_str().parse().ok()
}

fn unwritten(error: iroh_car::Error) -> CarError {
    match error {
        iroh_car::Error::Io(error) => CarError::File(error),
        other => CarError::File(io::Error::other(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: u16) -> Vec<Cid> {
        (0..count).map(|number| Cid::of(&number.to_be_bytes())).collect()
    }

    #[test]
    fn a_list_of_any_length_is_read_as_it_was_written() {
        for count in [0, 1, 23, 24, 255, 256, 8_000] {
            let links_of: Vec<_> = names(count).iter().filter_map(binary).collect();
            let (cid, bytes) = list(&links_of).unwrap();
            assert_eq!(links(&bytes), Some(links_of), "{count}");
            assert!(fits(&cid, &bytes) && bytes.len() <= MAX_OBJECT);
            assert_eq!(links(&[bytes.as_slice(), &[0]].concat()), None, "nothing more may stand there");
        }
        assert_eq!(links(b""), None);
        assert_eq!(links(b"\xa0"), None, "a map is no list");
    }

    #[test]
    fn an_empty_list_has_the_name_that_every_ipfs_gives_it() {
        // `[]` as DAG-CBOR is the byte 0x80.
        let (cid, bytes) = list(&[]).unwrap();
        assert_eq!(bytes, [0x80]);
        assert_eq!(cid.to_string(), "bafyreidwx2fvfdiaox32v2mnn6sxu3j4qoxeqcuenhtgrv5qv6litfnmoe");
    }

    #[test]
    fn more_blocks_than_a_list_takes_are_listed_in_lists() {
        let lists = lists(&names(20_000)).unwrap();
        assert_eq!(lists.len(), 4);
        let below: Vec<_> = lists[1..].iter().map(|(cid, _)| *cid).collect();
        assert_eq!(links(&lists[0].1), Some(below));
    }
}
