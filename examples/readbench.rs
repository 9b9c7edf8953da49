fn main() {
    let mut args = std::env::args_os().skip(1);
    let mode = args.next().unwrap();
    let rounds: u32 = args.next().unwrap().to_str().unwrap().parse().unwrap();
    let paths: Vec<std::path::PathBuf> = args.map(Into::into).collect();
    let (sources, _) = spptriage::input::discover(&paths);
    let wanted = spptriage::spp::wanted();
    let mut scratch = spptriage::eventlog::Scratch::new();
    let opts = Default::default();
    for _ in 0..rounds {
        let t = std::time::Instant::now();
        let (mut n, mut bytes) = (0u64, 0u64);
        for s in &sources {
            let spptriage::input::Source::Log(log) = s else {
                continue;
            };
            let c = if mode == "parse" {
                spptriage::eventlog::read_log(log, &wanted, &opts, &mut scratch, &mut |e| {
                    let e = spptriage::spp::parse(e);
                    n += e.data.len() as u64;
                })
                .unwrap()
            } else {
                spptriage::eventlog::read_log(log, &wanted, &opts, &mut scratch, &mut |e| {
                    n += e.data.len() as u64;
                })
                .unwrap()
            };
            bytes += c.bytes;
        }
        let s = t.elapsed().as_secs_f64();
        println!("{} strings, {:.2} GB/s", n, bytes as f64 / s / 1e9);
    }
}
