//! Layer 3: how things read, still without a window. The command line and the window print the same words.

pub mod array_table;
pub mod booster;
pub mod byte_rows;
pub mod code;
pub mod describe;
pub mod diagram;
pub mod escape;
pub mod estimator;
pub mod frame;
pub mod groups;
pub mod json;
pub mod lens;
pub mod number;
pub mod opcode;
pub mod outline;
pub mod paths;
pub mod python;
pub mod query;
pub mod rows;
pub mod search;
pub mod sparse;
pub mod text;
pub mod trees;
pub mod unowned;
pub mod weights;

mod zones;
