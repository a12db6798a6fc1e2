//! Layer 2: what streams are, and what objects stand for.

pub mod children;
pub mod known;
pub mod walk;
