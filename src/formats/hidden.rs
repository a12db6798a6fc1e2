//! What stands where nobody looks: pickles where the data of tensors belong, archives and pickles behind the end of
//! something else. Readers begin at either end of a file, so both are parts of it.

use super::{Raw, Reader, joblib, looks_like_a_pickle};
use crate::bytes::{Bytes, Error, ErrorKind, StreamId};
use crate::container::{Kind, Member, sniff, tar, zip};
use crate::pickle::{Decoded, EffectKind, End, decode_first};

/// Bytes that are looked at of every storage.
const HEAD: usize = 64;
/// Bytes that are looked at of one whose head might be opcodes of protocol 0 or 1.
const LONGER_HEAD: usize = 4 << 10;
/// Bytes that are read of one that begins like a pickle. Storages are gigabytes; pickles that attack are not.
const READ: u64 = 64 << 20;

impl Reader<'_> {
    /// Adds a part for a member that should be data if it is a pickle that imports or calls something. Reads its first
    /// bytes, and more only if they are opcodes.
    pub(super) fn hidden(&mut self, id: StreamId, member: &Member, bytes: &Bytes) {
        if !self.begins_like_a_pickle(bytes) {
            return;
        }
        let inner = match self.streams.member(id, member, self.progress) {
            Ok(inner) => inner,
            Err(error) => return self.problems.push(error),
        };
        let Some(stream) = self.streams.get(inner) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let Ok(read) = bytes.slice(0, bytes.len().min(READ)) else { return };
        let decoded = decode_first(1, &read, Some(&mut joblib::Joblib), self.limits, self.progress);
        let whole = match decoded.pickles.first().map(|pickle| &pickle.how) {
            Some(End::Stop { .. }) => true,
            // It went on beyond what was read.
            Some(End::Broke(error)) => bytes.len() > READ && is_short(&error.kind),
            None => false,
        };
        if whole && reaches_out(&decoded) {
            let message = format!("member {name:?} is a pickle, where the data of a tensor belong");
            let at = bytes.span(0, decoded.pickles.first().map_or(0, |pickle| pickle.end));
            self.problems.push(Error { at, kind: ErrorKind::Archive { what: "zip", message } });
            self.add_pickle(name, inner, decoded, 0, Raw::Joblib);
        }
    }

    /// Looks whether a stream that was read begins like something else as well. The name of the first member of a tar is its
    /// first bytes, which may be a magic or opcodes; and some magics are opcodes.
    pub(super) fn other_beginning(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else { return };
        match stream.kind {
            Kind::Tar => return self.also_a_pickle(id),
            // What is tried for a pickle already, and what zip readers find from its end.
            Kind::Pickle | Kind::Unknown | Kind::TorchLegacy | Kind::Booster(_) | Kind::Empty | Kind::Zip => {}
            _ => self.also_a_pickle(id),
        }
        let Some(stream) = self.streams.get(id) else { return };
        let bytes = stream.bytes.clone();
        if !bytes.head(sniff::HEAD).is_ok_and(|head| tar::is_header(&head)) {
            return;
        }
        let message = "it begins with a header of a tar too; which of the two is read depends on the reader";
        let kind = ErrorKind::Archive { what: "file", message: message.to_owned() };
        self.problems.push(Error { at: bytes.span(0, sniff::HEAD as u64), kind });
        let archive = tar::list(&bytes, self.limits);
        self.problems.extend(archive.problems.iter().cloned());
        self.members(id, &archive, &mut Vec::new());
    }

    /// Adds a part for a stream that is something else and begins, all the same, with a whole pickle that imports or calls.
    fn also_a_pickle(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let Ok(read) = bytes.slice(0, bytes.len().min(READ)) else { return };
        let decoded = decode_first(1, &read, Some(&mut joblib::Joblib), self.limits, self.progress);
        let end = decoded.pickles.first().filter(|pickle| pickle.is_complete()).map(|pickle| pickle.end);
        if let Some(end) = end.filter(|_| reaches_out(&decoded)) {
            let message = "its first bytes are a pickle too; which of the two is read depends on the reader";
            let kind = ErrorKind::Archive { what: "file", message: message.to_owned() };
            self.problems.push(Error { at: bytes.span(0, end), kind });
            self.add_pickle(name, id, decoded, 0, Raw::Joblib);
        }
    }

    fn begins_like_a_pickle(&self, bytes: &Bytes) -> bool {
        let Ok(head) = bytes.head(HEAD) else { return false };
        if let [0x80, 0..=5, ..] = head.as_slice() {
            return true;
        }
        // Opcodes up to the end of the head are rare in numbers, and zeros are none.
        let opcodes = |head: Vec<u8>| {
            let decoded = decode_first(1, &Bytes::from_vec(head), None, self.limits, self.progress);
            let goes_on = decoded.pickles.first().is_some_and(|pickle| match &pickle.how {
                End::Stop { .. } => true,
                End::Broke(error) => is_short(&error.kind),
            });
            goes_on.then_some(decoded)
        };
        opcodes(head).is_some()
            && bytes.head(LONGER_HEAD).ok().and_then(opcodes).is_some_and(|decoded| reaches_out(&decoded))
    }

    /// Reads what stands behind the end of something in `id`, if it looks like anything.
    pub(super) fn behind(&mut self, id: StreamId, at: u64) {
        let Some(stream) = self.streams.get(id) else { return };
        let left = stream.bytes.len().saturating_sub(at);
        let mut head = vec![0; sniff::HEAD.min(usize::try_from(left).unwrap_or(usize::MAX))];
        if stream.bytes.read_at(at, &mut head).is_err() {
            return;
        }
        let span = stream.bytes.span(at, left);
        let kind = sniff(&head, left);
        // Without a magic only a pickle could be meant, and that must be one to its end.
        let weak = matches!(kind, Kind::Unknown | Kind::Empty | Kind::Compressed(_) | Kind::Safetensors);
        if weak && !stream.bytes.slice(at, left).is_ok_and(|rest| self.begins_like_a_pickle(&rest)) {
            return;
        }
        if self.streams.depth(id) >= self.limits.layers {
            let limit = u64::from(self.limits.layers);
            let kind = ErrorKind::Limit { what: "things behind each other", limit };
            return self.problems.push(Error { at: span, kind });
        }
        let message = "something that can be read on its own stands behind the end; other readers begin there";
        self.problems.push(Error { at: span, kind: ErrorKind::Archive { what: "file", message: message.to_owned() } });
        match self.streams.behind(id, at) {
            Ok(inner) => self.stream(inner, &mut Vec::new()),
            Err(error) => self.problems.push(error),
        }
    }

    /// Looks for a zip archive at the end of a stream that is something else at its beginning. Zip readers begin at the end
    /// and would open it. `known` is the end of what was understood so far. True if there is one.
    pub(super) fn zip_at_end(&mut self, id: StreamId, known: u64, words: &mut Vec<&'static str>) -> bool {
        let Some(stream) = self.streams.get(id) else { return false };
        let bytes = stream.bytes.clone();
        let kind = stream.kind;
        let Some(end) = zip::end_record(&bytes) else { return false };
        if end < known && kind == Kind::Tar {
            // A member, which was read as such.
            return false;
        }
        let archive = zip::list(&bytes, self.limits);
        if archive.members.is_empty() {
            return false;
        }
        if end < known {
            // Data of the pickle: harmless there, but a zip reader that is given the file finds it.
            let message = "an archive lies in the data; a zip reader that is given this file opens it";
            self.problems.push(Error { at: bytes.span(end, 22), kind: ErrorKind::Oddity(message.to_owned()) });
        } else {
            let message =
                "a zip archive stands at the end of something else; which of the two is read depends on the reader";
            let kind = ErrorKind::Archive { what: "file", message: message.to_owned() };
            self.problems.push(Error { at: bytes.span(end, 22), kind });
            self.problems.extend(archive.problems.iter().cloned());
        }
        self.members(id, &archive, words);
        true
    }
}

/// True if a pickle broke only because its bytes end.
fn is_short(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Truncated { .. } | ErrorKind::NoStop)
}

/// True if loading would import or call something.
fn reaches_out(decoded: &Decoded) -> bool {
    decoded.effects.iter().any(|effect| matches!(effect.kind(), EffectKind::Import | EffectKind::Call))
        && looks_like_a_pickle(decoded, true)
}
