//! The allow file: callables that somebody has looked at and vouches for, each with a reason. A name that is known as
//! dangerous is refused unless it is forced. Reports name the file, so that nothing is allowed silently.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::names::{self, Standing};

/// The file's usual name.
pub const FILE: &str = "picklescope.toml";

/// Longest allow file that is read: a list of names, not a database.
const MAX_BYTES: u64 = 1 << 20;

/// One `[[allow]]` entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `module.name`; a name with dots is written `module:Outer.Inner`.
    pub callable: String,
    /// Why it is harmless.
    pub reason: String,
    /// Allow it although it is known as dangerous.
    #[serde(default)]
    pub force: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    allow: Vec<Entry>,
}

/// Which callables are allowed beyond the tables.
#[derive(Clone, Debug, Default)]
pub struct Allow {
    /// The file it was read from; None if nothing is allowed.
    pub path: Option<PathBuf>,
    /// Its entries.
    pub entries: Vec<Entry>,
}

impl Allow {
    /// Reads an allow file. The error says what is wrong with it, in a sentence.
    pub fn read(path: &Path) -> Result<Self, String> {
        let len = std::fs::metadata(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?.len();
        if len > MAX_BYTES {
            return Err(format!("{} is too long for an allow file", path.display()));
        }
        let text = std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
        Self::parse(&text)
            .map(|entries| Self { path: Some(path.to_owned()), entries })
            .map_err(|e| format!("{}: {e}", path.display()))
    }

    fn parse(text: &str) -> Result<Vec<Entry>, String> {
        let document: Document = toml::from_str(text).map_err(|e| e.to_string())?;
        for entry in &document.allow {
            if entry.reason.trim().is_empty() {
                return Err(format!("{} is allowed without a reason", entry.callable));
            }
            let (module, name) =
                split(&entry.callable).ok_or_else(|| format!("{} is no module.name", entry.callable))?;
            let bad =
                matches!(names::standing(module, name), Standing::Danger(_) | Standing::Held(_) | Standing::Walks);
            if bad && !entry.force {
                return Err(format!("{} is known as dangerous; it is allowed only with force = true", entry.callable));
            }
        }
        Ok(document.allow)
    }

    /// The entry that would allow a name, as it is written in the file; the reason is left to whoever writes it.
    pub fn entry_text(module: &str, name: &str) -> String {
        // A name with dots could be cut at the wrong one.
        let between = if name.contains('.') { ':' } else { '.' };
        // The escapes of JSON are those of TOML, which wants DEL escaped too.
        let quoted = serde_json::Value::String(format!("{module}{between}{name}")).to_string();
        let callable = quoted.replace('\u{7f}', "\\u007f");
        format!("[[allow]]\ncallable = {callable}\nreason = \"why it is harmless\"\n")
    }

    /// True if this name is allowed.
    pub fn allows(&self, module: &str, name: &str) -> bool {
        self.entries.iter().filter_map(|entry| split(&entry.callable)).any(|allowed| allowed == (module, name))
    }

    /// The file in the current folder, if there is one. One that lies beside or above the files that are looked at may be
    /// the word of whoever made them, so it counts only if it is named.
    pub fn usual<'a>(looked_at: impl IntoIterator<Item = &'a Path>) -> Result<Self, String> {
        let path = Path::new(FILE);
        let Ok(here) = std::env::current_dir().and_then(|here| here.canonicalize()) else { return Ok(Self::default()) };
        let folder = |path: &Path| {
            let whole = path.canonicalize().ok()?;
            if whole.is_dir() { Some(whole) } else { whole.parent().map(Path::to_owned) }
        };
        let beside = looked_at.into_iter().filter_map(folder).any(|folder| here.starts_with(&folder));
        if beside || !path.is_file() { Ok(Self::default()) } else { Self::read(path) }
    }
}

fn split(callable: &str) -> Option<(&str, &str)> {
    callable.split_once(':').or_else(|| callable.rsplit_once('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_and_danger_must_be_forced() {
        let of = |text: &str| Allow::parse(text).map(|entries| Allow { path: None, entries });
        let allow = of("[[allow]]\ncallable = \"mypkg.models.Thing\"\nreason = \"ours\"\n").unwrap();
        assert!(allow.allows("mypkg.models", "Thing") && !allow.allows("mypkg.models", "Other"));
        assert!(of("[[allow]]\ncallable = \"a.b\"\nreason = \" \"\n").unwrap_err().contains("reason"));
        assert!(of("[[allow]]\ncallable = \"os.system\"\nreason = \"x\"\n").unwrap_err().contains("force"));
        assert!(of("[[allow]]\ncallable = \"os.system\"\nreason = \"x\"\nforce = true\n").is_ok());
        assert!(of("[[allow]]\ncallable = \"a.b\"\n").is_err());
        assert!(of("[[allows]]\n").is_err());
    }

    #[test]
    fn an_entry_that_is_offered_allows_that_name() {
        for (module, name) in [("mypkg.models", "Thing"), ("mypkg", "Outer.Inner"), ("a\"b", "c\\d\n\u{7f}")] {
            let entries = Allow::parse(&Allow::entry_text(module, name)).unwrap();
            assert_eq!(entries.len(), 1);
            assert!(Allow { path: None, entries }.allows(module, name), "{module} {name}");
        }
    }
}
