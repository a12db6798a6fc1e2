//! The panes of the window. Each reads the context, draws, and asks for commands.

pub mod arrays;
pub mod breadcrumb;
pub mod bytes;
pub mod calls;
pub mod detail;
pub mod evidence;
pub mod findings;
pub mod found;
pub mod header;
pub mod index;
pub mod object_menu;
pub mod overlays;
pub mod overview;
pub mod source;
pub mod status;
pub mod top_bar;
pub mod unowned;
pub mod welcome;

use super::theme::Palette;
use super::update::Command;

/// What a panel gets: colours, and a place for what it asks.
pub struct Ctx<'a> {
    /// Colours of the theme in force.
    pub p: &'static Palette,
    /// What was asked for.
    pub commands: &'a mut Vec<Command>,
}

impl Ctx<'_> {
    /// Asks for a command.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }
}
