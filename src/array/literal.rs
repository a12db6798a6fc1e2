//! The tiny literal grammar of npy headers: strings, integers, booleans, None, tuples, lists and one dict. Never eval.

use super::dtype::MAX_DEPTH;

/// A Python literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// None.
    None,
    /// True or False.
    Bool(bool),
    /// An integer, with or without Python 2's `L`.
    Int(i128),
    /// A string.
    Text(String),
    /// A tuple.
    Tuple(Vec<Literal>),
    /// A list.
    List(Vec<Literal>),
    /// A dict with string keys.
    Dict(Vec<(String, Literal)>),
}

impl Literal {
    /// Parses one literal at the beginning of `text` and gives what follows it; None if it is not one.
    pub fn parse(text: &[u8]) -> Option<(Self, &[u8])> {
        parse(text, 0)
    }

    /// The value of a key of a dict.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dict(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

fn parse(text: &[u8], depth: usize) -> Option<(Literal, &[u8])> {
    // The depth is capped, so this recursion is bounded.
    if depth > 2 * MAX_DEPTH {
        return None;
    }
    let text = text.trim_ascii_start();
    match text {
        [b'(', rest @ ..] => {
            let (items, rest) = items(rest, b')', depth)?;
            Some((Literal::Tuple(items), rest))
        }
        [b'[', rest @ ..] => {
            let (items, rest) = items(rest, b']', depth)?;
            Some((Literal::List(items), rest))
        }
        [b'{', rest @ ..] => dict(rest, depth),
        [b'u' | b'b', b'\'' | b'"', ..] => string(text.get(1..)?),
        [b'\'' | b'"', ..] => string(text),
        [b'-' | b'0'..=b'9', ..] => {
            let end = text.iter().skip(1).position(|b| !b.is_ascii_digit()).map_or(text.len(), |n| n + 1);
            let (digits, rest) = text.split_at(end);
            let value = std::str::from_utf8(digits).ok()?.parse().ok()?;
            Some((Literal::Int(value), rest.strip_prefix(b"L").unwrap_or(rest)))
        }
        _ => [("True", Literal::Bool(true)), ("False", Literal::Bool(false)), ("None", Literal::None)]
            .into_iter()
            .find_map(|(word, value)| Some((value, text.strip_prefix(word.as_bytes())?))),
    }
}

fn items(mut text: &[u8], close: u8, depth: usize) -> Option<(Vec<Literal>, &[u8])> {
    let mut all = Vec::new();
    loop {
        text = text.trim_ascii_start();
        if let [first, rest @ ..] = text
            && *first == close
        {
            return Some((all, rest));
        }
        let (item, rest) = parse(text, depth + 1)?;
        all.push(item);
        text = rest.trim_ascii_start();
        match text {
            [b',', rest @ ..] => text = rest,
            [first, ..] if *first == close => {}
            _ => return None,
        }
    }
}

fn dict(mut text: &[u8], depth: usize) -> Option<(Literal, &[u8])> {
    let mut pairs = Vec::new();
    loop {
        text = text.trim_ascii_start();
        if let [b'}', rest @ ..] = text {
            return Some((Literal::Dict(pairs), rest));
        }
        let (Literal::Text(key), rest) = parse(text, depth + 1)? else { return None };
        let (value, rest) = parse(rest.trim_ascii_start().strip_prefix(b":")?, depth + 1)?;
        pairs.push((key, value));
        text = rest.trim_ascii_start();
        match text {
            [b',', rest @ ..] => text = rest,
            [b'}', ..] => {}
            _ => return None,
        }
    }
}

fn string(text: &[u8]) -> Option<(Literal, &[u8])> {
    let (quote, mut rest) = text.split_first()?;
    let mut out = Vec::new();
    loop {
        let (first, after) = rest.split_first()?;
        rest = after;
        match first {
            b'\\' => {
                let (code, after) = rest.split_first()?;
                rest = after;
                match code {
                    b'n' => out.push(b'\n'),
                    b't' => out.push(b'\t'),
                    b'r' => out.push(b'\r'),
                    b'x' => {
                        let (digits, after) = rest.split_at_checked(2)?;
                        let code = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                        out.extend(char::from(code).encode_utf8(&mut [0; 4]).bytes());
                        rest = after;
                    }
                    b'u' => {
                        let (digits, after) = rest.split_at_checked(4)?;
                        let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                        out.extend(char::from_u32(code)?.encode_utf8(&mut [0; 4]).bytes());
                        rest = after;
                    }
                    other => out.push(*other),
                }
            }
            b if b == quote => break,
            b => out.push(*b),
        }
    }
    // Versions 1 and 2 are Latin-1, version 3 is UTF-8.
    let text = String::from_utf8(out).unwrap_or_else(|e| e.into_bytes().iter().map(|b| char::from(*b)).collect());
    Some((Literal::Text(text), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_python_2_and_of_3() {
        let (dict, rest) = Literal::parse(b"{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 4), }  \n").unwrap();
        assert_eq!(dict.get("shape"), Some(&Literal::Tuple(vec![Literal::Int(3), Literal::Int(4)])));
        assert_eq!(dict.get("fortran_order"), Some(&Literal::Bool(false)));
        assert_eq!(rest.trim_ascii(), b"");
    }

    #[test]
    fn expressions_and_towers_are_refused() {
        assert_eq!(Literal::parse(b"__import__('os')"), None);
        assert_eq!(Literal::parse(b"(1, 2"), None);
        assert_eq!(Literal::parse(b"(1 2)"), None);
        assert_eq!(Literal::parse(&b"(".repeat(100_000)), None);
    }
}
