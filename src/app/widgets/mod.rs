//! Pieces that panels are made of. They draw and answer; they change nothing.

pub mod big_list;
pub mod grid;
pub mod overview;
pub mod paint;
pub mod tree_canvas;
