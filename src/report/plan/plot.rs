//! Plots as SVG text, drawn by plotters.
//!
//! A plot takes the colour of text from the page it stands in, so it is readable on light and dark.

use std::error::Error;

use plotters::prelude::*;

use crate::plan::Point;

/// Size in pixels: narrow enough for the screen of a telephone.
const SIZE: (u32, u32) = (360, 240);

/// Size of letters in pixels.
const LETTERS: u32 = 13;

/// Stands for the colour of text, and is replaced by it.
const TEXT: RGBColor = RGBColor(1, 2, 3);

/// Colours of lines: at least 3 : 1 on white and on the dark of the page.
const LINES: [RGBColor; 2] = [RGBColor(0x2e, 0x7b, 0xc4), RGBColor(0xc4, 0x62, 0x1a)];

/// A line with its name.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) points: &'a [Point],
}

/// One plot.
pub(super) struct Plot<'a> {
    /// What the axis below counts.
    pub(super) x: &'a str,
    /// What the axis at the left counts.
    pub(super) y: &'a str,
    /// One or two lines.
    pub(super) lines: Vec<Line<'a>>,
    /// The top of the axis at the left, where it should not follow the points.
    pub(super) top: Option<f64>,
}

impl Plot<'_> {
    /// The picture; `None` where there is nothing to draw.
    pub(super) fn svg(&self) -> Option<String> {
        let all = || self.lines.iter().flat_map(|it| it.points).filter(|it| it.1.is_finite());
        let right = all().map(|it| it.0).fold(0.0, f64::max);
        let top = self.top.unwrap_or_else(|| all().map(|it| it.1).fold(0.0, f64::max) * 1.05);
        if right <= 0.0 || top <= 0.0 {
            return None;
        }
        let mut text = String::new();
        // Whatever cannot be drawn is left out: the page says the numbers, too.
        self.draw(&mut text, right, top).ok()?;
        Some(adapted(&text))
    }

    fn draw(&self, text: &mut String, right: f64, top: f64) -> Result<(), Box<dyn Error>> {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(6)
            .x_label_area_size(38)
            .y_label_area_size(58)
            .build_cartesian_2d(0.0..right, 0.0..top)?;
        let letters = ("sans-serif", LETTERS).into_font().color(&TEXT);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(TEXT.mix(0.15))
            .axis_style(TEXT)
            .label_style(letters.clone())
            .axis_desc_style(letters.clone())
            .x_labels(5)
            .y_labels(5)
            .x_label_formatter(&|it| short(*it))
            .y_label_formatter(&|it| short(*it))
            .x_desc(self.x)
            .y_desc(self.y)
            .draw()?;
        for (line, color) in self.lines.iter().zip(LINES) {
            let points = line.points.iter().copied();
            let points = points.filter(|it| it.1.is_finite() && it.1 <= top);
            chart.draw_series(LineSeries::new(points, color.stroke_width(2)))?;
        }
        root.present()?;
        Ok(())
    }

    /// The colours of the lines with their names, where there are several.
    pub(super) fn legend(&self) -> Vec<(String, &str)> {
        let hex = |it: RGBColor| format!("#{:02x}{:02x}{:02x}", it.0, it.1, it.2);
        let named = self.lines.iter().zip(LINES).map(|(it, color)| (hex(color), it.name));
        named.filter(|_| self.lines.len() > 1).collect()
    }
}

/// A number of an axis: `1.2k` for 1,200.
fn short(value: f64) -> String {
    let plain = |it: f64| {
        let rounded = (it * 100.0).round() / 100.0;
        rounded.to_string()
    };
    match value {
        it if it >= 1e6 => format!("{}M", plain(it / 1e6)),
        it if it >= 1e4 => format!("{}k", plain(it / 1e3)),
        it => plain(it),
    }
}

/// The picture with the colour of the text around it, as wide as there is room.
fn adapted(svg: &str) -> String {
    let hex = format!("#{:02x}{:02x}{:02x}", TEXT.0, TEXT.1, TEXT.2);
    let svg = svg.replace(&hex, "currentColor").replace(&hex.to_uppercase(), "currentColor");
    svg.replacen("<svg ", "<svg aria-hidden=\"true\" focusable=\"false\" ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_its_line_and_takes_the_colour_of_the_page() {
        let points = [(0.0, 0.0), (1.0, 10.0), (2.0, f64::INFINITY)];
        let lines = vec![Line { name: "a", points: &points }];
        let svg = Plot { x: "workers", y: "%", lines, top: None }.svg().expect("a plot");
        assert!(svg.contains("<polyline") && svg.contains("currentColor"), "{svg}");
        assert!(!svg.contains("#010203") && !svg.contains("NaN"), "{svg}");
        let nothing = Plot { x: "x", y: "y", lines: Vec::new(), top: None };
        assert_eq!(nothing.svg(), None);
    }
}
