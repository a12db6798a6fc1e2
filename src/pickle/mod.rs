//! Layer 1: the pickle machine. Opcodes become an object graph and a log of effects; nothing is called.
//!
//! Read in this order: `op.rs` (the table), `decode.rs` (opcodes and arguments of a stream), `graph.rs` (what is
//! built), `effects.rs` (what would happen), `machine.rs` (one arm per opcode), `index.rs` (row n of the listing),
//! `extent.rs` (which opcodes write an object), `framing.rs`
//! (which write none). `build.rs` makes the same graph from what is no pickle.

pub mod graph;
pub mod op;

mod build;
mod decode;
mod dialect;
mod effects;
mod extent;
mod framing;
mod index;
mod machine;
mod memo;
mod node;
mod nodes;
pub mod text;

pub use build::{Builder, DEEPEST};
pub use decode::{ARG_SHOWN, Arg, OpView, Ops};
pub use dialect::{Dialect, RawClaim};
pub use effects::{Effect, EffectKind};
pub use framing::Framing;
pub use graph::{Graph, Kind, NodeId, Symbol, Value};
pub use index::{OpIndex, STEP};
pub use machine::{Decoded, End, Moment, Pickle, decode, decode_first, moment_at};
pub use op::{ArgKind, Op, OpInfo, Reach};
