//! Bytes of an input → pieces of lines, decompressed, through one buffer.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use memchr::memchr;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Bytes of the buffer, and of the longest line that is read as one piece.
pub(crate) const PIECE_MAX: usize = 256 * 1024;

/// Largest window of a zstd frame, which must be held in memory: that of `zstd -19` is 8 MB, of
/// `zstd --long` 128 MB.
const WINDOW_MAX: u64 = 16 << 20;

/// What each byte of a compressed input may come to, in bytes of text and [`LINE_COST`] for each
/// line. Logs of a server that does one thing all day come to a hundred.
const INFLATED_MAX: u64 = 300;

/// What any compressed input may come to besides, however short it is.
const INFLATED_LEAST: u64 = 1_000_000_000;

/// What looking at a line costs, in bytes: an input of empty lines is not cheap.
const LINE_COST: u64 = 100;

/// A line, or a part of one that is longer than the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// Its bytes without the line end.
    pub(crate) bytes: &'a [u8],
    /// Whether the line began before.
    pub(crate) continues: bool,
    /// Whether the line ends with it.
    pub(crate) ends: bool,
}

/// Pieces of lines of an input.
pub(crate) struct Pieces<'a> {
    input: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// What of the buffer is not given out yet.
    from: usize,
    to: usize,
    at_end: bool,
    continues: bool,
    /// Bytes that were read of a compressed input; `None` for any other.
    compressed: Option<Rc<Cell<u64>>>,
    /// What the pieces came to so far.
    spent: u64,
}

impl<'a> Pieces<'a> {
    /// Looks at the first bytes, and decompresses what is gzip or zstd.
    pub(crate) fn new(input: impl Read + 'a) -> io::Result<Self> {
        let read = Rc::new(Cell::new(0));
        let counted = Counted { input, read: Rc::clone(&read) };
        let mut input = BufReader::with_capacity(64 * 1024, counted);
        let start = input.fill_buf()?;
        let is_compressed = matches!(start, [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..]);
        let input: Box<dyn Read + 'a> = match start {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(input)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(Zstd::new(input)),
            _ => Box::new(input),
        };
        let buffer = vec![0; PIECE_MAX];
        let compressed = is_compressed.then_some(read);
        Ok(Self {
            input,
            buffer,
            from: 0,
            to: 0,
            at_end: false,
            continues: false,
            compressed,
            spent: 0,
        })
    }

    /// The next piece; at the end what has no line end.
    ///
    /// # Errors
    /// Those of the input, and that a compressed one goes on for longer than any log does.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        if let Some(read) = &self.compressed
            && self.spent > INFLATED_LEAST + read.get().saturating_mul(INFLATED_MAX)
        {
            let reason = "its text is several hundred times as long as the compressed file";
            return Err(io::Error::other(reason));
        }
        let piece = self.piece()?;
        self.spent += piece.as_ref().map_or(0, |(it, ..)| it.len() as u64 + LINE_COST);
        Ok(piece.map(|(range, continues, ends)| {
            let bytes = &self.buffer[range];
            let bytes = if ends { bytes.strip_suffix(b"\r").unwrap_or(bytes) } else { bytes };
            Piece { bytes, continues, ends }
        }))
    }

    /// The place of the next piece in the buffer, whether its line began before, and whether the line
    /// ends with it.
    fn piece(&mut self) -> io::Result<Option<(Range<usize>, bool, bool)>> {
        let mut searched = self.from;
        loop {
            if let Some(found) = memchr(b'\n', &self.buffer[searched..self.to]) {
                let (start, end) = (self.from, searched + found);
                self.from = end + 1;
                return Ok(Some((start..end, std::mem::take(&mut self.continues), true)));
            }
            if self.at_end {
                let rest = self.from..self.to;
                self.from = self.to;
                return Ok((!rest.is_empty()).then_some((rest, self.continues, false)));
            }
            if self.from > 0 {
                self.buffer.copy_within(self.from..self.to, 0);
                self.to -= self.from;
                self.from = 0;
            }
            if self.to == self.buffer.len() {
                let continues = std::mem::replace(&mut self.continues, true);
                self.from = self.to;
                return Ok(Some((0..self.to, continues, false)));
            }
            searched = self.to;
            match self.input.read(&mut self.buffer[self.to..]) {
                Ok(0) => self.at_end = true,
                Ok(read) => self.to += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// An input whose bytes are counted as they are read.
struct Counted<R> {
    input: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(target)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

/// Frames of zstd, one after the other, as `cat a.zst b.zst` and parallel compressors write them.
struct Zstd<R: BufRead> {
    frames: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(frames: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_MAX);
        Self { frames, decoder, is_in_frame: false }
    }

    /// Begins the next frame. `false` at the end of the input.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.frames.fill_buf()?.is_empty() {
            let skipped = match self.decoder.reset(&mut self.frames) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => u64::from(length),
                Err(error) => return Err(io::Error::other(error)),
            };
            io::copy(&mut (&mut self.frames).take(skipped), &mut io::sink())?;
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_in_frame {
                if !self.begin()? {
                    return Ok(0);
                }
                self.is_in_frame = true;
            }
            let read = self.decoder.read(target)?;
            if read > 0 {
                return Ok(read);
            }
            if self.decoder.is_finished() && self.decoder.can_collect() == 0 {
                self.is_in_frame = false;
                continue;
            }
            let once = BlockDecodingStrategy::UptoBlocks(1);
            self.decoder.decode_blocks(&mut self.frames, once).map_err(io::Error::other)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn lines(input: &[u8]) -> Vec<(String, bool)> {
        let mut pieces = Pieces::new(input).expect("an input");
        let mut lines = Vec::new();
        while let Some(piece) = pieces.next().expect("bytes") {
            lines.push((String::from_utf8_lossy(piece.bytes).into_owned(), piece.ends));
        }
        lines
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn compressed_inputs_have_the_same_lines() {
        let text = b"one\r\ntwo\n\nthree";
        let expect = lines(text);
        assert_eq!(expect.len(), 4);
        assert_eq!(expect[3], ("three".to_owned(), false));
        assert_eq!(lines(&gzip(text)), expect);
        assert_eq!(lines(&[gzip(b"one\ntw"), gzip(b"o\n\nthree")].concat()), expect);
        let zstd = |it: &[u8]| compress_to_vec(it, CompressionLevel::Fastest);
        assert_eq!(lines(&zstd(text)), expect);
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9].to_vec();
        assert_eq!(lines(&[zstd(b"one\ntw"), skipped, zstd(b"o\n\nthree")].concat()), expect);
    }

    #[test]
    fn half_a_compressed_file_is_an_error_after_its_lines() {
        let text: String = (0..50_000).map(|it| format!("line {it}\n")).collect();
        for all in
            [gzip(text.as_bytes()), compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)]
        {
            let mut pieces = Pieces::new(&all[..all.len() / 2]).expect("an input");
            let mut count = 0;
            let error = loop {
                match pieces.next() {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => panic!("half of it looks whole"),
                    Err(error) => break error,
                }
            };
            assert!(count < 50_000, "{error}");
        }
    }

    #[test]
    fn a_short_file_of_endless_lines_is_not_read_to_its_end() {
        let text = vec![b'\n'; 12_000_000];
        let all = gzip(&text);
        assert!(all.len() < 100_000, "{}", all.len());
        let mut pieces = Pieces::new(all.as_slice()).expect("an input");
        let mut count = 0;
        let error = loop {
            match pieces.next() {
                Ok(Some(_)) => count += 1,
                Ok(None) => panic!("all of it was read"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("several hundred times"), "{error}");
        assert!(count > 5_000_000);
        // What is not compressed is as long as it looks.
        let mut pieces = Pieces::new(text.as_slice()).expect("an input");
        let mut count = 0;
        while pieces.next().expect("bytes").is_some() {
            count += 1;
        }
        assert_eq!(count, text.len());
    }

    #[test]
    fn lines_longer_than_the_buffer_come_in_pieces() {
        let long = vec![b'x'; PIECE_MAX * 2 + 5];
        let text = [long.as_slice(), b"\nshort\n"].concat();
        let mut pieces = Pieces::new(text.as_slice()).expect("an input");
        let mut got = Vec::new();
        while let Some(piece) = pieces.next().expect("bytes") {
            got.push((piece.bytes.len(), piece.continues, piece.ends));
        }
        assert_eq!(got.iter().map(|it| it.0).sum::<usize>(), long.len() + 5);
        assert_eq!(got.last(), Some(&(5, false, true)));
        assert!(got[..got.len() - 1].iter().skip(1).all(|it| it.1));
    }
}
