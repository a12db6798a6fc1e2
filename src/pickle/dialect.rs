//! The hook for writers that put raw bytes between the opcodes. The machine knows joblib only through this.

use super::graph::{Graph, NodeId, Symbol};
use crate::bytes::{Bytes, Result};

/// What lies raw behind a BUILD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawClaim {
    /// `padding` bytes (their length byte included), then `len` bytes of data.
    Bytes {
        /// Bytes before the data.
        padding: u64,
        /// Bytes of data.
        len: u64,
    },
    /// A complete pickle of its own, with its own memo.
    Pickle,
}

/// How one writer extends pickle.
pub trait Dialect {
    /// True if objects of this class may be followed by raw bytes. Asked once a class.
    fn wants(&self, class: &Symbol) -> bool;

    /// Called after BUILD on such an object. `at` is the offset behind the opcode in `bytes`.
    fn after_build(&mut self, graph: &Graph, object: NodeId, bytes: &Bytes, at: u64) -> Result<Option<RawClaim>>;

    /// Called after the STOP of a pickle that is in no other. `root` is its result, `at` the offset behind it in `bytes`.
    /// Gives the number of raw bytes before the next pickle.
    fn after_stop(&mut self, _graph: &Graph, _root: NodeId, _bytes: &Bytes, _at: u64) -> Result<u64> {
        Ok(0)
    }
}
