//! Text of any script is shown: characters that the embedded fonts lack are looked for in the fonts of the system, beside
//! the window, as soon as one of them is to be drawn, wherever it stands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use egui::{FallbackRequest, FontData, FontInsert, FontProvider};
use skrifa::MetadataProvider as _;

use super::jobs::{Job, Poll};
use super::theme;

/// Fonts that are asked first, in this order: Noto as the distributions ship it, then what else covers much. All others
/// come after them.
const FIRST: &[&str] = &[
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-VF.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.otf",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    // macOS
    "Arial Unicode.ttf",
    // Windows
    "msyh.ttc",
    "malgun.ttf",
    "Nirmala.ttf",
    "Nirmala.ttc",
    "segoeui.ttf",
];

/// Where systems keep fonts.
const FOLDERS: &[&str] =
    &["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts"];

/// Folders looked into, fonts asked, and bytes read in one search.
const MOST_FOLDERS: usize = 2000;
const MOST_FONTS: usize = 3000;
const MOST_BYTES: u64 = 512 << 20;

/// A file that is larger is no font that one person reads with.
const LARGEST: u64 = 64 << 20;

/// Searches of one run: text that no font knows does not keep the machine busy.
const MOST_SEARCHES: usize = 40;

/// A font of the system.
#[derive(Clone, Debug)]
pub struct FoundFont {
    /// Its path.
    pub name: String,
    /// Its content.
    pub data: Arc<FontData>,
}

/// Characters that no font had when they were to be drawn.
#[derive(Debug, Default)]
struct Lacking {
    /// Those not yet looked for.
    fresh: BTreeSet<char>,
    /// All of them.
    all: BTreeSet<char>,
}

/// Is asked by egui for what no font has; writes it down, since files are not read while drawing.
struct Listener(Arc<Mutex<Lacking>>);

impl FontProvider for Listener {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let first = request.cluster.chars().next()?;
        if let Ok(mut lacking) = self.0.lock()
            && lacking.all.insert(first)
        {
            lacking.fresh.insert(first);
        }
        None
    }
}

/// The fonts of the system, as far as they were needed.
#[derive(Default)]
pub struct Scripts {
    lacking: Arc<Mutex<Lacking>>,
    search: Option<Job<Vec<FoundFont>>>,
    searches: usize,
    found: Vec<FoundFont>,
}

impl Scripts {
    /// Listens for characters that the fonts of a window lack.
    pub fn listen(ctx: &egui::Context) -> Self {
        let scripts = Self::default();
        ctx.add_font_provider(Arc::new(Listener(Arc::clone(&scripts.lacking))));
        scripts
    }

    /// Takes in fonts that were found, and looks for what is lacking; once a frame.
    pub fn poll(&mut self, ctx: &egui::Context) {
        match self.search.as_mut().map(Job::poll) {
            Some(Poll::Working) => return,
            Some(Poll::Done(found)) => {
                self.search = None;
                if !found.is_empty() {
                    self.found.extend(found);
                    theme::add_fallbacks(ctx, &self.found);
                }
            }
            Some(Poll::Panicked(_)) => self.search = None,
            None => {}
        }
        let Ok(mut lacking) = self.lacking.lock() else { return };
        if lacking.fresh.is_empty() || self.searches >= MOST_SEARCHES {
            return;
        }
        self.searches += 1;
        let wanted = std::mem::take(&mut lacking.fresh);
        self.search = Some(Job::spawn(ctx, "System fonts", move |_| search(wanted, &folders())));
    }

    /// True if a character was drawn just now that has not been looked for.
    pub fn is_lacking(&self) -> bool {
        let some = self.lacking.lock().is_ok_and(|lacking| !lacking.fresh.is_empty());
        some && self.search.is_none() && self.searches < MOST_SEARCHES
    }
}

fn folders() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let own = [".local/share/fonts", ".fonts", "Library/Fonts"];
    let own = own.iter().filter_map(|folder| Some(home.as_ref()?.join(folder)));
    FOLDERS.iter().map(PathBuf::from).chain(own).collect()
}

/// As few fonts as have the wanted characters, as far as any has them.
fn search(mut wanted: BTreeSet<char>, folders: &[PathBuf]) -> Vec<FoundFont> {
    let mut found = Vec::new();
    let mut left = MOST_BYTES;
    for path in candidates(folders) {
        if wanted.is_empty() {
            break;
        }
        let Ok(size) = std::fs::metadata(&path).map(|about| about.len()) else { continue };
        if size > LARGEST || size > left {
            continue;
        }
        left -= size;
        let Ok(data) = std::fs::read(&path) else { continue };
        let Ok(font) = skrifa::FontRef::from_index(&data, 0) else { continue };
        let before = wanted.len();
        let has = font.charmap();
        wanted.retain(|c| has.map(*c).is_none_or(|glyph| glyph == skrifa::GlyphId::NOTDEF));
        if wanted.len() < before {
            let name = path.to_string_lossy().into_owned();
            found.push(FoundFont { name, data: Arc::new(FontData::from_owned(data)) });
        }
    }
    found
}

/// The files that may be asked, the likeliest first.
fn candidates(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut open = folders.to_vec();
    let mut all: Vec<(usize, PathBuf)> = Vec::new();
    let mut looked = 0;
    while let Some(folder) = open.pop().filter(|_| looked < MOST_FOLDERS) {
        looked += 1;
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(path);
            } else if let Some(rank) = rank(&path).filter(|_| all.len() < MOST_FONTS) {
                all.push((rank, path));
            }
        }
    }
    all.sort();
    all.into_iter().map(|(_, path)| path).collect()
}

/// How soon a file is asked: those named above, then upright ones without serifs, then all others. None if it is no font
/// that can be drawn.
fn rank(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    if let Some(rank) = FIRST.iter().position(|first| *first == name) {
        return Some(rank);
    }
    let lower = name.to_lowercase();
    let is_font = [".ttf", ".otf", ".ttc", ".otc"].iter().any(|end| lower.ends_with(end));
    // Pictures in colour need another way of drawing than outlines.
    if !is_font || lower.contains("color") {
        return None;
    }
    const STYLES: [&str; 8] = ["bold", "italic", "oblique", "light", "thin", "black", "condensed", "medium"];
    let styled = STYLES.iter().any(|style| lower.contains(style));
    let serif = lower.contains("serif") || !lower.contains("sans");
    Some(FIRST.len() + 2 * usize::from(styled) + usize::from(serif))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_is_found_by_what_it_has() {
        let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts");
        // Inter and JetBrains Mono both have Greek: one is enough. Nothing has the first letter of Linear B.
        let found = search(BTreeSet::from(['\u{3c0}', '\u{10000}']), std::slice::from_ref(&fonts));
        assert_eq!(found.len(), 1);
        assert_eq!(search(BTreeSet::from(['\u{10000}']), &[fonts]).len(), 0);
    }

    #[test]
    fn upright_fonts_come_first_and_other_files_not_at_all() {
        let rank = |name| rank(Path::new(name));
        assert!(rank("NotoSansCJK-Regular.ttc") < rank("NotoSansEthiopic-Regular.ttf"));
        assert!(rank("NotoSansEthiopic-Regular.ttf") < rank("NotoSerifEthiopic-Regular.ttf"));
        assert!(rank("NotoSerifEthiopic-Regular.ttf") < rank("NotoSansEthiopic-Bold.ttf"));
        assert_eq!((rank("fonts.dir"), rank("NotoColorEmoji.ttf")), (None, None));
    }
}
