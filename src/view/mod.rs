//! Layer 3: how things read, still without a window. The command line and the window print the same words.

pub mod describe;
pub mod escape;
pub mod lens;
pub mod number;
pub mod opcode;
pub mod outline;
pub mod paths;
pub mod search;
pub mod text;
