//! The stream of before 1.6: magic, protocol, system, object, list of storage keys, each a pickle; then the storages.

use std::collections::HashMap;

use super::{Storages, pid_of};
use crate::array::Dtype;
use crate::bytes::{Bytes, Limits, Progress};
use crate::formats::arrays::{any_text, content};
use crate::pickle::{Decoded, EffectKind, NodeId, decode_first};

/// The storages behind the fifth pickle, in the order of the list that it gives; each has its number of elements as an
/// i64, then its bytes. Also gives the offset behind the last.
pub fn storages(decoded: &Decoded) -> (Storages, u64) {
    let graph = &decoded.graph;
    let mut storages = Storages::default();
    let mut sizes = HashMap::new();
    for effect in decoded.effects.iter().filter(|effect| effect.kind() == EffectKind::Persistent) {
        if let Some(pid) = pid_of(graph, effect.node) {
            sizes.insert(pid.key, pid.dtype.map_or(1, |dtype| dtype.size));
        }
    }
    let Some(last) = decoded.top().nth(4) else { return (storages, decoded.bytes.len()) };
    let keys = last.root.and_then(|root| graph.items(root)).unwrap_or(&[]);
    let mut at = last.end;
    for key in keys {
        let mut count = [0; 8];
        let (Some(key), Ok(())) = (any_text(graph, *key), decoded.bytes.read_at(at, &mut count)) else {
            return (storages, decoded.bytes.len());
        };
        let size = sizes.get(&*key).copied().unwrap_or(1);
        let len = u64::try_from(i64::from_le_bytes(count)).ok().and_then(|n| n.checked_mul(size));
        // Of a file that is cut off the last storage is short, which is said where it is used.
        let left = decoded.bytes.len().saturating_sub(at + 8);
        let Some(Ok(bytes)) = len.map(|len| decoded.bytes.slice(at + 8, len.min(left))) else {
            return (storages, decoded.bytes.len());
        };
        at = at + 8 + bytes.len();
        storages.insert(&key, bytes);
    }
    (storages, at)
}

/// A storage that was pickled without torch.save: `torch.storage._load_from_bytes` of a stream as above, which holds it
/// alone. Gives its dtype and its bytes.
pub(super) fn nested_storage(decoded: &Decoded, id: NodeId) -> Option<(Option<Dtype>, Bytes)> {
    let graph = &decoded.graph;
    let object = graph.object(id)?;
    graph.symbol(object.callee).filter(|symbol| symbol.is("torch.storage", "_load_from_bytes"))?;
    let stream = content(decoded, *graph.items(object.args)?.first()?, &Vec::new()).ok()??;
    let inner = decode_first(5, &stream, None, &Limits::default(), &Progress::new());
    let (found, _) = storages(&inner);
    let pid = pid_of(&inner.graph, inner.top().nth(3)?.root?)?;
    Some((pid.dtype, found.get(&pid.key)?.clone()))
}
