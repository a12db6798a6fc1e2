//! Colours by meaning, fonts and spacing, for dark and light. Widgets ask for a meaning, never for a colour.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, TextStyle, Theme, Visuals};

use super::scripts::FoundFont;
use crate::audit::Verdict;
use crate::view::describe::Class;

/// The colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Top and status bar.
    pub bg0: Color32,
    /// Panes.
    pub bg1: Color32,
    /// Headers, cards, chips.
    pub bg2: Color32,
    /// Hovered button, badge, tooltip.
    pub bg3: Color32,
    /// Between panes.
    pub line: Color32,
    /// Around floating things.
    pub line2: Color32,
    /// Selected row.
    pub sel: Color32,
    /// Hovered row.
    pub hov: Color32,
    /// Text.
    pub text: Color32,
    /// Second text.
    pub text2: Color32,
    /// Third text.
    pub dim: Color32,
    /// Links, focus, the one active thing.
    pub accent: Color32,
    /// Text on accent.
    pub on_accent: Color32,
    /// Danger, and its fill.
    pub danger: Color32,
    /// Fill behind danger.
    pub danger_fill: Color32,
    /// Caution, unknown.
    pub caution: Color32,
    /// Fill behind caution.
    pub caution_fill: Color32,
    /// Known, fine.
    pub ok: Color32,
    /// Fill behind what is fine.
    pub ok_fill: Color32,
    /// None, True, False, keywords.
    pub constant: Color32,
    /// Numbers.
    pub number: Color32,
    /// Strings.
    pub string: Color32,
    /// Bytes.
    pub bytes: Color32,
    /// Imported names.
    pub global: Color32,
    /// Arrays and shapes.
    pub array: Color32,
    /// Bars of plots.
    pub bar: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    #[expect(clippy::cast_possible_truncation, reason = "three bytes of a constant")]
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub const DARK: Palette = Palette {
    bg0: rgb(0x0D0F12),
    bg1: rgb(0x13161A),
    bg2: rgb(0x191D22),
    bg3: rgb(0x21262D),
    line: rgb(0x252B33),
    line2: rgb(0x3A424D),
    sel: rgb(0x262C52),
    hov: rgb(0x1C2127),
    text: rgb(0xE4E8EE),
    text2: rgb(0xAEB6C2),
    dim: rgb(0x8A94A2),
    accent: rgb(0x8E9BFF),
    on_accent: rgb(0x10131A),
    danger: rgb(0xFF6B78),
    danger_fill: rgb(0x2C1A1F),
    caution: rgb(0xF2BC3D),
    caution_fill: rgb(0x292315),
    ok: rgb(0x45D6AE),
    ok_fill: rgb(0x142722),
    constant: rgb(0xB9A5E8),
    number: rgb(0x8CC4F5),
    string: rgb(0x9FD08B),
    bytes: rgb(0xC9A58B),
    global: rgb(0x6FD0D6),
    array: rgb(0xDCCB9B),
    bar: rgb(0x6A8CC7),
};

/// The light theme.
pub const LIGHT: Palette = Palette {
    bg0: rgb(0xEBEDF0),
    bg1: rgb(0xFBFBFC),
    bg2: rgb(0xF3F4F6),
    bg3: rgb(0xE7EAEE),
    line: rgb(0xDFE2E7),
    line2: rgb(0xBFC6CF),
    sel: rgb(0xE0E3FC),
    hov: rgb(0xF0F1F4),
    text: rgb(0x171A1F),
    text2: rgb(0x464E5A),
    dim: rgb(0x5F6875),
    accent: rgb(0x4450D0),
    on_accent: rgb(0xFFFFFF),
    danger: rgb(0xA01038),
    danger_fill: rgb(0xFBE9EB),
    caution: rgb(0x8D5901),
    caution_fill: rgb(0xFAF1DC),
    ok: rgb(0x046B58),
    ok_fill: rgb(0xE2F3EE),
    constant: rgb(0x6A4BB5),
    number: rgb(0x17609C),
    string: rgb(0x33702A),
    bytes: rgb(0x7F5522),
    global: rgb(0x0E6B73),
    array: rgb(0x6A5714),
    bar: rgb(0x5A7FC0),
};

impl Palette {
    /// The palette of the theme in force.
    pub fn of(ctx: &egui::Context) -> &'static Self {
        match ctx.theme() {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// The colour of a value.
    pub fn class(&self, class: Class) -> Color32 {
        match class {
            Class::Constant | Class::Bool => self.constant,
            Class::Number | Class::Value => self.number,
            Class::Text => self.string,
            Class::Bytes => self.bytes,
            Class::Array | Class::Table => self.array,
            Class::Global => self.global,
            Class::Tuple => self.number,
            _ => self.dim,
        }
    }

    /// The colour of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> Color32 {
        match verdict {
            Verdict::Known => self.ok,
            Verdict::Unknown => self.caution,
            Verdict::Danger(_) => self.danger,
        }
    }
}

/// Inter at a size.
pub fn sans(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Inter Medium.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("medium".into()))
}

/// Inter SemiBold.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semibold".into()))
}

/// JetBrains Mono.
pub fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// The icon font.
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("icons".into()))
}

/// Sets fonts and both themes; once.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for (theme, palette, base) in [(Theme::Dark, &DARK, Visuals::dark()), (Theme::Light, &LIGHT, Visuals::light())] {
        ctx.set_visuals_of(theme, visuals(palette, base));
        ctx.style_mut_of(theme, style);
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let embedded: [(&str, &'static [u8]); 6] = [
        ("inter", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        ("inter-medium", include_bytes!("../../assets/fonts/Inter-Medium.otf")),
        ("inter-semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
        ("mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("mono-bold", include_bytes!("../../assets/fonts/JetBrainsMono-Bold.ttf")),
        ("phosphor", include_bytes!("../../assets/fonts/Phosphor.ttf")),
    ];
    for (name, data) in embedded {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(data)));
    }
    let fallback =
        |family: FontFamily, fonts: &FontDefinitions| fonts.families.get(&family).cloned().unwrap_or_default();
    let (sans, code) = (fallback(FontFamily::Proportional, &fonts), fallback(FontFamily::Monospace, &fonts));
    let with = |first: &[&str], rest: &[String]| -> Vec<String> {
        first.iter().map(|name| (*name).to_owned()).chain(rest.iter().cloned()).collect()
    };
    let families = [
        (FontFamily::Proportional, with(&["inter", "phosphor"], &sans)),
        (FontFamily::Monospace, with(&["mono", "phosphor"], &code)),
        (FontFamily::Name("medium".into()), with(&["inter-medium"], &sans)),
        (FontFamily::Name("semibold".into()), with(&["inter-semibold"], &sans)),
        (FontFamily::Name("mono-bold".into()), with(&["mono-bold"], &code)),
        (FontFamily::Name("icons".into()), with(&["phosphor"], &sans)),
    ];
    fonts.families.extend(families);
    fonts
}

/// Adds fonts behind all others, in their order.
pub fn add_fallbacks(ctx: &egui::Context, found: &[FoundFont]) {
    let mut fonts = fonts();
    for FoundFont { name, data } in found {
        fonts.font_data.insert(name.clone(), Arc::clone(data));
        fonts.families.values_mut().for_each(|family| family.push(name.clone()));
    }
    ctx.set_fonts(fonts);
}

/// Seconds that a change takes to be seen.
pub const ANIMATION: f32 = 0.08;

fn style(style: &mut egui::Style) {
    style.text_styles = [
        (TextStyle::Body, sans(13.0)),
        (TextStyle::Button, sans(13.0)),
        (TextStyle::Small, sans(11.0)),
        (TextStyle::Heading, semibold(15.0)),
        (TextStyle::Monospace, mono(12.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(8.0, 4.0);
    spacing.button_padding = egui::vec2(10.0, 4.0);
    spacing.interact_size.y = 28.0;
    spacing.indent = 16.0;
    spacing.icon_width = 14.0;
    spacing.menu_margin = egui::Margin::same(6);
    spacing.tooltip_width = 420.0;
    spacing.scroll = egui::style::ScrollStyle::floating();
    spacing.scroll.bar_width = 10.0;
    spacing.scroll.floating_width = 6.0;
    spacing.scroll.foreground_color = false;
    style.animation_time = ANIMATION;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
}

fn visuals(p: &Palette, base: Visuals) -> Visuals {
    let mut v = base;
    v.panel_fill = p.bg1;
    v.window_fill = p.bg2;
    v.extreme_bg_color = p.bg1;
    v.faint_bg_color = p.bg2;
    v.code_bg_color = p.bg2;
    v.text_edit_bg_color = Some(p.bg1);
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.caution;
    v.error_fg_color = p.danger;
    v.weak_text_color = Some(p.dim);
    v.selection.bg_fill = p.sel;
    v.selection.stroke = Stroke::new(1.0, p.accent);
    v.window_stroke = Stroke::new(1.0, p.line2);
    v.window_corner_radius = CornerRadius::same(6);
    v.menu_corner_radius = CornerRadius::same(6);
    v.indent_has_left_vline = false;
    let shadow = egui::Shadow {
        offset: [0, 4],
        blur: 12,
        spread: 0,
        color: Color32::from_black_alpha(if v.dark_mode { 102 } else { 31 }),
    };
    (v.popup_shadow, v.window_shadow) = (shadow, shadow);
    let widgets = &mut v.widgets;
    for (widget, fill, stroke, text) in [
        (&mut widgets.noninteractive, p.bg1, p.line, p.text),
        (&mut widgets.inactive, p.bg2, p.line, p.text),
        (&mut widgets.hovered, p.bg3, p.line2, p.text),
        (&mut widgets.active, p.sel, p.accent, p.text),
        (&mut widgets.open, p.bg3, p.line2, p.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = CornerRadius::same(6);
        widget.expansion = 0.0;
    }
    v
}
