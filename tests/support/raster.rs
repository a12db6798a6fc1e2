//! Draws a window without a graphics card, so that pictures are the same to the bit on every machine: what egui
//! tessellates, with its blending (premultiplied, in gamma space), its filters and the usual rule for shared edges.

use std::collections::HashMap;

use egui::epaint::{ImageData, ImageDelta, Primitive, Vertex};
use egui::{ColorImage, Mesh, Rect, TextureFilter, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbaImage;

/// Textures and nothing else.
#[derive(Default)]
pub struct Raster {
    textures: HashMap<TextureId, (ColorImage, TextureFilter)>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            images.iter().for_each(|image| self.set(id, image));
        }
        delta.free.drain().for_each(|id| drop(self.textures.remove(&id)));
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = (ctx.content_rect().size() * scale).round();
        let mut canvas = Canvas { size: [size.x as usize, size.y as usize], pixels: Vec::new() };
        canvas.pixels.resize(canvas.size[0] * canvas.size[1], [0.0; 4]);
        for clipped in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = &clipped.primitive else { continue };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a mesh without its texture")?;
            canvas.mesh(mesh, clipped.clip_rect * scale, scale, texture);
        }
        let bytes = canvas.pixels.iter().flatten().map(|channel| channel.round().clamp(0.0, 255.0) as u8).collect();
        RgbaImage::from_raw(canvas.size[0] as u32, canvas.size[1] as u32, bytes).ok_or_else(|| "no picture".to_owned())
    }
}

impl Raster {
    fn set(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(new) = &delta.image;
        let Some([left, top]) = delta.pos else {
            self.textures.insert(id, (new.as_ref().clone(), delta.options.magnification));
            return;
        };
        let Some((whole, _)) = self.textures.get_mut(&id) else { return };
        let width = whole.size[0];
        for (y, row) in new.pixels.chunks(new.size[0]).enumerate() {
            let at = (top + y) * width + left;
            whole.pixels[at..at + row.len()].copy_from_slice(row);
        }
    }
}

struct Canvas {
    size: [usize; 2],
    /// Premultiplied, from 0 to 255.
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, clip: Rect, scale: f32, texture: &(ColorImage, TextureFilter)) {
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| {
                let vertex = mesh.vertices[corners[i] as usize];
                Vertex { pos: vertex.pos * scale, ..vertex }
            });
            self.triangle(corners, clip, texture);
        }
    }

    fn triangle(&mut self, mut v: [Vertex; 3], clip: Rect, texture: &(ColorImage, TextureFilter)) {
        let edge = |a: egui::Pos2, b: egui::Pos2, x: f32, y: f32| {
            (f64::from(b.x) - f64::from(a.x)) * (f64::from(y) - f64::from(a.y))
                - (f64::from(b.y) - f64::from(a.y)) * (f64::from(x) - f64::from(a.x))
        };
        let area = edge(v[0].pos, v[1].pos, v[2].pos.x, v[2].pos.y);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            v.swap(1, 2);
        }
        let area = area.abs();
        // A pixel on an edge that two triangles share belongs to one: the one it is a top or left edge of.
        let owns = |a: egui::Pos2, b: egui::Pos2| (a.y == b.y && b.x > a.x) || b.y < a.y;
        let owned = [owns(v[1].pos, v[2].pos), owns(v[2].pos, v[0].pos), owns(v[0].pos, v[1].pos)];
        let bounds = Rect::from_points(&v.map(|vertex| vertex.pos)).intersect(clip.round());
        if !bounds.is_positive() && bounds.area() == 0.0 {
            return;
        }
        let range =
            |from: f32, to: f32, most: usize| (from.floor().max(0.0) as usize)..(to.ceil().max(0.0) as usize).min(most);
        let clip = clip.round();
        for py in range(bounds.top(), bounds.bottom(), self.size[1]) {
            for px in range(bounds.left(), bounds.right(), self.size[0]) {
                let (x, y) = (px as f32 + 0.5, py as f32 + 0.5);
                if x < clip.left() || x > clip.right() || y < clip.top() || y > clip.bottom() {
                    continue;
                }
                let w =
                    [edge(v[1].pos, v[2].pos, x, y), edge(v[2].pos, v[0].pos, x, y), edge(v[0].pos, v[1].pos, x, y)];
                if !w.iter().zip(owned).all(|(w, owned)| *w > 0.0 || (*w == 0.0 && owned)) {
                    continue;
                }
                let w = w.map(|w| (w / area) as f32);
                let mix = |of: fn(&Vertex) -> f32| v.iter().zip(w).map(|(vertex, w)| of(vertex) * w).sum::<f32>();
                let texel = sample(texture, mix(|v| v.uv.x), mix(|v| v.uv.y));
                let colour = [
                    mix(|v| f32::from(v.color.r())),
                    mix(|v| f32::from(v.color.g())),
                    mix(|v| f32::from(v.color.b())),
                    mix(|v| f32::from(v.color.a())),
                ];
                let source: [f32; 4] = std::array::from_fn(|i| texel[i] * colour[i] / 255.0);
                let pixel = &mut self.pixels[py * self.size[0] + px];
                let rest = 1.0 - source[3] / 255.0;
                *pixel = std::array::from_fn(|i| (source[i] + pixel[i] * rest).round());
            }
        }
    }
}

/// The texture at a place from 0 to 1, its edge going on for ever.
fn sample((image, filter): &(ColorImage, TextureFilter), u: f32, v: f32) -> [f32; 4] {
    let [width, height] = image.size;
    let texel = |x: f32, y: f32| {
        let (x, y) = (x.clamp(0.0, width as f32 - 1.0) as usize, y.clamp(0.0, height as f32 - 1.0) as usize);
        image.pixels[y * width + x].to_array().map(f32::from)
    };
    let (x, y) = (u * width as f32, v * height as f32);
    if *filter == TextureFilter::Nearest {
        return texel(x.floor(), y.floor());
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let corners = [texel(left, top), texel(left + 1.0, top), texel(left, top + 1.0), texel(left + 1.0, top + 1.0)];
    let shares = [(1.0 - right) * (1.0 - down), right * (1.0 - down), (1.0 - right) * down, right * down];
    std::array::from_fn(|i| corners.iter().zip(shares).map(|(corner, share)| corner[i] * share).sum())
}
