/*!
What the fuzz targets assert, one module a target, and the inputs they start from.

| target | door | what must hold |
|---|---|---|
| `scan` | any bytes | spans in range, sorted, apart; lines and columns count; any cutting gives the same; redaction leaves nothing |
| `state` | saved baselines | what loads saves to the same bytes, scores, closes, merges and goes on as if never saved |
| `ledger` | lines of a ledger, commands | verify, read, replay and resume agree; a changed byte shows; the invariants hold |
| `adapters` | exports and logs | detection and parsing agree; what was read reconciles; problems stay within their limit |
| `authorize` | AuthZEN requests | decisions replay, survive JSON and enter a ledger; no token in a request |
| `assess` | a policy and exports | the same bytes twice; the next run goes on from the ledger and the baseline of the first |

No input is kept in the repository: with `NHI_FUZZ_SEEDS=DIR` a target writes its first inputs and its dictionary
there and ends. Inputs are made of minted tokens and of histories that the engine itself wrote.
*/

pub mod adapters;
pub mod assess;
pub mod authorize;
pub mod ledger;
pub mod scan;
pub mod seeds;
pub mod state;

use std::{env, fs, path::Path, process};

/// A target: its first inputs and the words that its inputs are made of.
pub struct Target {
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words worth trying.
    pub words: fn() -> Vec<String>,
}

/// Writes the first inputs and the dictionary to the folder `NHI_FUZZ_SEEDS` and ends the process, if it is set.
pub fn start(target: &Target) {
    let Some(folder) = env::var_os("NHI_FUZZ_SEEDS") else { return };
    match write(target, Path::new(&folder)) {
        Ok(()) => process::exit(0),
        Err(error) => {
            eprintln!("NHI_FUZZ_SEEDS: {error}");
            process::exit(1);
        }
    }
}

fn write(target: &Target, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (i, seed) in (target.seeds)().iter().enumerate() {
        fs::write(folder.join(format!("seed-{i:03}")), seed)?;
    }
    let words = (target.words)().iter().map(|word| quoted(word)).collect::<String>();
    fs::write(folder.with_extension("dict"), words)
}

/// A line of a libFuzzer dictionary.
fn quoted(word: &str) -> String {
    let escape = |b: u8| match b {
        b'"' | b'\\' => format!("\\{}", char::from(b)),
        b' '..=b'~' => char::from(b).to_string(),
        _ => format!("\\x{b:02x}"),
    };
    format!("\"{}\"\n", word.bytes().map(escape).collect::<String>())
}

/// SplitMix64 (Steele, Lea, Flood 2014), from the bytes of an input: what else a target needs to choose.
pub struct Choices(u64);

impl Choices {
    /// Choices that follow from `data` alone.
    pub fn of(data: &[u8]) -> Self {
        Choices(
            data.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// One of `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.draw() % n as u64) as usize }
    }
}

/// `data` without its first byte, and that byte: what a target does with the rest.
pub fn split(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (*first, rest))
}

/// `first` before `rest`: an input for a target that calls [`split`].
pub fn joined(first: u8, rest: &[u8]) -> Vec<u8> {
    [&[first], rest].concat()
}
