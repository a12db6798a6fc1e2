//! From where to where in its stream an object is written: the opcodes that make what it is made of, the one that makes
//! it, and those that fill it afterwards. Found by walking the opcodes again with a stack that knows offsets only, since
//! a node has room for one offset.

use std::ops::Range;

use super::graph::NodeId;
use super::machine::Decoded;
use super::op::Op;
use crate::bytes::{Progress, Span};

/// What lies on the stack: where its first opcode is.
type Slot = u64;

/// The stack of one pickle; a nested one has its own.
#[derive(Default)]
struct Level {
    stack: Vec<Slot>,
    /// (height, offset) of each mark.
    marks: Vec<(usize, u64)>,
    /// Offset behind which the nested pickle has ended, if it is one.
    end: u64,
}

/// The bytes of the stream that write `node`, raw array data included. None if it was cancelled or the stream does not
/// get there.
pub(super) fn extent(decoded: &Decoded, node: NodeId, progress: &Progress) -> Option<Range<u64>> {
    let target = decoded.graph.offset(node);
    let top = decoded.top().filter(|pickle| pickle.start <= target).last()?;
    let mut nested = decoded.pickles.iter().filter(|p| p.inside.is_some() && p.start >= top.start).peekable();
    let mut levels = vec![Level { end: u64::MAX, ..Level::default() }];
    let mut found: Option<(usize, usize, Range<u64>)> = None;
    for (i, op) in decoded.index.walk_from(&decoded.bytes, top.start).enumerate() {
        let (op, at, len) = op.ok()?;
        if i % 4096 == 0 {
            progress.check(Span::default()).ok()?;
        }
        while levels.len() > 1 && levels.last().is_some_and(|level| level.end <= at) {
            levels.pop();
        }
        if let Some(pickle) = nested.next_if(|pickle| pickle.start == at) {
            levels.push(Level { end: pickle.end, ..Level::default() });
        }
        let depth = levels.len();
        let level = levels.last_mut()?;
        let lowest = level.step(op, at);
        if at == target && found.is_none() {
            let start = level.stack.last().copied().unwrap_or(at);
            found = Some((depth, level.stack.len(), start..at + len));
            continue;
        }
        let Some((home, height, range)) = &mut found else { continue };
        if depth < *home || (depth == 1 && op == Op::STOP) {
            break;
        }
        if depth == *home && lowest < *height {
            // The opcode takes the object: to fill it, or to make something of it.
            if !keeps(op) || level.stack.len() < *height {
                break;
            }
            range.end = at + len;
        }
    }
    let mut range = found?.2;
    if let Some(raw) = decoded.graph.raw(node) {
        range.end = range.end.max(raw.end().min(decoded.bytes.len()));
    }
    Some(range)
}

/// True for opcodes that leave the object at the top (below what they take) where it is.
fn keeps(op: Op) -> bool {
    matches!(
        op,
        Op::APPEND
            | Op::APPENDS
            | Op::SETITEM
            | Op::SETITEMS
            | Op::ADDITEMS
            | Op::BUILD
            | Op::PUT
            | Op::BINPUT
            | Op::LONG_BINPUT
            | Op::MEMOIZE
            | Op::READONLY_BUFFER
    )
}

impl Level {
    /// What an opcode does to the stack, by the table: what is made begins where the first thing it is made of began.
    /// Gives how low the stack was meanwhile.
    fn step(&mut self, op: Op, at: u64) -> usize {
        match op {
            Op::MARK => {
                self.marks.push((self.stack.len(), at));
                return self.stack.len();
            }
            Op::POP if self.marks.last().is_some_and(|mark| mark.0 == self.stack.len()) => {
                self.marks.pop();
                return self.stack.len();
            }
            Op::DUP => {
                self.stack.push(at);
                return self.stack.len();
            }
            _ => {}
        }
        let info = op.info();
        let mut first = at;
        let below = match info.before.iter().position(|word| *word == "mark") {
            Some(below) => {
                if let Some((height, mark)) = self.marks.pop() {
                    self.stack.truncate(height);
                    first = mark;
                }
                below
            }
            None => info.before.len(),
        };
        for _ in 0..below {
            first = self.stack.pop().unwrap_or(first);
        }
        let lowest = self.stack.len();
        if !info.after.is_empty() {
            self.stack.push(first);
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Value, decode};
    use super::*;
    use crate::bytes::{Bytes, Limits};

    #[test]
    fn an_object_reaches_from_its_first_part_to_what_fills_it() {
        // {'a': [1, 2], 'b': m.n(1) with state {}}. pickletools.dis: 2 EMPTY_DICT, 3 MARK, 4 'a', 7 EMPTY_LIST, 8 MEMOIZE,
        // 9 MARK, 10 1, 12 2, 14 APPENDS, 15 'b', 18 GLOBAL, 23 1, 25 TUPLE1, 26 REDUCE, 27 MEMOIZE, 28 EMPTY_DICT,
        // 29 BUILD, 30 SETITEMS, 31 STOP.
        let data = b"\x80\x04}(\x8c\x01a]\x94(K\x01K\x02e\x8c\x01bcm\nn\nK\x01\x85R\x94}bu.".to_vec();
        let decoded = decode(&Bytes::from_vec(data), None, &Limits::default(), &Progress::new());
        let root = decoded.root().unwrap();
        let of = |node| decoded.extent(node, &Progress::new()).unwrap();
        assert_eq!(of(root), 2..31);
        let Value::Dict(pairs) = decoded.graph.value(root) else { panic!("a dict") };
        let all: Vec<_> = pairs.iter().collect();
        assert_eq!(of(all[0].0), 4..7, "a key");
        assert_eq!(of(all[0].1), 7..15, "the list with its items");
        assert_eq!(of(all[1].1), 18..30, "the call with callee, arguments and state");
        let Value::Object(object) = decoded.graph.value(all[1].1) else { panic!("an object") };
        assert_eq!(of(object.args), 23..26, "a tuple begins with its first item");
        assert_eq!(of(object.callee), 18..23);
    }

    #[test]
    fn a_cancelled_walk_gives_nothing() {
        let decoded = decode(&Bytes::from_vec(b"]."[..].to_vec()), None, &Limits::default(), &Progress::new());
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(decoded.extent(decoded.root().unwrap(), &progress), None);
    }
}
