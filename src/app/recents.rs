//! Files opened before, and where their user was in them.

use std::path::{Path, PathBuf};

use super::jobs::Job;
use super::workspace::{State, Workspace};

/// A file opened before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// Its path.
    pub path: PathBuf,
    /// Its size when it was opened.
    pub size: u64,
    /// When it was opened: seconds since 1970.
    pub opened: u64,
    /// It was there when the list was last looked at.
    pub exists: bool,
    /// The path of what was selected in it last.
    pub selected: Option<String>,
}

impl Workspace {
    /// Looks whether the recent files are still there, beside the window: a file on a network drive may take seconds.
    pub fn look_for_recents(&mut self, ctx: &egui::Context) {
        let paths: Vec<PathBuf> = self.recents.iter().map(|recent| recent.path.clone()).collect();
        if !paths.is_empty() {
            let gone = |paths: Vec<PathBuf>| paths.into_iter().filter(|path| !path.exists()).collect();
            self.looking = Some(Job::spawn(ctx, "Recent files", move |_| gone(paths)));
        }
    }

    /// The path of what is selected in an open file.
    pub fn selected_in(&self, path: &Path) -> Option<String> {
        self.tabs.iter().find(|tab| tab.path == path).and_then(|tab| match &tab.state {
            State::Open(doc) => doc.selection.path.clone(),
            _ => None,
        })
    }
}
