//! An opcode's argument in words.

use crate::pickle::Arg;
use crate::view::escape;

/// Python's notation, cut.
pub fn arg_text(arg: &Arg) -> String {
    match arg {
        Arg::None => String::new(),
        Arg::Int(i) => i.to_string(),
        Arg::BigInt(i) if i.bits() > 1024 => format!("an integer of {} bits", i.bits()),
        Arg::BigInt(i) => i.to_string(),
        Arg::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
        Arg::Float(f) => crate::pickle::text::float_repr(*f),
        Arg::Text(text) => escape::text_repr(text, true, 120),
        Arg::Bytes(bytes) => escape::bytes_repr(bytes, true, 40),
        Arg::Pair(module, name) => {
            let text = |raw: &[u8]| escape::plain(&String::from_utf8_lossy(raw));
            format!("{} {}", text(module), text(name))
        }
        Arg::Long { is_text: true, len, .. } => format!("str of {len} bytes"),
        Arg::Long { is_text: false, len, .. } => format!("bytes of {len} bytes"),
        Arg::Bad(line) => escape::bytes_repr(line, true, 40),
    }
}
