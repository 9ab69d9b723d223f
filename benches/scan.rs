//! How fast bytes are scanned: `cargo bench -p benches --bench scan`.
//!
//! With `NHI_BENCH_TREE=DIR` also a real tree (the first 200 MB of it, read before the clock starts, file by file).

use std::{env, hint::black_box, path::Path};

use benches::{source, tree};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nhi_core::classify::Scanner;

fn scan(c: &mut Criterion) {
    let scanner = Scanner::default();
    let plain = Scanner::builder().generic(false).build();
    let text = source(1, 8 << 20);
    let hostile: Vec<(&str, Vec<u8>)> = [
        ("base64", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0".to_owned()),
        ("dense-prefix", ["gh", "p_"].concat()),
        ("dense-keys", "api_key=\"a1b2\" ".to_owned()),
    ]
    .into_iter()
    .map(|(name, unit)| (name, unit.bytes().cycle().take(8 << 20).collect()))
    .collect();

    c.bench_function("scan/build", |b| b.iter(Scanner::default));
    let mut group = c.benchmark_group("scan");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("source", |b| b.iter(|| scanner.scan(black_box(&text))));
    group.bench_function("source-no-generic", |b| b.iter(|| plain.scan(black_box(&text))));
    for (name, bytes) in &hostile {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(*name, |b| b.iter(|| scanner.scan(black_box(bytes))));
    }
    if let Ok(root) = env::var("NHI_BENCH_TREE") {
        let files = tree(Path::new(&root), 200 << 20);
        group.throughput(Throughput::Bytes(files.iter().map(|(_, bytes)| bytes.len() as u64).sum()));
        group.bench_function("tree", |b| {
            b.iter(|| files.iter().map(|(path, bytes)| scanner.scan_file(path, bytes).len()).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
