//! The effect log: everything a real unpickler would import, call or change, in order, whether or not the result
//! is still reachable at the end. Audits read this and not the tree: a call whose result is popped still ran.

use super::graph::NodeId;
use super::op::Op;

/// What would happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EffectKind {
    /// A module is imported and an attribute fetched. `node` is the Global.
    Import,
    /// `subject` is called; `node` is the Object that comes out.
    Call,
    /// BUILD: `subject` is given the state `node`.
    SetState,
    /// SETITEM, SETITEMS on what is no dict: `subject[key] = value`; `node` is the last value.
    SetItem,
    /// APPEND, APPENDS on what is no list: `subject.append(..)` or `.extend(..)`; `node` is the last item.
    Append,
    /// ADDITEMS on what is no set: `subject.add(..)`; `node` is the last item.
    AddItem,
    /// The application is asked for a persistent id. `node` is the Persistent.
    Persistent,
    /// The extension registry is asked. `node` is the Extension.
    Extension,
    /// The application's next buffer is taken. `node` is the Buffer.
    Buffer,
}

/// One effect: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    head: u64,
    /// See [`EffectKind`].
    pub node: NodeId,
    /// See [`EffectKind`].
    pub subject: NodeId,
}

const _: () = assert!(size_of::<Effect>() == 16);

impl Effect {
    #[inline]
    pub(super) fn new(kind: EffectKind, op: Op, at: u64, node: NodeId, subject: NodeId) -> Self {
        let head = (kind as u64) << 56 | u64::from(op as u8) << 48 | at & 0xffff_ffff_ffff;
        Self { head, node, subject }
    }

    /// What would happen.
    pub fn kind(&self) -> EffectKind {
        match self.head >> 56 {
            0 => EffectKind::Import,
            1 => EffectKind::Call,
            2 => EffectKind::SetState,
            3 => EffectKind::SetItem,
            4 => EffectKind::Append,
            5 => EffectKind::AddItem,
            6 => EffectKind::Persistent,
            7 => EffectKind::Extension,
            _ => EffectKind::Buffer,
        }
    }

    /// The opcode that causes it.
    pub fn op(&self) -> Op {
        Op::from_code((self.head >> 48 & 0xff) as u8).unwrap_or(Op::STOP)
    }

    /// Offset of that opcode in the stream.
    pub fn at(&self) -> u64 {
        self.head & 0xffff_ffff_ffff
    }
}
