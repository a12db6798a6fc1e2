//! The bytes of a stream of pickles that write no object: what announces, frames and ends a pickle, and the padding before
//! the data of an array.

use std::ops::Range;

use super::machine::Decoded;
use super::op::Op;
use crate::bytes::{Progress, Span};

/// What such bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// PROTO: the protocol.
    Protocol,
    /// FRAME: how much to read at once.
    Frame,
    /// STOP: the end.
    Stop,
    /// Padding that aligns the data of an array in the file.
    Padding,
}

/// All of them in the order of the stream. Walks it, so it belongs in a job; None if it was cancelled.
pub(super) fn framing(decoded: &Decoded, progress: &Progress) -> Option<Vec<(Range<u64>, Framing)>> {
    let mut all = Vec::new();
    for pickle in decoded.top() {
        for (i, op) in decoded.index.walk_from(&decoded.bytes, pickle.start).enumerate() {
            if i % 4096 == 0 {
                progress.check(Span::default()).ok()?;
            }
            // Where the stream breaks, so does the walk.
            let Ok((op, at, len)) = op else { break };
            if at >= pickle.end {
                break;
            }
            let what = match op {
                Op::PROTO => Framing::Protocol,
                Op::FRAME => Framing::Frame,
                Op::STOP => Framing::Stop,
                _ => continue,
            };
            all.push((at..at + len, what));
        }
    }
    let len = decoded.bytes.len();
    let padded = decoded.graph.raws().iter().filter(|raw| raw.padding > 0 && raw.data_at() <= len);
    all.extend(padded.map(|raw| (raw.at..raw.data_at(), Framing::Padding)));
    all.sort_by_key(|(range, _)| range.start);
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{Bytes, Limits};
    use crate::pickle::decode;

    #[test]
    fn what_writes_no_object_is_named() {
        // pickle.dumps([1], 4) as pickletools.dis shows it: PROTO at 0, FRAME at 2, STOP at 17; then a protocol 2 of None.
        let data = b"\x80\x04\x95\x07\0\0\0\0\0\0\0]\x94K\x01a.\x80\x02N.";
        let bytes = Bytes::from_vec(data.to_vec());
        let decoded = decode(&bytes, None, &Limits::default(), &Progress::new());
        let found = decoded.framing(&Progress::new()).unwrap();
        let expected = [
            (0..2, Framing::Protocol),
            (2..11, Framing::Frame),
            (16..17, Framing::Stop),
            (17..19, Framing::Protocol),
            (20..21, Framing::Stop),
        ];
        assert_eq!(found, expected);
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(decoded.framing(&progress), None);
    }
}
