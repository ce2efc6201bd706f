//! Changes to inputs: slips of the hand, pieces of others, and growth.

/// No input grows beyond this: what takes too long has to take too long on little.
const LEN_MAX: usize = 64 * 1024;

/// Lengths at which readers stop looking.
const BOUNDS: &[usize] =
    &[16, 24, 32, 40, 64, 100, 128, 200, 256, 400, 512, 1024, 2048, 4096, 8192];

/// Numbers that look random and are the same for the same seed: xorshift64*.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    fn pick<'a>(&mut self, items: &'a [String]) -> &'a str {
        &items[self.below(items.len())]
    }
}

/// A new input out of others and of words, of which there is at least one each.
pub fn mutate(random: &mut Random, seeds: &[String], words: &[String]) -> String {
    let mut text: Vec<char> = random.pick(seeds).chars().collect();
    for _ in 0..=random.below(6) {
        change(random, &mut text, seeds, words);
        text.truncate(LEN_MAX);
    }
    text.into_iter().collect()
}

fn change(random: &mut Random, text: &mut Vec<char>, seeds: &[String], words: &[String]) {
    let at = random.below(text.len() + 1);
    let len = random.below(24).min(text.len() - at);
    match random.below(11) {
        // A word in the place of something, or in front of it.
        0..=2 => {
            text.splice(at..at + len, random.pick(words).chars());
        }
        3 => {
            text.splice(at..at, random.pick(words).chars());
        }
        4 => {
            text.drain(at..at + len);
        }
        // A piece again and again, as in nesting.
        5 => {
            let piece: Vec<char> = text[at..at + len].to_vec();
            let many = piece.len() << random.below(10);
            text.splice(at..at, piece.iter().copied().cycle().take(many));
        }
        // A piece of another input.
        6 => {
            let other: Vec<char> = random.pick(seeds).chars().collect();
            let from = random.below(other.len() + 1);
            let to = (from + random.below(400)).min(other.len());
            text.splice(at..at, other[from..to].iter().copied());
        }
        7 => lines(random, text),
        // A character as often as readers look ahead or back, and once more or less.
        8 => {
            let it = text.get(at).copied().unwrap_or('a');
            let many = BOUNDS[random.below(BOUNDS.len())] + random.below(3) - 1;
            text.splice(at..at, std::iter::repeat_n(it, many));
        }
        9 => {
            let number = random.below(1 << 20).to_string();
            text.splice(at..at + len.min(3), number.chars());
        }
        _ => {
            let other = u32::try_from(random.below(0x180)).ok().and_then(char::from_u32);
            if let Some(it) = text.get_mut(at) {
                *it = other.unwrap_or(' ');
            }
        }
    }
}

/// A line again at another place, two lines exchanged, or a line less.
fn lines(random: &mut Random, text: &mut Vec<char>) {
    let joined: String = text.iter().collect();
    let mut lines: Vec<&str> = joined.split_inclusive('\n').collect();
    if lines.is_empty() {
        return;
    }
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 => lines.insert(to, lines[from]),
        1 => lines.swap(from, to),
        _ => {
            lines.remove(from);
        }
    }
    *text = lines.concat().chars().collect();
}
