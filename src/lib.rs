//! picklescope: see what is in a model file before anything loads it.
//!
//! The layers, each of which knows only those to its right (`tests/layers.rs` checks it):
//!
//! ```text
//! main -> { app, cli } -> { audit, compat, diff } -> view -> formats -> { container, pickle, array } -> bytes
//! ```
//!
//! * [`bytes`]: files and memory, read at positions; places, errors, limits, progress.
//! * [`container`]: streams inside streams (gzip, zip, ...), peeled and kept with their origin.
//! * [`pickle`]: the machine: opcodes to object graph and effect log. It calls nothing.
//! * [`array`]: dtypes, layouts, statistics; numbers are described now and read when looked at.
//! * [`formats`]: what streams are and what objects stand for: an [`formats::Artifact`].
//! * [`view`]: words and rows, still without a window.
//! * [`audit`]: what loading would do.
//! * [`cli`] and `app` (feature `gui`): the same facts, printed and drawn.
//!
//! Start reading at [`formats::open`], which goes from a path to an artifact, or at [`pickle::op`], the opcode table.
//! Nothing here executes, imports or fetches anything a file names; `clippy.toml` turns that promise into a lint.

#[cfg(feature = "gui")]
pub mod app;
pub mod array;
pub mod audit;
pub mod bytes;
pub mod cli;
pub mod container;
pub mod formats;
pub mod pickle;
pub mod view;
