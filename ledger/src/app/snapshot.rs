//! The whole state as bytes: the same state has the same bytes, and what they say is recomputed when they are read.
use super::row::Row;
use super::state::{Effect, State};
use super::{App, Seen};
use crate::Hash;
use crate::codec::{Malformed, Reader};
use crate::merkle::Frontier;

const DOMAIN: &[u8] = b"vaidya/ledger/snapshot/v1";
const BROKEN: Malformed = Malformed("snapshot");

/// `domain ‖ ledger ‖ u64 interval ‖ u64 seq ‖ u64 time ‖ u64 size ‖ u8 p ‖ p × peak ‖ rows until the end`, a row being
/// `u8 table ‖ name 32 ‖ u32 length ‖ bytes`, ascending.
pub(super) fn write(app: &App) -> Vec<u8> {
    let mut bytes = [DOMAIN, &app.ledger.0].concat();
    [app.interval, app.seq, app.time, app.log.size()].iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    bytes.extend(u8::try_from(app.log.peaks().len()));
    app.log.peaks().iter().for_each(|peak| bytes.extend(peak.0));
    let mut row_bytes = Vec::new();
    for (name, row) in app.state.rows() {
        row_bytes.clear();
        row.write(&mut row_bytes);
        bytes.push(row.table());
        bytes.extend(name);
        bytes.extend(u32::try_from(row_bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(&row_bytes);
    }
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<App, Malformed> {
    let mut reader = Reader::new(bytes, "snapshot");
    if reader.slice(DOMAIN.len())? != DOMAIN {
        return Err(BROKEN);
    }
    let (ledger, interval, seq) = (Hash(reader.array()?), reader.u64()?, reader.u64()?);
    let (time, size, peaks) = (reader.u64()?, reader.u64()?, reader.u8()?);
    let peaks = (0..peaks).map(|_| reader.array().map(Hash)).collect::<Result<_, _>>()?;
    let log = Frontier::resume(size, peaks).ok_or(BROKEN)?;
    let state = rows(&mut reader)?;
    let app = App { ledger, interval, seq, time, log, state, seen: Seen::default() };
    if app.state.validators().is_some() && write(&app) == bytes { Ok(app) } else { Err(BROKEN) }
}

fn rows(reader: &mut Reader<'_>) -> Result<State, Malformed> {
    let mut state = State::default();
    while !reader.is_empty() {
        let (table, name, length) = (reader.u8()?, reader.array()?, u32::from_be_bytes(reader.array()?));
        let bytes = reader.slice(usize::try_from(length).map_err(|_| BROKEN)?)?;
        let mut inner = Reader::new(bytes, "row");
        let row = Row::read(table, &mut inner)?;
        inner.end()?;
        state.put(Effect(name, row));
    }
    state.seal();
    Ok(state)
}
