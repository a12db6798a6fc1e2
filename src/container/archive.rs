//! What an archive holds, whatever its format: members with the places of their data, and what contradicts itself.

use super::Codec;
use crate::bytes::Problem;

/// A member of an archive. Nothing of its data has been read.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; bytes that are no UTF-8 are replaced.
    pub name: Box<str>,
    /// How it is compressed; None if the method is not supported.
    pub codec: Option<Codec>,
    /// The method's number; 0 for what is stored as it is.
    pub method: u16,
    /// Size inflated, where the headers say it.
    pub size: Option<u64>,
    /// Offset of its header.
    pub header_at: u64,
    /// Offset of its data in the archive.
    pub data_at: u64,
    /// Size of its data there.
    pub data_len: u64,
    /// CRC-32 of its content, where the headers say it.
    pub crc: Option<u32>,
}

impl Member {
    /// True for a folder.
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Offset behind its data.
    pub fn end(&self) -> u64 {
        self.data_at.saturating_add(self.data_len)
    }
}

/// What an archive holds.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// Members in the order of the directory, then those that it hides.
    pub members: Vec<Member>,
    /// What contradicts itself.
    pub problems: Vec<Problem>,
    /// Offset behind its last byte: what follows belongs to no archive.
    pub end: u64,
}
