//! Shared inputs of the benchmarks.

use std::{fs, path::Path};

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Rng(pub u64);

impl Rng {
    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// One of `from`.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[(self.draw() % from.len() as u64) as usize]
    }
}

/// About `size` bytes of text that has the mix of source code: names, operators, strings, comments, URLs, digests,
/// and words such as `key` and `token` as often as code has them.
pub fn source(seed: u64, size: usize) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "result",
        "index",
        "key",
        "value",
        "token",
        "parse",
        "buffer",
        "length",
        "self",
        "config",
        "author",
        "create",
        "stream",
        "request",
        "response_handler",
        "MaxRetries",
        "credential",
        "secondary",
        "passed",
        "item_count",
        "getUserName",
        "internal_state",
        "offset",
        "node",
        "children",
        "update",
        "render",
        "session",
        "kind",
        "name",
    ];
    const LINES: &[&str] = &[
        "    let @ = @.@(@);\n",
        "    if @.@ == @ {\n",
        "    }\n\n",
        "// the @ of a @ is its @, see https://docs.test/@/@\n",
        "    return Err(\"no @ in @\".into());\n",
        "pub fn @(@: &str, @: usize) -> Option<@> {\n",
        "  \"@\": \"@\", \"@\": [#, #, #],\n",
        "@ = \"#x\"\n",
        "use crate::@::@;\n",
        "  - @: @-#\n",
        "checksum = \"##########\"\n",
        "<@ class=\"@ @\">@ @ @</@>\n",
    ];
    let mut rng = Rng(seed);
    let mut out = String::with_capacity(size + 200);
    while out.len() < size {
        for part in rng.pick(LINES).split_inclusive(['@', '#']) {
            match part.as_bytes().last() {
                Some(b'@') => {
                    out.push_str(&part[..part.len() - 1]);
                    out.push_str(rng.pick(WORDS));
                }
                Some(b'#') => {
                    out.push_str(&part[..part.len() - 1]);
                    out.push_str(&format!("{:x}", rng.draw() as u32));
                }
                _ => out.push_str(part),
            }
        }
    }
    out.into_bytes()
}

/// Every file below `root` in the order of its path, up to `limit` bytes.
pub fn tree(root: &Path, limit: usize) -> Vec<(String, Vec<u8>)> {
    let (mut files, mut total, mut stack) = (Vec::new(), 0, vec![root.to_path_buf()]);
    while let Some(path) = stack.pop() {
        if total >= limit {
            break;
        }
        if let Ok(entries) = fs::read_dir(&path) {
            let mut below: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            below.sort_by(|a, b| b.cmp(a));
            stack.extend(below);
        } else if let Ok(bytes) = fs::read(&path) {
            total += bytes.len();
            files.push((path.display().to_string(), bytes));
        }
    }
    files
}
