//! Everything a user can ask for, in one table: menus, keys, the palette and the key sheet read it.

use egui::{Key, KeyboardShortcut, Modifiers, ThemePreference};

use crate::view::number;

/// A command without arguments: what menus, keys and the palette offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// The system's file dialog.
    Open,
    /// Close the tab.
    Close,
    /// Close the program.
    Quit,
    /// The command palette.
    Palette,
    /// The filter of the index.
    Find,
    /// The next hit of the filter.
    FindNext,
    /// The hit before.
    FindPrevious,
    /// Back in the history of selections.
    Back,
    /// Forward.
    Forward,
    /// The value of the selection.
    CopyValue,
    /// Its path.
    CopyPath,
    /// To an offset or a path.
    GoTo,
    /// Opcodes, stack and bytes.
    Evidence,
    /// Keys of state dicts as groups or as a flat list.
    FlatKeys,
    /// State dicts in the order of the file or in natural order.
    FileOrder,
    /// Dark to light or back.
    Theme,
    /// One theme, or that of the system.
    ThemeOf(ThemePreference),
    /// So many significant digits.
    Digits(u8),
    /// How many MiB of unpacked data are kept in memory.
    Memory(u32),
    /// Animations or none.
    Motion,
    /// The key sheet.
    Keys,
    /// What this is.
    About,
    /// What the rules mean.
    Rules,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// Panes as they were at first.
    ResetLayout,
    /// The breadcrumb as text.
    EditPath,
    /// Full screen.
    FullScreen,
    /// The next tab.
    NextTab,
    /// Forget the recent files.
    ClearRecents,
}

/// A row of the table.
#[derive(Debug)]
pub struct Entry {
    /// The command.
    pub ask: Ask,
    /// Its words in menus and the palette.
    pub text: &'static str,
    /// Its key.
    pub key: Option<KeyboardShortcut>,
    /// The menu it stands in; settings stand behind the gear.
    pub menu: &'static str,
    /// It needs an open file.
    pub needs_file: bool,
}

const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
const NONE: Modifiers = Modifiers::NONE;

/// The menu of the settings.
pub const SETTINGS: &str = "Settings";

const fn setting(ask: Ask, text: &'static str) -> Entry {
    Entry { ask, text, key: None, menu: SETTINGS, needs_file: false }
}

/// The table.
pub const TABLE: &[Entry] = &[
    Entry { ask: Ask::Open, text: "Open…", key: Some(OPEN), menu: "File", needs_file: false },
    Entry { ask: Ask::Close, text: "Close tab", key: key(CTRL, Key::W), menu: "File", needs_file: true },
    Entry { ask: Ask::ClearRecents, text: "Clear recent files", key: None, menu: "File", needs_file: false },
    Entry { ask: Ask::Quit, text: "Quit", key: key(CTRL, Key::Q), menu: "File", needs_file: false },
    Entry { ask: Ask::CopyValue, text: "Copy value", key: key(CTRL, Key::C), menu: "Edit", needs_file: true },
    Entry { ask: Ask::CopyPath, text: "Copy path", key: key(CTRL_SHIFT, Key::C), menu: "Edit", needs_file: true },
    Entry { ask: Ask::Find, text: "Filter", key: key(CTRL, Key::F), menu: "Edit", needs_file: true },
    Entry { ask: Ask::FindNext, text: "Next match", key: key(NONE, Key::F3), menu: "Edit", needs_file: true },
    Entry {
        ask: Ask::FindPrevious,
        text: "Previous match",
        key: key(Modifiers::SHIFT, Key::F3),
        menu: "Edit",
        needs_file: true,
    },
    Entry { ask: Ask::GoTo, text: "Go to offset or path…", key: key(CTRL, Key::G), menu: "Edit", needs_file: true },
    Entry { ask: Ask::EditPath, text: "Edit the path", key: key(CTRL, Key::L), menu: "Edit", needs_file: true },
    Entry { ask: Ask::Back, text: "Back", key: key(Modifiers::ALT, Key::ArrowLeft), menu: "View", needs_file: true },
    Entry {
        ask: Ask::Forward,
        text: "Forward",
        key: key(Modifiers::ALT, Key::ArrowRight),
        menu: "View",
        needs_file: true,
    },
    Entry {
        ask: Ask::Evidence,
        text: "Opcodes, stack and bytes",
        key: key(CTRL, Key::E),
        menu: "View",
        needs_file: true,
    },
    Entry { ask: Ask::NextPane, text: "Next pane", key: key(NONE, Key::F6), menu: "View", needs_file: true },
    Entry {
        ask: Ask::PreviousPane,
        text: "Previous pane",
        key: key(Modifiers::SHIFT, Key::F6),
        menu: "View",
        needs_file: true,
    },
    Entry { ask: Ask::ResetLayout, text: "Reset layout", key: None, menu: "View", needs_file: false },
    Entry { ask: Ask::NextTab, text: "Next tab", key: key(Modifiers::CTRL, Key::Tab), menu: "View", needs_file: true },
    Entry {
        ask: Ask::FlatKeys,
        text: "State dicts as flat lists, or grouped",
        key: None,
        menu: "View",
        needs_file: true,
    },
    Entry {
        ask: Ask::FileOrder,
        text: "State dicts in file order, or natural order",
        key: None,
        menu: "View",
        needs_file: true,
    },
    Entry { ask: Ask::Theme, text: "Dark or light", key: None, menu: "View", needs_file: false },
    Entry { ask: Ask::Motion, text: "Reduce motion, or not", key: None, menu: "View", needs_file: false },
    setting(Ask::ThemeOf(ThemePreference::System), "Theme of the system"),
    setting(Ask::ThemeOf(ThemePreference::Dark), "Dark theme"),
    setting(Ask::ThemeOf(ThemePreference::Light), "Light theme"),
    setting(Ask::Digits(3), "3 significant digits"),
    setting(Ask::Digits(4), "4 significant digits"),
    setting(Ask::Digits(5), "5 significant digits"),
    setting(Ask::Digits(6), "6 significant digits"),
    setting(Ask::Digits(8), "8 significant digits"),
    setting(Ask::Digits(number::ALL), "All digits"),
    setting(Ask::Memory(256), "256 MiB, then a temporary file"),
    setting(Ask::Memory(1024), "1 GiB, then a temporary file"),
    setting(Ask::Memory(4096), "4 GiB, then a temporary file"),
    setting(Ask::Memory(16384), "16 GiB, then a temporary file"),
    Entry { ask: Ask::FullScreen, text: "Full screen", key: key(NONE, Key::F11), menu: "View", needs_file: false },
    Entry { ask: Ask::Palette, text: "Find a command", key: key(CTRL, Key::P), menu: "Help", needs_file: false },
    Entry { ask: Ask::Keys, text: "Keys", key: key(NONE, Key::F1), menu: "Help", needs_file: false },
    Entry { ask: Ask::Rules, text: "What the rules mean", key: None, menu: "Help", needs_file: false },
    Entry { ask: Ask::About, text: "About picklescope", key: None, menu: "Help", needs_file: false },
];

/// Keys that belong to the tree, for the key sheet.
pub const TREE_KEYS: &[(&str, &str)] = &[
    ("↑ ↓", "Previous, next row"),
    ("→", "Open the row, then go to its first child"),
    ("←", "Close the row, then go to its parent"),
    ("Home End", "First, last row"),
    ("PgUp PgDn", "A page up, down"),
    ("*", "Open the rows beside it"),
    ("Shift+→ Shift+←", "Open, close everything below"),
    ("Enter", "Show the value"),
    ("Esc", "Close what is open on top; clear the filter"),
    ("A to Z", "The next row that begins with the letter"),
    ("Ctrl+V", "Open the path on the clipboard"),
    ("Ctrl+1 … Ctrl+9", "Open a recent file, while none is open"),
    ("Ctrl++ Ctrl+- Ctrl+0", "Larger, smaller, normal size"),
];

/// Further keys of commands, where conventions differ.
const ALIASES: &[(KeyboardShortcut, Ask)] = &[
    (KeyboardShortcut::new(CTRL, Key::K), Ask::Palette),
    (KeyboardShortcut::new(CTRL, Key::OpenBracket), Ask::Back),
    (KeyboardShortcut::new(CTRL, Key::CloseBracket), Ask::Forward),
];

/// The key of [`Ask::Open`].
pub const OPEN: KeyboardShortcut = KeyboardShortcut::new(CTRL, Key::O);

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// The key of a recent file, from 0.
pub fn recent_key(i: usize) -> KeyboardShortcut {
    KeyboardShortcut::new(CTRL, DIGITS.get(i).copied().unwrap_or(Key::Num9))
}

/// The recent file, from 0, whose key was pressed.
pub fn recent(ctx: &egui::Context) -> Option<usize> {
    ctx.input_mut(|input| (0..DIGITS.len()).find(|i| input.consume_shortcut(&recent_key(*i))))
}

/// The first command whose key was pressed. Keys without a modifier that mean something to a text field do not fire
/// while one has the focus.
pub fn pressed(ctx: &egui::Context) -> Option<Ask> {
    let typing = ctx.text_edit_focused();
    let copying = ctx.input(|i| i.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    if copying && !typing {
        return Some(Ask::CopyValue);
    }
    ctx.input_mut(|input| {
        // Ctrl+Shift+C before Ctrl+C: a shortcut with more modifiers is the more particular one.
        let mut all: Vec<&Entry> = TABLE.iter().collect();
        all.sort_by_key(|entry| std::cmp::Reverse(entry.key.is_some_and(|key| key.modifiers.shift)));
        for (shortcut, ask) in ALIASES {
            let edits = matches!(ask, Ask::Back | Ask::Forward);
            if !(typing && edits) && input.consume_shortcut(shortcut) {
                return Some(*ask);
            }
        }
        // As text, since the key of a question mark depends on the keyboard.
        if !typing && input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == "?")) {
            return Some(Ask::Keys);
        }
        all.into_iter()
            .find(|entry| {
                let edits = matches!(entry.ask, Ask::CopyValue | Ask::Back | Ask::Forward);
                entry.key.is_some_and(|key| !(typing && edits) && input.consume_shortcut(&key))
            })
            .map(|entry| entry.ask)
    })
}
