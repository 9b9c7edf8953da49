//! What looking up in the catalog costs: `cargo bench --bench catalog`.
//!
//! Every product that is known is looked up by its activation id, every code by its number, round after
//! round, and the best round counts. The lists are text that is searched as it stands, so the time
//! of the first look-up of a process is in no way another than that of the last.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program, which may fail and print"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use spptriage::catalog::Catalog;
use spptriage::hresult::Hresult;

const ROUNDS: usize = 20;

fn main() {
    let catalog = Catalog::builtin();
    let products: Vec<&str> = include_str!("../catalog/products.tsv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').next())
        .collect();
    tell("a product by its activation id", products.len(), || {
        for id in &products {
            assert!(black_box(catalog.product(black_box(id))).is_some());
        }
    });
    let unknown = "77777777-7777-7777-7777-777777777777";
    tell("a product that is not known", products.len(), || {
        for _ in &products {
            assert!(black_box(catalog.product(black_box(unknown))).is_none());
        }
    });
    let codes: Vec<Hresult> = catalog.known_codes().collect();
    tell("a code's line", codes.len(), || {
        for code in &codes {
            assert!(black_box(catalog.outline(black_box(*code))).is_some());
        }
    });
    tell("making the catalog", 1, || {
        black_box(Catalog::builtin());
    });
}

/// Prints what one of so many costs in the best round.
fn tell(what: &str, count: usize, mut round: impl FnMut()) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        round();
        best = best.min(start.elapsed());
    }
    let each = best.as_secs_f64() * 1e9 / count as f64;
    println!("{what:<32} {each:>8.0} ns, over {count}");
}
