//! Element types: NumPy's, with those of PyTorch and safetensors that NumPy lacks.

use std::fmt::Write as _;

use super::literal::Literal;

/// Deepest nesting of structured dtypes that is understood. NumPy's own limit is the C stack; real files have 2.
pub const MAX_DEPTH: usize = 16;
/// Most fields of one structured dtype that are understood.
const MAX_FIELDS: usize = 10_000;

/// Unit and count of datetime64 and timedelta64, e.g. `25us`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeUnit {
    /// `Y M W D h m s ms us ns ps fs as`, or `generic`.
    pub unit: Box<str>,
    /// Multiple of the unit.
    pub count: u64,
}

/// The eight-bit floats of PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float8 {
    /// Bias 7, no infinity.
    E4M3Fn,
    /// Bias 8, no infinity, no negative zero.
    E4M3Fnuz,
    /// As IEEE.
    E5M2,
    /// Bias 16, no infinity, no negative zero.
    E5M2Fnuz,
    /// A power of two.
    E8M0Fnu,
}

/// A field of a structured dtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Box<str>,
    /// The other name that NumPy lets it have, usually words for people.
    pub title: Option<Box<str>>,
    /// Its type.
    pub dtype: Dtype,
    /// Its offset in the record, in bytes.
    pub offset: u64,
}

/// What an element is. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// One byte, 0 or 1.
    Bool,
    /// 1, 2, 4 or 8 bytes.
    Int,
    /// 1, 2, 4 or 8 bytes.
    Uint,
    /// 2, 4, 8 bytes; 12 or 16 for x86's long double.
    Float,
    /// Two floats of half the size.
    Complex,
    /// 8-bit characters, NUL-padded.
    Bytes,
    /// UCS-4 characters, NUL-padded.
    Str,
    /// Opaque bytes.
    Void,
    /// datetime64.
    Datetime(TimeUnit),
    /// timedelta64.
    Timedelta(TimeUnit),
    /// A Python object; the elements are nodes of the graph.
    Object,
    /// The top half of a float32.
    BFloat16,
    /// Eight-bit floats.
    Float8(Float8),
    /// A record.
    Struct(Vec<Field>),
    /// A fixed array in a record.
    Sub(Box<Dtype>, Vec<u64>),
    /// A dtype that is an object of its own (NumPy 2's StringDType): its class.
    Opaque(Box<str>),
}

/// An element type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtype {
    /// What an element is.
    pub scalar: Scalar,
    /// Its size in bytes.
    pub size: u64,
    /// Stored big-endian.
    pub big: bool,
    /// The name of another library for it, shown instead of NumPy's.
    pub name: Option<&'static str>,
}

impl Dtype {
    fn plain(scalar: Scalar, size: u64) -> Self {
        Self { scalar, size, big: false, name: None }
    }

    /// NumPy's text: `<f8`, `|b1`, `U5` (no order: little), `M8[ns]`, `O`. None if it is not understood.
    pub fn parse(text: &str) -> Option<Self> {
        let (big, code) = match text.as_bytes() {
            [b'>', ..] => (true, text.get(1..)?),
            [b'<' | b'|' | b'=', ..] => (false, text.get(1..)?),
            _ => (false, text),
        };
        let mut chars = code.chars();
        let kind = chars.next()?;
        let rest = chars.as_str();
        if matches!(kind, 'M' | 'm') {
            let unit = match rest.strip_prefix('8')? {
                "" => TimeUnit { unit: "generic".into(), count: 1 },
                bracketed => time_unit(bracketed.strip_prefix('[')?.strip_suffix(']')?)?,
            };
            let scalar = if kind == 'M' { Scalar::Datetime(unit) } else { Scalar::Timedelta(unit) };
            return Some(Self { big, ..Self::plain(scalar, 8) });
        }
        // Names and old one-letter codes occur as arguments of numpy.dtype().
        let (kind, size) = match code {
            "?" | "bool" => ('b', 1),
            "b" => ('i', 1),
            "B" => ('u', 1),
            "O" | "object" => ('O', 8),
            "S" | "U" | "V" => (kind, 0),
            _ => (kind, rest.parse::<u64>().ok()?),
        };
        let scalar = match (kind, size) {
            ('b', 1) => Scalar::Bool,
            ('i', 1 | 2 | 4 | 8) => Scalar::Int,
            ('u', 1 | 2 | 4 | 8) => Scalar::Uint,
            ('f', 2 | 4 | 8 | 12 | 16) => Scalar::Float,
            ('c', 8 | 16 | 24 | 32) => Scalar::Complex,
            ('S' | 'a', _) => Scalar::Bytes,
            ('U', _) => return Some(Self { big, ..Self::plain(Scalar::Str, size.checked_mul(4)?) }),
            ('V', _) => Scalar::Void,
            ('O', _) => Scalar::Object,
            _ => return None,
        };
        let size = if scalar == Scalar::Object { 8 } else { size };
        Some(Self { big: big && size > 1, ..Self::plain(scalar, size) })
    }

    /// The `descr` of an npy header: a text, or a list of `(name, descr[, shape])`.
    pub fn from_descr(descr: &Literal) -> Option<Self> {
        Self::descr_at(descr, 0)
    }

    fn descr_at(descr: &Literal, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let Literal::List(items) = descr else {
            return match descr {
                Literal::Text(text) => Self::parse(text),
                // (descr, shape): a sub-array at the top.
                Literal::Tuple(pair) => match pair.as_slice() {
                    [base, Literal::Tuple(shape)] => Self::array_of(Self::descr_at(base, depth + 1)?, sizes(shape)?),
                    _ => None,
                },
                _ => None,
            };
        };
        if items.len() > MAX_FIELDS {
            return None;
        }
        let (mut fields, mut offset) = (Vec::new(), 0u64);
        for item in items {
            let Literal::Tuple(parts) = item else { return None };
            let (name, descr, shape) = match parts.as_slice() {
                [name, descr] => (name, descr, None),
                [name, descr, Literal::Tuple(shape)] => (name, descr, Some(sizes(shape)?)),
                [name, descr, Literal::Int(n)] => (name, descr, Some(vec![u64::try_from(*n).ok()?])),
                _ => return None,
            };
            let (title, name) = match name {
                Literal::Text(name) => (None, name.as_str()),
                Literal::Tuple(pair) => match pair.as_slice() {
                    [Literal::Text(title), Literal::Text(name)] => (Some(title.as_str().into()), name.as_str()),
                    [_, Literal::Text(name)] => (None, name.as_str()),
                    _ => return None,
                },
                _ => return None,
            };
            let mut dtype = Self::descr_at(descr, depth + 1)?;
            if let Some(shape) = shape {
                dtype = Self::array_of(dtype, shape)?;
            }
            let size = dtype.size;
            // Padding is written as a field without a name.
            if !(name.is_empty() && dtype.scalar == Scalar::Void) {
                fields.push(Field { name: name.into(), title, dtype, offset });
            }
            offset = offset.checked_add(size)?;
        }
        Some(Self::plain(Scalar::Struct(fields), offset))
    }

    /// A record of `size` bytes. None if a field lies outside.
    pub fn record(fields: Vec<Field>, size: u64) -> Option<Self> {
        let inside = |field: &Field| field.offset.checked_add(field.dtype.size).is_some_and(|end| end <= size);
        (fields.len() <= MAX_FIELDS && fields.iter().all(inside) && fields.iter().all(|f| f.dtype.depth() < MAX_DEPTH))
            .then(|| Self::plain(Scalar::Struct(fields), size))
    }

    /// A fixed array of `base`.
    pub fn array_of(base: Self, shape: Vec<u64>) -> Option<Self> {
        let size = super::layout::count(&shape)?.checked_mul(base.size)?;
        (base.depth() < MAX_DEPTH).then(|| Self::plain(Scalar::Sub(Box::new(base), shape), size))
    }

    /// A dtype that is an object of its own.
    pub fn opaque(class: &str) -> Self {
        Self::plain(Scalar::Opaque(class.into()), 0)
    }

    /// The same with another byte order: `<`, `>`, `=` or `|`.
    pub fn with_order(mut self, order: &str) -> Self {
        self.big = order == ">" && self.size > 1;
        self
    }

    /// The same datetime type with this unit.
    pub fn with_unit(mut self, unit: &str, count: u64) -> Self {
        let unit = TimeUnit { unit: unit.into(), count };
        self.scalar = match self.scalar {
            Scalar::Datetime(_) => Scalar::Datetime(unit),
            Scalar::Timedelta(_) => Scalar::Timedelta(unit),
            other => other,
        };
        self
    }

    /// The fields of a record that have a title, those of records inside as `outer.inner`.
    pub fn titles(&self) -> Vec<(String, &str)> {
        // The depth of a dtype is capped, so this recursion is bounded.
        match &self.scalar {
            Scalar::Sub(base, _) => base.titles(),
            Scalar::Struct(fields) => {
                let mut all = Vec::new();
                for field in fields {
                    all.extend(field.title.as_deref().map(|title| (field.name.to_string(), title)));
                    let inner = field.dtype.titles().into_iter();
                    all.extend(inner.map(|(name, title)| (format!("{}.{name}", field.name), title)));
                }
                all
            }
            _ => Vec::new(),
        }
    }

    /// Nesting of records and sub-arrays: 0 for a plain type.
    pub fn depth(&self) -> usize {
        // Every constructor refuses to nest deeper than MAX_DEPTH, so this recursion is bounded.
        match &self.scalar {
            Scalar::Struct(fields) => 1 + fields.iter().map(|f| f.dtype.depth()).max().unwrap_or(0),
            Scalar::Sub(base, _) => 1 + base.depth(),
            _ => 0,
        }
    }

    /// True if elements are, or hold, Python objects.
    pub fn has_objects(&self) -> bool {
        match &self.scalar {
            Scalar::Object => true,
            Scalar::Struct(fields) => fields.iter().any(|f| f.dtype.has_objects()),
            Scalar::Sub(base, _) => base.has_objects(),
            _ => false,
        }
    }

    /// The exact text: NumPy's (`<f8`), JSON of fields for a record, the other library's name if it has one.
    pub fn text(&self) -> String {
        if let Some(name) = self.name {
            return name.to_owned();
        }
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    fn write(&self, out: &mut String, top: bool) {
        let order = if self.big { '>' } else { '<' };
        let quote = if top { "" } else { "\"" };
        let mut code = |text: String| out.push_str(&format!("{quote}{text}{quote}"));
        match &self.scalar {
            Scalar::Bool => code("|b1".to_owned()),
            Scalar::Int if self.size == 1 => code("|i1".to_owned()),
            Scalar::Uint if self.size == 1 => code("|u1".to_owned()),
            Scalar::Int => code(format!("{order}i{}", self.size)),
            Scalar::Uint => code(format!("{order}u{}", self.size)),
            Scalar::Float => code(format!("{order}f{}", self.size)),
            Scalar::Complex => code(format!("{order}c{}", self.size)),
            Scalar::Bytes => code(format!("|S{}", self.size)),
            Scalar::Str => code(format!("{order}U{}", self.size / 4)),
            Scalar::Void => code(format!("|V{}", self.size)),
            Scalar::Object => code("|O".to_owned()),
            Scalar::Datetime(unit) => code(format!("{order}M8{}", unit.bracketed())),
            Scalar::Timedelta(unit) => code(format!("{order}m8{}", unit.bracketed())),
            Scalar::BFloat16 => code("bfloat16".to_owned()),
            Scalar::Float8(kind) => code(kind.name().to_owned()),
            Scalar::Opaque(class) => code(class.to_string()),
            Scalar::Struct(fields) => {
                out.push_str("{\"fields\": [");
                for (i, field) in fields.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    let _ = write!(out, "{comma}[{}, ", json(&field.name));
                    field.dtype.write(out, false);
                    let _ = write!(out, ", {}]", field.offset);
                }
                let _ = write!(out, "], \"itemsize\": {}}}", self.size);
            }
            Scalar::Sub(base, shape) => {
                out.push('[');
                base.write(out, false);
                let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
                let _ = write!(out, ", [{}]]", shape.join(", "));
            }
        }
    }

    /// The text for people: `float64`, `datetime64[ns]`, `str 5`, `3 fields`; big-endian is said.
    pub fn human(&self) -> String {
        if let Some(name) = self.name {
            return name.to_owned();
        }
        let bits = self.size * 8;
        let text = match &self.scalar {
            Scalar::Bool => "bool".to_owned(),
            Scalar::Int => format!("int{bits}"),
            Scalar::Uint => format!("uint{bits}"),
            Scalar::Float if self.size > 8 => "longdouble".to_owned(),
            Scalar::Float => format!("float{bits}"),
            Scalar::Complex => format!("complex{bits}"),
            Scalar::Bytes => format!("bytes {}", self.size),
            Scalar::Str => format!("str {}", self.size / 4),
            Scalar::Void => format!("void {}", self.size),
            Scalar::Object => "object".to_owned(),
            Scalar::Datetime(unit) => format!("datetime64{}", unit.bracketed()),
            Scalar::Timedelta(unit) => format!("timedelta64{}", unit.bracketed()),
            Scalar::BFloat16 => "bfloat16".to_owned(),
            Scalar::Float8(kind) => kind.name().to_owned(),
            Scalar::Struct(fields) if fields.len() == 1 => "1 field".to_owned(),
            Scalar::Struct(fields) => format!("{} fields", fields.len()),
            Scalar::Sub(base, shape) => format!("{} {shape:?}", base.human()),
            Scalar::Opaque(class) => class.rsplit('.').next().unwrap_or(class).to_owned(),
        };
        if self.big { format!("{text} big-endian") } else { text }
    }
}

impl TimeUnit {
    fn bracketed(&self) -> String {
        match (&*self.unit, self.count) {
            ("generic", _) => String::new(),
            (unit, 1) => format!("[{unit}]"),
            (unit, count) => format!("[{count}{unit}]"),
        }
    }
}

impl Float8 {
    /// PyTorch's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::E4M3Fn => "float8_e4m3fn",
            Self::E4M3Fnuz => "float8_e4m3fnuz",
            Self::E5M2 => "float8_e5m2",
            Self::E5M2Fnuz => "float8_e5m2fnuz",
            Self::E8M0Fnu => "float8_e8m0fnu",
        }
    }
}

fn time_unit(text: &str) -> Option<TimeUnit> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    let known = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as", "generic"];
    let count = if count.is_empty() { 1 } else { count.parse().ok()? };
    known.contains(&unit).then(|| TimeUnit { unit: unit.into(), count })
}

fn sizes(shape: &[Literal]) -> Option<Vec<u64>> {
    shape.iter().map(|n| if let Literal::Int(n) = n { u64::try_from(*n).ok() } else { None }).collect()
}

/// A JSON string in ASCII.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plain_text_survives_a_round_trip() {
        for text in
            ["<f8", ">f4", "|b1", "<U5", "|S3", "|V7", "|O", "<M8[ns]", "<m8[25us]", "<M8", ">i2", "|u1", "<c16"]
        {
            assert_eq!(Dtype::parse(text).unwrap().text(), text);
        }
        assert_eq!(Dtype::parse("U3").unwrap().size, 12);
        assert_eq!(Dtype::parse("f3"), None);
        assert_eq!(Dtype::parse("<M8[zz]"), None);
        assert_eq!(Dtype::parse(""), None);
        assert_eq!(Dtype::parse("<U18446744073709551615"), None);
    }

    #[test]
    fn a_record_with_padding_as_numpy_describes_it() {
        // np.dtype([('a','u1'),('b','<f8',(2,))], align=True).descr
        let descr = Literal::parse(b"[('a', '|u1'), ('', '|V7'), ('b', '<f8', (2,))]").unwrap().0;
        let dtype = Dtype::from_descr(&descr).unwrap();
        assert_eq!(dtype.text(), r#"{"fields": [["a", "|u1", 0], ["b", ["<f8", [2]], 8]], "itemsize": 24}"#);
    }

    #[test]
    fn titles_are_kept_beside_names() {
        // np.dtype([(('the title', 'a'), '<i4'), ('b', [(('inner title', 'c'), '<f4')], (2,))]).descr
        let descr = b"[(('the title', 'a'), '<i4'), ('b', [(('inner title', 'c'), '<f4')], (2,))]";
        let dtype = Dtype::from_descr(&Literal::parse(descr).unwrap().0).unwrap();
        assert_eq!(dtype.titles(), [("a".to_owned(), "the title"), ("b.c".to_owned(), "inner title")]);
    }

    #[test]
    fn a_field_outside_its_record_is_refused() {
        let field = Field { name: "a".into(), title: None, dtype: Dtype::parse("<f8").unwrap(), offset: 4 };
        assert_eq!(Dtype::record(vec![field.clone()], 8), None);
        assert!(Dtype::record(vec![field], 12).is_some());
    }
}
