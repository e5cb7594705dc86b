//! What a validator tells who hands entries in, as bytes.

use std::sync::Arc;

use vaidya_actors::validator::{Standing, Told};
use vaidya_ledger::chain::Kept;
use vaidya_ledger::pbft::{Evidence, Record};

/// `u8 kind ‖ …`; whose word it is the line says.
pub(super) fn encode(told: &Told) -> Vec<u8> {
    let numbers = |kind: u8, all: &[u64]| {
        let mut to = vec![kind];
        all.iter().for_each(|number| to.extend(number.to_be_bytes()));
        to
    };
    match told {
        Told::Committed { block, .. } => [numbers(1, &[block.point.seq]), block.encode()].concat(),
        Told::Certified { epoch, stable, .. } => {
            [numbers(2, &[*epoch]), Record::Stable(Arc::clone(stable)).encode()].concat()
        }
        Told::Standing(it) => {
            let (changing, voting) = (u64::from(it.changing), u64::from(it.voting));
            numbers(3, &[it.view, changing, voting, it.executed, it.stable, it.waiting, it.at])
        }
        Told::Caught { epoch, evidence, .. } => [numbers(4, &[*epoch]), evidence.encode()].concat(),
    }
}

/// The word of the one at the other end; none when it isn't one.
pub(super) fn decode(by: u8, bytes: &[u8]) -> Option<Told> {
    let (kind, rest) = bytes.split_first()?;
    let (number, body) = rest.split_first_chunk::<8>()?;
    let number = u64::from_be_bytes(*number);
    match kind {
        1 => Some(Told::Committed { by, block: Arc::new(Kept::decode(body, number).ok()?) }),
        2 => match Record::decode(body)? {
            Record::Stable(stable) => Some(Told::Certified { by, epoch: number, stable }),
            _ => None,
        },
        3 => standing(by, number, body).map(Told::Standing),
        4 => Some(Told::Caught { by, epoch: number, evidence: Box::new(Evidence::decode(body)?) }),
        _ => None,
    }
}

fn standing(by: u8, view: u64, body: &[u8]) -> Option<Standing> {
    let (numbers, over) = body.as_chunks::<8>();
    let [changing, voting, executed, stable, waiting, at] = numbers else { return None };
    let number = |bytes: &[u8; 8]| u64::from_be_bytes(*bytes);
    let (changing, voting) = (number(changing) == 1, number(voting) == 1);
    let (executed, stable, waiting, at) = (number(executed), number(stable), number(waiting), number(at));
    over.is_empty().then_some(Standing { by, view, changing, voting, executed, stable, waiting, at })
}
