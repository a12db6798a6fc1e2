//! Python's bytecode, listed and never run: opcode tables of six versions, and which of them a piece of code is from.
//!
//! The tables are written by `tests/python/make_opcodes.py`, run by the versions themselves; it says what the letters mean.

/// A version of Python whose bytecode is known.
#[derive(Debug)]
pub struct Version {
    /// `3.11`
    pub name: &'static str,
    /// Minor version.
    minor: u8,
    table: &'static str,
}

/// The versions, oldest first.
pub const VERSIONS: &[Version] = &[
    Version { name: "3.8", minor: 8, table: include_str!("bytecode/3.8.txt") },
    Version { name: "3.9", minor: 9, table: include_str!("bytecode/3.9.txt") },
    Version { name: "3.10", minor: 10, table: include_str!("bytecode/3.10.txt") },
    Version { name: "3.11", minor: 11, table: include_str!("bytecode/3.11.txt") },
    Version { name: "3.12", minor: 12, table: include_str!("bytecode/3.12.txt") },
    Version { name: "3.13", minor: 13, table: include_str!("bytecode/3.13.txt") },
];

/// What the argument of an opcode means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// It has none.
    None,
    /// A number.
    Number,
    /// A constant.
    Const(usize),
    /// A global name or an attribute.
    Name(usize),
    /// A local variable.
    Local(usize),
    /// Two local variables.
    Locals(usize, usize),
    /// A cell or free variable.
    Free(usize),
    /// A comparison: its number, and whether the result becomes a bool.
    Compare(usize, bool),
    /// A jump to an offset.
    Jump(u64),
    /// A binary operator.
    Operator(usize),
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its offset in the bytecode.
    pub offset: u64,
    /// Its name.
    pub name: &'static str,
    /// Its argument.
    pub arg: Option<u64>,
    /// What the argument means.
    pub operand: Operand,
    /// Another one jumps here.
    pub target: bool,
}

/// How many constants, names and variables there are: what arguments may point at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Constants.
    pub consts: usize,
    /// Names.
    pub names: usize,
    /// Local variables; from 3.11 on, cells and free variables behind them.
    pub locals: usize,
    /// Cells and free variables.
    pub free: usize,
}

struct Row {
    name: &'static str,
    kind: u8,
    caches: usize,
}

impl Version {
    /// True from this version on.
    fn since(&self, minor: u8) -> bool {
        self.minor >= minor
    }

    /// True if its code objects have this many arguments: 16 up to 3.10, 18 from 3.11 on.
    pub fn has_arguments(&self, n: usize) -> bool {
        n == if self.since(11) { 18 } else { 16 }
    }

    /// True if locals, cells and free variables are counted through.
    pub fn counts_through(&self) -> bool {
        self.since(11)
    }

    /// The words of a comparison.
    pub fn comparison(&self, i: usize) -> Option<&'static str> {
        const WORDS: &[&str] =
            &["<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not", "exception match", "BAD"];
        WORDS.get(i).filter(|_| i < 6 || !self.since(9)).copied()
    }

    fn rows(&self) -> Vec<Option<Row>> {
        let mut all: Vec<Option<Row>> = (0..=255).map(|_| None).collect();
        for line in self.table.lines() {
            let mut words = line.split(' ');
            let (Some(number), Some(name), Some(kind), Some(caches)) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                continue;
            };
            let row = Row { name, kind: kind.bytes().next().unwrap_or(b'.'), caches: caches.parse().unwrap_or(0) };
            if let Some(slot) = number.parse().ok().and_then(|i: usize| all.get_mut(i)) {
                *slot = Some(row);
            }
        }
        all
    }

    /// The instructions of `code` if it can be of this version: every opcode is known, every argument points at
    /// something, every jump leads to an instruction, every cache is empty.
    pub fn list(&self, code: &[u8], counts: Counts) -> Option<Vec<Instruction>> {
        let rows = self.rows();
        let mut all = Vec::new();
        let (mut extended, mut at) = (0u64, 0usize);
        let mut resumes = false;
        while let Some([op, low, ..]) = code.get(at..) {
            let row = rows.get(usize::from(*op))?.as_ref().filter(|row| row.name != "CACHE")?;
            let arg = (row.kind != b'.').then_some(extended | u64::from(*low));
            extended = if row.name == "EXTENDED_ARG" { arg? << 8 & 0xffff_ff00 } else { 0 };
            let caches = code.get(at + 2..at + 2 + 2 * row.caches)?;
            if caches.iter().any(|byte| *byte != 0) {
                return None;
            }
            resumes |= row.name == "RESUME";
            let next = at + 2;
            if row.name != "EXTENDED_ARG" {
                let operand = self.operand(row, arg, next)?;
                if !fits(operand, counts, code.len(), self.counts_through()) {
                    return None;
                }
                all.push(Instruction { offset: at as u64, name: row.name, arg, operand, target: false });
            }
            at = next + caches.len();
        }
        // An odd byte is left, or what every function of 3.11 and later has is missing.
        if at != code.len() || all.is_empty() || (self.since(11) && !resumes) {
            return None;
        }
        self.mark_targets(code, &mut all)?;
        Some(all)
    }

    fn mark_targets(&self, code: &[u8], all: &mut [Instruction]) -> Option<()> {
        let targets: Vec<u64> =
            all.iter().filter_map(|one| if let Operand::Jump(to) = one.operand { Some(to) } else { None }).collect();
        for to in targets {
            if to == code.len() as u64 {
                continue;
            }
            // A jump may lead to the EXTENDED_ARG before its instruction.
            let i = all.partition_point(|one| one.offset < to);
            let found = all.get_mut(i).filter(|one| one.offset - to <= 6 && (one.offset - to).is_multiple_of(2))?;
            found.target = true;
        }
        Some(())
    }

    fn operand(&self, row: &Row, arg: Option<u64>, next: usize) -> Option<Operand> {
        let Some(arg) = arg else { return Some(Operand::None) };
        let index = usize::try_from(arg).ok()?;
        let next = next as u64;
        // Jumps count instructions from 3.10 on, bytes before.
        let unit = if self.since(10) { 2 } else { 1 };
        // And from behind the caches from 3.12 on.
        let behind = if self.since(12) { next + 2 * row.caches as u64 } else { next };
        Some(match row.kind {
            b'c' => Operand::Const(index),
            b'n' => Operand::Name(index),
            b'g' => Operand::Name(index >> 1),
            b's' => Operand::Name(index >> 2),
            b'l' => Operand::Local(index),
            b'd' => Operand::Locals(index >> 4, index & 15),
            b'f' => Operand::Free(index),
            b'm' if self.since(13) => Operand::Compare(index >> 5, index & 16 != 0),
            b'm' if self.since(12) => Operand::Compare(index >> 4, false),
            b'm' => Operand::Compare(index, false),
            b'j' => Operand::Jump(behind.checked_add(arg.checked_mul(unit)?)?),
            b'b' => Operand::Jump(behind.checked_sub(arg.checked_mul(unit)?)?),
            b'a' => Operand::Jump(arg.checked_mul(unit)?),
            b'o' => Operand::Operator(index),
            _ => Operand::Number,
        })
    }
}

fn fits(operand: Operand, counts: Counts, len: usize, through: bool) -> bool {
    match operand {
        Operand::None | Operand::Number => true,
        Operand::Const(i) => i < counts.consts,
        Operand::Name(i) => i < counts.names,
        Operand::Local(i) => i < counts.locals,
        Operand::Locals(i, j) => i < counts.locals && j < counts.locals,
        Operand::Free(i) => i < if through { counts.locals } else { counts.free },
        Operand::Compare(i, _) => i < 12,
        Operand::Jump(to) => to <= len as u64,
        Operand::Operator(i) => i < OPERATORS.len(),
    }
}

/// The operators of BINARY_OP by number.
pub const OPERATORS: &[&str] = &[
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^", "+=", "&=", "//=", "<<=", "@=", "*=", "%=",
    "|=", "**=", ">>=", "-=", "/=", "^=",
];
