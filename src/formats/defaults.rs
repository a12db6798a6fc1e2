//! What the constructors of estimators take, and their defaults, by version: `defaults.tsv`, which
//! `tests/make_defaults.py` makes from the sources of the libraries.

use std::collections::HashMap;
use std::sync::OnceLock;

static TABLE: &str = include_str!("defaults.tsv");

/// Major and minor number of a release.
type Version = (u16, u16);

/// What a parameter is if nobody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// It must be given.
    Required,
    /// This, as Python's repr writes it; functions and classes by their bare name.
    Value(&'static str),
    /// Not known, or not the same in all versions that come into question.
    Unknown,
}

struct Row {
    parameter: &'static str,
    preset: Preset,
    since: Version,
    until: Version,
}

#[derive(Default)]
struct Package {
    versions: Vec<Version>,
    classes: HashMap<&'static str, Vec<Row>>,
}

fn parse_version(text: &str) -> Option<Version> {
    // 1.9.1, 0.22.2.post1, 0.20rc1, 1.10.dev0
    let mut numbers = text.split('.').map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..digits)?.parse::<u16>().ok()
    });
    Some((numbers.next()??, numbers.next()??))
}

fn packages() -> &'static HashMap<&'static str, Package> {
    static PACKAGES: OnceLock<HashMap<&'static str, Package>> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let mut packages: HashMap<&'static str, Package> = HashMap::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or("");
            let (package, class, parameter, default, since, until) = (next(), next(), next(), next(), next(), next());
            let package = packages.entry(package).or_default();
            if class.is_empty() {
                package.versions = default.split(' ').filter_map(parse_version).collect();
                continue;
            }
            let preset = match default {
                "" => Preset::Required,
                "?" => Preset::Unknown,
                value => Preset::Value(value),
            };
            let since = parse_version(since).unwrap_or((0, 0));
            let until = parse_version(until).unwrap_or((u16::MAX, 0));
            package.classes.entry(class).or_default().push(Row { parameter, preset, since, until });
        }
        packages
    })
}

/// True if the table has a class.
pub fn has_class(package: &str, class: &str) -> bool {
    packages().get(package).is_some_and(|package| package.classes.contains_key(class))
}

/// The constructor of a class in the versions that come into question.
#[derive(Clone, Debug)]
pub struct Signature {
    rows: &'static [Row],
    versions: Vec<Version>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.parameter, self.preset)
    }
}

impl Row {
    fn holds(&self, version: Version) -> bool {
        (self.since..=self.until).contains(&version)
    }
}

impl Signature {
    /// The constructor of `class`, if the table has it. `stamp` is the version the file names. Without one, as other
    /// libraries and scikit-learn before 0.18 write none, `has` (which names the object stores) tells the versions that
    /// come into question: those of which every parameter is there, and of them those with the most.
    pub fn of(package: &str, class: &str, stamp: Option<&str>, has: impl Fn(&str) -> bool) -> Option<Self> {
        let package = packages().get(package)?;
        let rows = package.classes.get(class)?;
        let stamped = stamp.and_then(parse_version).filter(|version| package.versions.contains(version));
        let versions = match stamped {
            Some(version) => vec![version],
            // From after the table: what never changed is taken to hold there too.
            None if stamp.is_some() => package.versions.clone(),
            None => {
                let fits = |version: Version| {
                    let mut n = 0usize;
                    let all = rows.iter().filter(|row| row.holds(version)).all(|row| {
                        n += 1;
                        has(row.parameter)
                    });
                    (all && n > 0).then_some(n)
                };
                let fitting: Vec<(Version, usize)> =
                    package.versions.iter().filter_map(|version| Some((*version, fits(*version)?))).collect();
                let most = fitting.iter().map(|(_, n)| *n).max().unwrap_or(0);
                fitting.into_iter().filter(|(_, n)| *n == most).map(|(version, _)| version).collect()
            }
        };
        Some(Self { rows, versions })
    }

    /// What `parameter` is by default; None if it is no parameter.
    pub fn preset(&self, parameter: &str) -> Option<Preset> {
        let mut found = None;
        for row in self.rows.iter().filter(|row| row.parameter == parameter) {
            let holds = self.versions.is_empty() || self.versions.iter().any(|version| row.holds(*version));
            match found {
                _ if !holds => {}
                None => found = Some(row.preset),
                Some(other) if other == row.preset => {}
                Some(_) => found = Some(Preset::Unknown),
            }
        }
        // Nothing narrows the versions down: the name is a parameter, but no default can be claimed.
        if self.versions.is_empty() { found.map(|_| Preset::Unknown) } else { found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [package, class, parameter, default, since, until] = columns.as_slice() else { panic!("{line}") };
            assert!(packages().contains_key(package), "{line}");
            if class.is_empty() {
                assert!(!packages()[package].versions.is_empty(), "{line}");
                assert_eq!(default.split(' ').count(), packages()[package].versions.len(), "{line}");
                continue;
            }
            assert!(!parameter.is_empty() && parse_version(since).is_some(), "{line}");
            assert!(until.is_empty() || parse_version(since) <= parse_version(until), "{line}");
        }
    }

    #[test]
    fn versions_are_read_as_they_are_stamped() {
        let expected = [("1.9.1", (1, 9)), ("0.22.2.post1", (0, 22)), ("0.20rc1", (0, 20)), ("1.10.dev0", (1, 10))];
        for (text, version) in expected {
            assert_eq!(parse_version(text), Some(version));
        }
        assert_eq!(parse_version("unknown"), None);
    }

    #[test]
    fn defaults_follow_the_version() {
        // The change logs: liblinear until 0.21 (announced as 'warn' from 0.20), lbfgs from 0.22.
        let solver = |stamp| Signature::of("sklearn", "LogisticRegression", stamp, |_| true)?.preset("solver");
        assert_eq!(solver(Some("0.19.1")), Some(Preset::Value("'liblinear'")));
        assert_eq!(solver(Some("0.20.0")), Some(Preset::Value("'warn'")));
        assert_eq!(solver(Some("1.0.2")), Some(Preset::Value("'lbfgs'")));
        assert_eq!(solver(None), Some(Preset::Unknown));
        assert_eq!(solver(Some("99.0")), Some(Preset::Unknown));
        // Always 1.0, and never a parameter.
        let of = |name| Signature::of("sklearn", "LogisticRegression", None, |_| true)?.preset(name);
        assert_eq!((of("C"), of("coef_")), (Some(Preset::Value("1.0")), None));
        assert_eq!(
            Signature::of("sklearn", "Pipeline", Some("1.4"), |_| true).unwrap().preset("steps"),
            Some(Preset::Required)
        );
        assert!(Signature::of("sklearn", "NoSuchThing", None, |_| true).is_none());
    }

    #[test]
    fn a_library_without_stamp_is_known_by_its_parameters() {
        // XGBModel of 1.7 has neither device nor multi_strategy, and predictor, which 2.1 no longer has.
        let old = |name: &str| !matches!(name, "device" | "multi_strategy" | "feature_weights");
        let new = |name: &str| name != "predictor";
        let n_estimators =
            |has: fn(&str) -> bool| Signature::of("xgboost", "XGBRegressor", None, has)?.preset("n_estimators");
        assert_eq!(n_estimators(old), Some(Preset::Value("100")));
        assert_eq!(n_estimators(new), Some(Preset::Value("None")));
        assert_eq!(n_estimators(|_| false), Some(Preset::Unknown));
    }
}
