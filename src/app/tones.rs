//! Colours of data: categories, and ramps for values, for both themes. `view` says what a thing means ([`Tone`]), this
//! says how that looks.

use std::sync::OnceLock;

use egui::Color32;

use super::theme::{DARK, LIGHT, Palette};
use crate::view::trees::tone::{Hue, Tone};

const fn rgb(hex: u32) -> [u8; 3] {
    let [_, r, g, b] = hex.to_be_bytes();
    [r, g, b]
}

/// Colours of one theme.
#[derive(Debug)]
pub struct Tones {
    categories: [Color32; 8],
    /// Each category at each strength: pale to full.
    classes: Vec<[Color32; 256]>,
    sequential: Vec<Color32>,
    diverging: Vec<Color32>,
    plain: Color32,
}

impl Tones {
    /// The colours that go with a palette.
    pub fn of(p: &Palette) -> &'static Self {
        static BOTH: OnceLock<[Tones; 2]> = OnceLock::new();
        let [dark, light] = BOTH.get_or_init(|| [Self::dark(), Self::light()]);
        if p.bg1 == DARK.bg1 { dark } else { light }
    }

    fn new(p: &Palette, categories: [u32; 8], sequential: &[u32], diverging: &[u32]) -> Self {
        let categories = categories.map(rgb).map(colour);
        let class = |full: Color32| {
            let mut all = [full; 256];
            for (place, strength) in all.iter_mut().zip(0..=255u8) {
                *place = p.bg2.lerp_to_gamma(full, 0.25 + 0.75 * f32::from(strength) / 255.0);
            }
            all
        };
        Self {
            classes: categories.iter().map(|full| class(*full)).collect(),
            categories,
            sequential: ramp(sequential),
            diverging: ramp(diverging),
            plain: p.line2,
        }
    }

    fn dark() -> Self {
        Self::new(
            &DARK,
            [0x6A_8CC7, 0xE8_935A, 0x4F_C3A1, 0xDE_86B8, 0xE0_C95C, 0xA9_94EE, 0x9C_B85A, 0xA9_B1BD],
            &[0x1B_1E27, 0x31_306B, 0x76_407F, 0xC7_606B, 0xF4_A05B, 0xFC_E9A6],
            &[0x9A_D2FF, 0x2F_74B3, 0x1A_1E24, 0xA3_561F, 0xFF_C691],
        )
    }

    fn light() -> Self {
        Self::new(
            &LIGHT,
            [0x3D_6FB8, 0xC7_621E, 0x0F_7F6B, 0xB0_447F, 0x8A_7400, 0x6B_4BC0, 0x4F_7A1E, 0x5F_6875],
            &[0xFD_F3D3, 0xF9_B872, 0xDE_6F6C, 0x9A_4489, 0x4B_2A77, 0x1B_1636],
            &[0x0A_3F7C, 0x6C_AADC, 0xF4_F5F7, 0xE5_9C63, 0x7A_3304],
        )
    }

    /// The colour of a category: the classes' own colour, at full strength.
    pub fn hue(&self, hue: Hue) -> Color32 {
        match hue {
            Hue::Class(i) => self.categories.get(usize::from(i)).copied().unwrap_or(self.plain),
            _ => self.plain,
        }
    }

    /// The colour of a tone. Unsure classes are pale, but never gone.
    pub fn get(&self, tone: Tone) -> Color32 {
        let at = |ramp: &[Color32]| ramp.get(usize::from(tone.strength)).copied().unwrap_or(self.plain);
        match tone.hue {
            Hue::Plain => self.plain,
            Hue::Class(i) => self.classes.get(usize::from(i)).map_or(self.plain, |class| at(class)),
            Hue::Scale => at(&self.sequential),
            Hue::Signed => at(&self.diverging),
        }
    }
}

fn colour([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

fn linear(byte: u8) -> f32 {
    let c = f32::from(byte) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
fn gamma(c: f32) -> u8 {
    let c = if c <= 0.003_130_8 { c * 12.92 } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
    (c.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Björn Ottosson's OKLab, in which equal steps look equal.
fn to_oklab(hex: u32) -> [f32; 3] {
    let [r, g, b] = rgb(hex).map(linear);
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

fn from_oklab([lightness, a, b]: [f32; 3]) -> Color32 {
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    Color32::from_rgb(
        gamma(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
        gamma(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s),
        gamma(-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s),
    )
}

/// 256 colours through equally spaced stops.
fn ramp(stops: &[u32]) -> Vec<Color32> {
    let stops: Vec<[f32; 3]> = stops.iter().map(|stop| to_oklab(*stop)).collect();
    let spans = u16::try_from(stops.len().saturating_sub(1)).unwrap_or(1);
    (0..=255u16)
        .map(|i| {
            let at = f32::from(i) / 255.0 * f32::from(spans);
            let from = usize::from((i * spans / 255).min(spans - 1));
            #[expect(clippy::cast_precision_loss, reason = "a handful of stops")]
            let part = at - from as f32;
            match stops.get(from..) {
                Some([a, b, ..]) => from_oklab([0, 1, 2].map(|k| {
                    let (a, b) = (a.get(k).copied().unwrap_or(0.0), b.get(k).copied().unwrap_or(0.0));
                    a + (b - a) * part
                })),
                _ => Color32::PLACEHOLDER,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_begin_and_end_at_their_stops() {
        let ramp = ramp(&[0x1B_1E27, 0xC7_606B, 0xFC_E9A6]);
        let near = |a: Color32, b: [u8; 3]| {
            let [r, g, bl, _] = a.to_array();
            [r, g, bl].iter().zip(b).all(|(x, y)| x.abs_diff(y) <= 1)
        };
        assert_eq!(ramp.len(), 256);
        assert!(near(ramp[0], rgb(0x1B_1E27)) && near(ramp[255], rgb(0xFC_E9A6)), "{:?} {:?}", ramp[0], ramp[255]);
    }
}
