//! THE TABLE: one row per opcode. Everything else about opcodes (names, listing, help, highlight) is derived from it.
//!
//! Source: CPython's `Lib/pickletools.py` and `Modules/_pickle.c`. The doc comment of a row is its help text.

/// How an opcode's argument is written in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// No argument.
    None,
    /// One unsigned byte.
    U1,
    /// u16, little-endian.
    U2,
    /// u32, little-endian.
    U4,
    /// u64, little-endian.
    U8,
    /// i32, little-endian.
    I4,
    /// f64, big-endian.
    F8,
    /// A line: decimal integer, or 00 / 01 for a bool.
    Decimal,
    /// A line: decimal integer with an optional `L` behind it.
    DecimalLong,
    /// A line: float.
    FloatLine,
    /// A line: memo index.
    Index,
    /// A line: quoted string with escapes.
    QuotedLine,
    /// A line: raw-unicode-escape.
    EscapedLine,
    /// A line as it is.
    Line,
    /// Two lines: module and name.
    Pair,
    /// u8 length, UTF-8.
    Text1,
    /// u32 length, UTF-8.
    Text4,
    /// u64 length, UTF-8.
    Text8,
    /// u8 length, bytes.
    Bytes1,
    /// u32 length, bytes.
    Bytes4,
    /// u64 length, bytes.
    Bytes8,
    /// u8 length, 8-bit string of Python 2.
    Str1,
    /// i32 length, 8-bit string of Python 2.
    Str4,
    /// u8 length, two's complement integer.
    Long1,
    /// i32 length, two's complement integer.
    Long4,
}

/// What a real unpickler would do at an opcode: drives the highlight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Makes or moves data.
    Data,
    /// Imports a module.
    Imports,
    /// Calls something.
    Calls,
}

/// A row of the table.
#[derive(Debug)]
pub struct OpInfo {
    /// The opcode.
    pub op: Op,
    /// Its name, as pickletools has it.
    pub name: &'static str,
    /// Its byte.
    pub code: u8,
    /// The protocol that introduced it.
    pub proto: u8,
    /// How its argument is written.
    pub arg: ArgKind,
    /// What it takes off the stack, bottom first.
    pub before: &'static [&'static str],
    /// What it leaves on the stack, bottom first.
    pub after: &'static [&'static str],
    /// What a real unpickler would do there.
    pub reach: Reach,
    /// A sentence of help.
    pub doc: &'static str,
}

// opcodes! { /// Doc. NAME = code, proto, Arg, [before] -> [after], Reach; ... } makes
//   enum Op { #[doc = "Doc."] NAME = code, ... }                 (an opcode is its byte)
//   static TABLE: [OpInfo; 68] = [OpInfo { op: Op::NAME, name: "NAME", .. }, ..]
//   Op::from_code, Op::info, both by an index made at compile time.
macro_rules! opcodes {
    ($(#[doc = $doc:literal] $name:ident = $code:expr, $proto:literal, $arg:ident,
       [$($before:literal),*] -> [$($after:literal),*], $reach:ident;)*) => {
        /// An opcode of protocols 0 to 5; its value is its byte.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(non_camel_case_types, reason = "the names are those of pickletools")]
        pub enum Op { $(#[doc = $doc] $name = $code,)* }

        /// The table, in the order of the reference.
        pub static TABLE: &[OpInfo] = &[$(OpInfo {
            op: Op::$name, name: stringify!($name), code: $code, proto: $proto, arg: ArgKind::$arg,
            before: &[$($before),*], after: &[$($after),*], reach: Reach::$reach, doc: trim($doc),
        },)*];

        #[expect(clippy::indexing_slicing, reason = "a u8 always indexes a table of 256; checked at compile time")]
        const BY_CODE: [Option<Op>; 256] = {
            let mut by_code = [None; 256];
            $(by_code[$code as usize] = Some(Op::$name);)*
            by_code
        };

        #[expect(clippy::indexing_slicing, reason = "a u8 always indexes a table of 256; checked at compile time")]
        const PROTOCOL: [u8; 256] = {
            let mut protocol = [0; 256];
            $(protocol[$code as usize] = $proto;)*
            protocol
        };

        #[expect(clippy::indexing_slicing, reason = "a u8 always indexes a table of 256; checked at compile time")]
        const ARG: [ArgKind; 256] = {
            let mut arg = [ArgKind::None; 256];
            $(arg[$code as usize] = ArgKind::$arg;)*
            arg
        };
    };
}

const fn trim(doc: &'static str) -> &'static str {
    match doc.as_bytes() {
        [b' ', ..] => doc.split_at(1).1,
        _ => doc,
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "68 rows, 256 codes; checked at compile time"
)]
const ROW: [u8; 256] = {
    let mut row = [0u8; 256];
    let mut i = 0;
    while i < TABLE.len() {
        row[TABLE[i].code as usize] = i as u8;
        i += 1;
    }
    row
};

#[expect(clippy::indexing_slicing, reason = "a u8 always indexes a table of 256, and ROW holds rows of TABLE only")]
impl Op {
    /// The opcode of a byte, if it is one.
    #[inline]
    pub fn from_code(code: u8) -> Option<Self> {
        BY_CODE[code as usize]
    }

    /// How its argument is written.
    #[inline]
    pub fn arg_kind(self) -> ArgKind {
        ARG[self as usize]
    }

    /// The protocol that introduced it.
    #[inline]
    pub const fn protocol(self) -> u8 {
        PROTOCOL[self as usize]
    }

    /// Its row of the table.
    pub fn info(self) -> &'static OpInfo {
        &TABLE[ROW[self as usize] as usize]
    }

    /// Its name, as pickletools has it.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

opcodes! {
    /// Says which protocol version the pickle uses. Advisory: readers accept any opcode afterwards, but dotted names are walked only from protocol 4 on, and Python 2 module names are translated only below 3.
    PROTO = 0x80, 2, U1, [] -> [], Data;
    /// Announces how many bytes of opcodes follow, so that a reader can fetch them at once. It bounds nothing.
    FRAME = 0x95, 4, U8, [] -> [], Data;
    /// End of the pickle. The top of the stack is the result; bytes behind it are not read.
    STOP = b'.', 0, None, ["any"] -> [], Data;
    /// Marks a place on the stack, for opcodes that take everything above it.
    MARK = b'(', 0, None, [] -> ["mark"], Data;
    /// Throws away the top of the stack. What a call did before stays done.
    POP = b'0', 0, None, ["any"] -> [], Data;
    /// Throws away everything above the topmost mark, and the mark.
    POP_MARK = b'1', 1, None, ["mark", "items"] -> [], Data;
    /// Pushes the top of the stack a second time: the same object, not a copy.
    DUP = b'2', 0, None, ["any"] -> ["any", "any"], Data;
    /// Stores the top of the stack in the memo, under a decimal index.
    PUT = b'p', 0, Index, ["any"] -> ["any"], Data;
    /// Stores the top of the stack in the memo, under a one-byte index.
    BINPUT = b'q', 1, U1, ["any"] -> ["any"], Data;
    /// Stores the top of the stack in the memo, under a four-byte index.
    LONG_BINPUT = b'r', 1, U4, ["any"] -> ["any"], Data;
    /// Stores the top of the stack in the memo, under the next free index.
    MEMOIZE = 0x94, 4, None, ["any"] -> ["any"], Data;
    /// Pushes the object that was stored in the memo under a decimal index.
    GET = b'g', 0, Index, [] -> ["any"], Data;
    /// Pushes the object that was stored in the memo under a one-byte index.
    BINGET = b'h', 1, U1, [] -> ["any"], Data;
    /// Pushes the object that was stored in the memo under a four-byte index.
    LONG_BINGET = b'j', 1, U4, [] -> ["any"], Data;
    /// Pushes None.
    NONE = b'N', 0, None, [] -> ["None"], Data;
    /// Pushes True.
    NEWTRUE = 0x88, 2, None, [] -> ["bool"], Data;
    /// Pushes False.
    NEWFALSE = 0x89, 2, None, [] -> ["bool"], Data;
    /// Pushes an integer written in decimal; 00 and 01 mean False and True.
    INT = b'I', 0, Decimal, [] -> ["int_or_bool"], Data;
    /// Pushes a four-byte signed integer.
    BININT = b'J', 1, I4, [] -> ["int"], Data;
    /// Pushes a one-byte unsigned integer.
    BININT1 = b'K', 1, U1, [] -> ["int"], Data;
    /// Pushes a two-byte unsigned integer.
    BININT2 = b'M', 1, U2, [] -> ["int"], Data;
    /// Pushes an integer of any size written in decimal.
    LONG = b'L', 0, DecimalLong, [] -> ["int"], Data;
    /// Pushes an integer of up to 255 bytes, little-endian two's complement.
    LONG1 = 0x8a, 2, Long1, [] -> ["int"], Data;
    /// Pushes an integer of any size, little-endian two's complement.
    LONG4 = 0x8b, 2, Long4, [] -> ["int"], Data;
    /// Pushes a float written in decimal.
    FLOAT = b'F', 0, FloatLine, [] -> ["float"], Data;
    /// Pushes an eight-byte float, big-endian.
    BINFLOAT = b'G', 1, F8, [] -> ["float"], Data;
    /// Pushes a Python 2 string, quoted and escaped.
    STRING = b'S', 0, QuotedLine, [] -> ["bytes_or_str"], Data;
    /// Pushes a Python 2 string with a four-byte length.
    BINSTRING = b'T', 1, Str4, [] -> ["bytes_or_str"], Data;
    /// Pushes a Python 2 string of up to 255 bytes.
    SHORT_BINSTRING = b'U', 1, Str1, [] -> ["bytes_or_str"], Data;
    /// Pushes a text, raw-unicode-escape encoded.
    UNICODE = b'V', 0, EscapedLine, [] -> ["str"], Data;
    /// Pushes a text, UTF-8 with a four-byte length.
    BINUNICODE = b'X', 1, Text4, [] -> ["str"], Data;
    /// Pushes a text of up to 255 UTF-8 bytes.
    SHORT_BINUNICODE = 0x8c, 4, Text1, [] -> ["str"], Data;
    /// Pushes a text, UTF-8 with an eight-byte length.
    BINUNICODE8 = 0x8d, 4, Text8, [] -> ["str"], Data;
    /// Pushes bytes with a four-byte length.
    BINBYTES = b'B', 3, Bytes4, [] -> ["bytes"], Data;
    /// Pushes up to 255 bytes.
    SHORT_BINBYTES = b'C', 3, Bytes1, [] -> ["bytes"], Data;
    /// Pushes bytes with an eight-byte length.
    BINBYTES8 = 0x8e, 4, Bytes8, [] -> ["bytes"], Data;
    /// Pushes a bytearray with an eight-byte length.
    BYTEARRAY8 = 0x96, 5, Bytes8, [] -> ["bytearray"], Data;
    /// Pushes the next buffer that the application hands in beside the pickle.
    NEXT_BUFFER = 0x97, 5, None, [] -> ["buffer"], Data;
    /// Makes the buffer on the top of the stack read-only.
    READONLY_BUFFER = 0x98, 5, None, ["buffer"] -> ["buffer"], Data;
    /// Pushes an empty list.
    EMPTY_LIST = b']', 1, None, [] -> ["list"], Data;
    /// Makes a list of everything above the topmost mark.
    LIST = b'l', 0, None, ["mark", "items"] -> ["list"], Data;
    /// Appends one object to the list below it. On anything but a list it calls that object's append.
    APPEND = b'a', 0, None, ["list", "any"] -> ["list"], Data;
    /// Appends everything above the topmost mark to the list below it. On anything but a list it calls extend or append.
    APPENDS = b'e', 1, None, ["list", "mark", "items"] -> ["list"], Data;
    /// Pushes an empty tuple.
    EMPTY_TUPLE = b')', 1, None, [] -> ["tuple"], Data;
    /// Makes a tuple of everything above the topmost mark.
    TUPLE = b't', 0, None, ["mark", "items"] -> ["tuple"], Data;
    /// Makes a tuple of one object.
    TUPLE1 = 0x85, 2, None, ["any"] -> ["tuple"], Data;
    /// Makes a tuple of two objects.
    TUPLE2 = 0x86, 2, None, ["any", "any"] -> ["tuple"], Data;
    /// Makes a tuple of three objects.
    TUPLE3 = 0x87, 2, None, ["any", "any", "any"] -> ["tuple"], Data;
    /// Pushes an empty dict.
    EMPTY_DICT = b'}', 1, None, [] -> ["dict"], Data;
    /// Makes a dict of the keys and values above the topmost mark.
    DICT = b'd', 0, None, ["mark", "items"] -> ["dict"], Data;
    /// Sets one key of the dict below. On anything but a dict it calls that object's __setitem__.
    SETITEM = b's', 0, None, ["dict", "any", "any"] -> ["dict"], Data;
    /// Sets the keys and values above the topmost mark in the dict below it. On anything but a dict it calls __setitem__.
    SETITEMS = b'u', 1, None, ["dict", "mark", "items"] -> ["dict"], Data;
    /// Pushes an empty set.
    EMPTY_SET = 0x8f, 4, None, [] -> ["set"], Data;
    /// Adds everything above the topmost mark to the set below it. On anything but a set it calls that object's add.
    ADDITEMS = 0x90, 4, None, ["set", "mark", "items"] -> ["set"], Data;
    /// Makes a frozenset of everything above the topmost mark.
    FROZENSET = 0x91, 4, None, ["mark", "items"] -> ["frozenset"], Data;
    /// Imports a module and pushes one of its attributes. The import alone already runs the module's code.
    GLOBAL = b'c', 0, Pair, [] -> ["any"], Imports;
    /// Imports the module and pushes the attribute whose names are on the stack. The import alone already runs the module's code.
    STACK_GLOBAL = 0x93, 4, None, ["str", "str"] -> ["any"], Imports;
    /// Pushes what the copyreg extension registry holds under a one-byte code.
    EXT1 = 0x82, 2, U1, [] -> ["any"], Imports;
    /// Pushes what the copyreg extension registry holds under a two-byte code.
    EXT2 = 0x83, 2, U2, [] -> ["any"], Imports;
    /// Pushes what the copyreg extension registry holds under a four-byte code.
    EXT4 = 0x84, 2, I4, [] -> ["any"], Imports;
    /// Calls the callable with the arguments in the tuple above it, and pushes the result.
    REDUCE = b'R', 0, None, ["callable", "tuple"] -> ["any"], Calls;
    /// Gives the object below its state: calls __setstate__ if the object has it, else updates its attributes.
    BUILD = b'b', 0, None, ["any", "state"] -> ["any"], Calls;
    /// Imports a class and calls it with everything above the topmost mark.
    INST = b'i', 0, Pair, ["mark", "items"] -> ["any"], Calls;
    /// Calls the class above the topmost mark with the objects above it.
    OBJ = b'o', 1, None, ["mark", "callable", "items"] -> ["any"], Calls;
    /// Makes an object by class.__new__ with the arguments above it; __init__ is not called.
    NEWOBJ = 0x81, 2, None, ["class", "tuple"] -> ["any"], Calls;
    /// Makes an object by class.__new__ with arguments and keyword arguments; __init__ is not called.
    NEWOBJ_EX = 0x92, 4, None, ["class", "tuple", "dict"] -> ["any"], Calls;
    /// Asks the application for the object with this persistent id (a line of text).
    PERSID = b'P', 0, Line, [] -> ["any"], Data;
    /// Asks the application for the object whose persistent id is on the stack.
    BINPERSID = b'Q', 1, None, ["id"] -> ["any"], Data;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_all_68_opcodes_once() {
        assert_eq!(TABLE.len(), 68);
        for code in 0..=255u8 {
            let rows: Vec<_> = TABLE.iter().filter(|row| row.code == code).collect();
            match Op::from_code(code) {
                Some(op) => {
                    assert_eq!(rows.len(), 1, "{}", op.name());
                    assert_eq!(op as u8, code);
                    assert_eq!(op.info().code, code);
                    assert_eq!(op.info().arg, op.arg_kind());
                }
                None => assert!(rows.is_empty()),
            }
        }
        let mut names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 68);
        assert!(TABLE.iter().all(|row| row.proto <= 5 && row.doc.ends_with('.')));
    }
}
