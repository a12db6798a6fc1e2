//! The inner loop, where the time goes: the opcodes that data are made of, for as long as nothing needs care. What needs
//! it (a checkpoint, the end of a frame, an argument that the window cuts, a rare opcode) is left to [`Machine::walk`].
//!
//! The arms are those of [`Machine::frequent`]. Here they are compiled once for each of these opcodes, so that what
//! [`whole_op`] and the arms decide by the opcode is decided by one jump. (With one jump for the argument, one for the
//! opcode, and the argument passed through memory in between, an opcode of small dicts took 180 instructions; now 90.)

use super::{Arm, Machine, Next};
use crate::pickle::decode::{RawArg, RawOp, whole_op};
use crate::pickle::index::STEP;
use crate::pickle::op::Op;

/// The opcodes that data are made of, by their codes, and the two ways to their arms: one opcode, and as many as there are.
macro_rules! frequent {
    ($($name:ident)*) => {
        /// Codes, as constants that a function can be compiled for.
        pub(super) mod code {
            use super::Op;
            $(pub const $name: u8 = Op::$name as u8;)*
        }

        impl Machine<'_, '_> {
            /// Runs the arm of one opcode, argument and all already read.
            pub(super) fn one_frequent(&mut self, raw: RawOp<'_>, at: u64) -> Arm<Next> {
                match raw.op {
                    $(Op::$name => self.frequent::<{ code::$name }>(raw, at),)*
                    _ => Ok(Next::Op),
                }
            }

            /// Runs the opcodes of `window`, which lies at `base`, from `pos` on, and leaves `pos` at the one where it
            /// stops. None if that is still to be done, with care; else its size, and what its arm gave that is not
            /// [`Next::Op`].
            #[inline(never)]
            pub(super) fn run(&mut self, window: &[u8], base: u64, pos: &mut usize) -> Option<(u64, Arm<Next>)> {
                // The next checkpoint; a row that is one needs care itself.
                let checkpoint = self.rows.next_multiple_of(STEP);
                let first = base + *pos as u64;
                // Opcodes that reach over these ends are not whole in what is looked at.
                let frame_end = if first < self.frame_end { self.frame_end } else { u64::MAX };
                let end = usize::try_from(frame_end.min(self.until).saturating_sub(base)).unwrap_or(usize::MAX);
                let window = window.get(..end).unwrap_or(window);
                // What every opcode changes is kept out of memory for as long as the loop runs.
                let (mut here, mut rows, mut newest) = (*pos, self.rows, self.newest);
                let halted = loop {
                    if rows >= checkpoint {
                        break None;
                    }
                    let Some((&code, rest)) = window.get(here..).and_then(<[u8]>::split_first) else { break None };
                    let at = base + here as u64;
                    match code {
                        $(code::$name => {
                            let Some(raw) = whole_op(Op::$name, rest) else { break None };
                            rows += 1;
                            newest = newest.max(const { Op::$name.protocol() });
                            let size = raw.size;
                            // It may begin a nested pickle, which counts for itself.
                            if const { code::$name == code::BUILD } {
                                (self.rows, self.newest) = (rows, newest);
                            }
                            let next = self.frequent::<{ code::$name }>(raw, at);
                            if const { code::$name == code::BUILD } {
                                (rows, newest) = (self.rows, self.newest);
                            }
                            match next {
                                // The argument is whole, so this is inside.
                                Ok(Next::Op) => here += usize::try_from(size).unwrap_or(usize::MAX),
                                other => break Some((size, other)),
                            }
                            // What can be memoised mostly is: that much less to guess where the next jump goes.
                            if const { is_memoized(code::$name) }
                                && rows < checkpoint
                                && window.get(here) == Some(&code::MEMOIZE)
                            {
                                rows += 1;
                                newest = newest.max(const { Op::MEMOIZE.protocol() });
                                let memoize = RawOp { op: Op::MEMOIZE, arg: RawArg::None, size: 1 };
                                match self.frequent::<{ code::MEMOIZE }>(memoize, base + here as u64) {
                                    Ok(Next::Op) => here += 1,
                                    other => break Some((1, other)),
                                }
                            }
                        })*
                        _ => break None,
                    }
                };
                (*pos, self.rows, self.newest) = (here, rows, newest);
                halted
            }
        }
    };
}

/// True for the opcodes behind which CPython writes MEMOIZE.
const fn is_memoized(code: u8) -> bool {
    matches!(
        code,
        code::BINUNICODE
            | code::SHORT_BINUNICODE
            | code::SHORT_BINBYTES
            | code::EMPTY_LIST
            | code::EMPTY_DICT
            | code::TUPLE
            | code::TUPLE1
            | code::TUPLE2
            | code::TUPLE3
            | code::REDUCE
            | code::NEWOBJ
    )
}

frequent! {
    BINGET LONG_BINGET BINPUT LONG_BINPUT MEMOIZE MARK
    NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 BINFLOAT
    BINUNICODE SHORT_BINUNICODE SHORT_BINBYTES LONG1
    EMPTY_LIST EMPTY_TUPLE EMPTY_DICT APPEND APPENDS SETITEM SETITEMS
    TUPLE TUPLE1 TUPLE2 TUPLE3 REDUCE NEWOBJ BUILD
}
