//! All arrays of a file as a table: its columns, what stands in them, and the order of its rows.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::array::{ArrayRef, Number, Stats};
use crate::bytes::Progress;
use crate::formats::Artifact;
use crate::pickle::NodeId;
use crate::view::describe::describe_array;
use crate::view::query::{Candidate, Query};
use crate::view::search::Flagged;
use crate::view::{escape, number};

/// A column, in the order in which they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Column {
    /// The path, in the order of the file until it is sorted.
    #[default]
    Path,
    /// The element type.
    Type,
    /// The length of each axis.
    Shape,
    /// Bytes.
    Size,
    /// Smallest finite value.
    Min,
    /// Largest finite value.
    Max,
    /// Mean of the finite values.
    Mean,
    /// Their standard deviation.
    Std,
    /// Exact zeros.
    Zeros,
    /// What is not finite.
    NotFinite,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Path,
        Self::Type,
        Self::Shape,
        Self::Size,
        Self::Min,
        Self::Max,
        Self::Mean,
        Self::Std,
        Self::Zeros,
        Self::NotFinite,
    ];

    /// Its head.
    pub fn title(self) -> &'static str {
        match self {
            Self::Path => "Path",
            Self::Type => "Type",
            Self::Shape => "Shape",
            Self::Size => "Size",
            Self::Min => "Min",
            Self::Max => "Max",
            Self::Mean => "Mean",
            Self::Std => "Std",
            Self::Zeros => "Zeros",
            Self::NotFinite => "NaN, Inf",
        }
    }

    /// True for columns that need the values.
    pub fn is_statistic(self) -> bool {
        !matches!(self, Self::Path | Self::Type | Self::Shape | Self::Size)
    }

    /// True for numbers, which end at the right.
    pub fn is_right(self) -> bool {
        self.is_statistic() || self == Self::Size
    }

    /// What stands in it. `stats` is None while it is not computed, `Some(None)` where there is nothing to compute.
    pub fn text(self, array: &ArrayRef, stats: Option<Option<&Stats>>) -> String {
        let of = |pick: &dyn Fn(&Stats) -> String| match stats {
            None => "…".to_owned(),
            Some(None) => String::new(),
            Some(Some(stats)) => pick(stats),
        };
        let extreme = |value: Option<Number>| match value {
            // Whole numbers as they are while the column has room for them.
            Some(Number::Int(i)) => match u64::try_from(i.unsigned_abs()).map(number::grouped) {
                Ok(text) if text.len() <= 9 => format!("{}{text}", if i < 0 { "-" } else { "" }),
                _ => number::short(Number::Int(i).as_f64()),
            },
            Some(Number::Float(f)) => number::short(f),
            None => String::new(),
        };
        match self {
            Self::Path => {
                let bare = array.path.strip_prefix('$').unwrap_or(&array.path);
                let bare = bare.strip_prefix('.').unwrap_or(bare);
                if bare.is_empty() { "root".to_owned() } else { escape::plain(bare) }
            }
            Self::Type => describe_array(array).type_name,
            Self::Shape => array.shape_text(),
            Self::Size => array.nbytes().map(number::size).unwrap_or_default(),
            Self::Min => of(&|stats| extreme(stats.min)),
            Self::Max => of(&|stats| extreme(stats.max)),
            Self::Mean => of(&|stats| stats.mean.map(number::short).unwrap_or_default()),
            Self::Std => of(&|stats| stats.std.map(number::short).unwrap_or_default()),
            Self::Zeros => of(&|stats| stats.zeros.map(|n| share(n, stats.count)).unwrap_or_default()),
            Self::NotFinite => of(&not_finite),
        }
    }

    fn number(self, array: &ArrayRef, stats: Option<&Stats>) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "for sorting")]
        let count = |n: u64| n as f64;
        let stats = stats.filter(|_| self.is_statistic());
        match self {
            Self::Size => array.nbytes().map(count),
            Self::Shape => crate::array::layout::count(&array.shape).map(count),
            Self::Min => stats?.min.map(Number::as_f64),
            Self::Max => stats?.max.map(Number::as_f64),
            Self::Mean => stats?.mean,
            Self::Std => stats?.std,
            Self::Zeros => stats.filter(|s| s.count > 0).and_then(|s| Some(count(s.zeros?) / count(s.count))),
            Self::NotFinite => stats.map(|s| count(bad_values(s))),
            Self::Path | Self::Type => None,
        }
    }
}

/// NaN, NaT and infinities.
pub fn bad_values(stats: &Stats) -> u64 {
    [stats.nan, stats.nat, stats.posinf, stats.neginf].into_iter().flatten().sum()
}

fn not_finite(stats: &Stats) -> String {
    let infinite = stats.posinf.unwrap_or(0) + stats.neginf.unwrap_or(0);
    let parts = [(stats.nan.unwrap_or(0), "NaN"), (stats.nat.unwrap_or(0), "NaT"), (infinite, "Inf")];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number::grouped(*n))).collect();
    match (parts.is_empty(), stats.nan.is_some() || stats.nat.is_some()) {
        (true, true) => "0".to_owned(),
        _ => parts.join(", "),
    }
}

/// `0`, `0.4 %`, `100 %`.
fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let percent = part as f64 * 100.0 / whole as f64;
    if percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{} %", number::short((percent * 10.0).round() / 10.0)) }
}

/// How the rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what; None keeps the order of the file.
    pub by: Option<Column>,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// What a click on a column's head leads to: this way, then that way, then the order of the file. Numbers begin with
    /// the largest.
    pub fn clicked(self, column: Column) -> Self {
        let first = column.is_right() || column == Column::Shape;
        match self.by {
            Some(by) if by == column && self.descending == first => Self { by: Some(column), descending: !first },
            Some(by) if by == column => Self::default(),
            _ => Self { by: Some(column), descending: first },
        }
    }
}

/// The arrays that match, in order.
pub fn order(
    artifact: &Artifact,
    query: &Query,
    sort: Sort,
    stats: &HashMap<usize, Option<Stats>>,
    flagged: Flagged<'_>,
    progress: &Progress,
) -> Vec<u32> {
    let mut rows: Vec<u32> = Vec::new();
    for (i, array) in artifact.own_arrays().iter().enumerate() {
        if progress.is_cancelled() {
            break;
        }
        let fits = query.is_empty() || {
            let node =
                array.node.and_then(|node| Some((array.part, artifact.pickled(array.part)?, NodeId::from_raw(node))));
            let description = describe_array(array);
            let key = escape::plain(&array.path);
            query.matches(
                &Candidate { artifact, node, array: Some(array), key: &key, description: &description, flagged },
                progress,
            )
        };
        if fits {
            rows.extend(u32::try_from(i));
        }
    }
    let Some(column) = sort.by else { return rows };
    let array = |row: &u32| artifact.arrays.get(*row as usize);
    let compare = |a: &u32, b: &u32| {
        let (Some(left), Some(right)) = (array(a), array(b)) else { return Ordering::Equal };
        match column {
            Column::Path => natural(&left.path, &right.path),
            Column::Type => describe_array(left).type_name.cmp(&describe_array(right).type_name),
            _ => {
                let value = |row: &u32, array: &ArrayRef| {
                    column.number(array, stats.get(&(*row as usize)).and_then(Option::as_ref))
                };
                let last = if sort.descending { Ordering::Less } else { Ordering::Greater };
                match (value(a, left), value(b, right)) {
                    (Some(left), Some(right)) => left.total_cmp(&right),
                    // What has no number stands last, whichever way.
                    (None, Some(_)) => last,
                    (Some(_), None) => last.reverse(),
                    (None, None) => Ordering::Equal,
                }
            }
        }
    };
    rows.sort_by(compare);
    if sort.descending {
        rows.reverse();
    }
    rows
}

/// Compares texts so that `layer.2` comes before `layer.10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    // Zeros in front of a number tell equal texts apart and nothing else.
    let mut zeros = Ordering::Equal;
    loop {
        let digits = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
        let (n, m) = (digits(a), digits(b));
        if n > 0 && m > 0 {
            let (left, rest_a) = a.split_at(n);
            let (right, rest_b) = b.split_at(m);
            let strip = |text: &[u8]| text.iter().copied().skip_while(|c| *c == b'0').collect::<Vec<u8>>();
            let (left, right) = (strip(left), strip(right));
            let order = left.len().cmp(&right.len()).then_with(|| left.cmp(&right));
            zeros = zeros.then(n.cmp(&m));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (rest_a, rest_b);
            continue;
        }
        match (a.split_first(), b.split_first()) {
            (Some((x, rest_a)), Some((y, rest_b))) if x == y => (a, b) = (rest_a, rest_b),
            (x, y) => return x.map(|x| x.0).cmp(&y.map(|y| y.0)).then(zeros),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits};

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut all = ["layer.10.w", "layer.2.w", "layer.2.b", "layer", "a", "layer.02.b"];
        all.sort_by(|a, b| natural(a, b));
        assert_eq!(all, ["a", "layer", "layer.2.b", "layer.02.b", "layer.2.w", "layer.10.w"]);
    }

    #[test]
    fn rows_are_filtered_and_sorted_both_ways() {
        // Three arrays of a safetensors file: a (3 floats), b10 (1), b9 (2).
        let header = br#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b10":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"b9":{"dtype":"F64","shape":[2],"data_offsets":[16,32]}}"#;
        let mut data = (header.len() as u64).to_le_bytes().to_vec();
        data.extend(header);
        for value in [1.0f32, 2.0, f32::NAN, 7.0] {
            data.extend(value.to_le_bytes());
        }
        data.extend([0.0f64, -1.0].iter().flat_map(|value| value.to_le_bytes()));
        let artifact = crate::formats::read(
            Path::new("t.safetensors"),
            Bytes::from_vec(data),
            &Limits::default(),
            &Progress::new(),
        );
        assert_eq!(artifact.arrays.len(), 3, "{:?}", artifact.problems);
        let stats: HashMap<usize, Option<Stats>> = artifact
            .arrays
            .iter()
            .enumerate()
            .map(|(i, array)| (i, array.view().and_then(|view| crate::array::stats(&view, &Progress::new()).ok())))
            .collect();
        let names = |query: &str, sort: Sort| -> Vec<String> {
            let rows = order(&artifact, &Query::parse(query), sort, &stats, &|_, _| false, &Progress::new());
            rows.iter().map(|i| artifact.arrays[*i as usize].path.to_string()).collect()
        };
        let by = |column, descending| Sort { by: Some(column), descending };
        assert_eq!(names("", Sort::default()), ["$[\"a\"]", "$[\"b10\"]", "$[\"b9\"]"]);
        assert_eq!(names("", by(Column::Path, false)), ["$[\"a\"]", "$[\"b9\"]", "$[\"b10\"]"]);
        assert_eq!(names("", by(Column::Size, true)), ["$[\"b9\"]", "$[\"a\"]", "$[\"b10\"]"]);
        assert_eq!(names("", by(Column::Max, false)), ["$[\"b9\"]", "$[\"a\"]", "$[\"b10\"]"]);
        assert_eq!(names("b", by(Column::Mean, true)), ["$[\"b10\"]", "$[\"b9\"]"]);
        assert_eq!(names("nan", Sort::default()), ["$[\"a\"]"]);
        let cell = |i: usize, column: Column| column.text(&artifact.arrays[i], Some(stats[&i].as_ref()));
        assert_eq!((cell(0, Column::NotFinite), cell(2, Column::NotFinite)), ("1 NaN".to_owned(), "0".to_owned()));
        assert_eq!((cell(2, Column::Zeros), cell(0, Column::Mean)), ("50 %".to_owned(), "1.5".to_owned()));
    }

    #[test]
    fn a_head_sorts_one_way_then_the_other_then_not() {
        let once = Sort::default().clicked(Column::Size);
        assert_eq!(once, Sort { by: Some(Column::Size), descending: true });
        let twice = once.clicked(Column::Size);
        assert_eq!(twice, Sort { by: Some(Column::Size), descending: false });
        assert_eq!(twice.clicked(Column::Size), Sort::default());
        assert_eq!(once.clicked(Column::Path), Sort { by: Some(Column::Path), descending: false });
    }
}
