//! Whether things should move: what the desktop says, where it says so in a file. GNOME keeps its switch in a database of
//! its own, so there is a command as well.

use std::path::Path;

/// True if the desktop asks for no animations: the settings that GTK programs and KDE read. For a job.
pub fn is_reduced() -> bool {
    let Some(home) = std::env::var_os("HOME") else { return false };
    let config =
        std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| Path::new(&home).join(".config"), std::path::PathBuf::from);
    ["gtk-4.0/settings.ini", "gtk-3.0/settings.ini", "kdeglobals"]
        .iter()
        .filter_map(|file| std::fs::read_to_string(config.join(file)).ok())
        .any(|text| asks_for_less(&text))
}

/// True if a line of an ini file switches animations off.
fn asks_for_less(text: &str) -> bool {
    text.lines().filter_map(|line| line.split_once('=')).any(|(key, value)| {
        matches!(
            (key.trim(), value.trim()),
            ("gtk-enable-animations", "0" | "false" | "False") | ("AnimationDurationFactor", "0")
        )
    })
}

/// Lets things move or not.
pub fn set(ctx: &egui::Context, reduced: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if reduced { 0.0 } else { super::theme::ANIMATION };
        style.scroll_animation = if reduced { egui::style::ScrollAnimation::none() } else { Default::default() };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtk_and_kde_say_it_in_their_own_words() {
        assert!(asks_for_less("[Settings]\ngtk-theme-name=Adwaita\ngtk-enable-animations=false\n"));
        assert!(asks_for_less("[KDE]\nAnimationDurationFactor=0\n"));
        assert!(!asks_for_less("[KDE]\nAnimationDurationFactor=0.5\n[Settings]\ngtk-enable-animations=1\n"));
    }

    #[test]
    fn reduced_motion_is_no_motion_in_both_themes() {
        let ctx = egui::Context::default();
        crate::app::theme::install(&ctx);
        set(&ctx, true);
        for theme in [egui::Theme::Dark, egui::Theme::Light] {
            assert_eq!(ctx.style_of(theme).animation_time, 0.0);
        }
    }
}
