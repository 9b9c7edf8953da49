fn main() {
    let paths: Vec<std::path::PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let (sources, skipped) = spptriage::input::discover(&paths);
    let mut summary = spptriage::fleet::scan(sources, &Default::default());
    for s in skipped {
        summary.add_skipped(s);
    }
    let catalog = spptriage::catalog::Catalog::builtin();
    let policy = spptriage::diagnosis::Policy::default();
    let triage = spptriage::fleet::conclude(&summary, &catalog, &policy);
    let report = spptriage::report::build(
        &triage,
        &catalog,
        &spptriage::report::ReportOptions {
            language: spptriage::catalog::Language::En,
            generated_at: "2026-11-24T00:00:00Z".parse().unwrap(),
            arguments: vec![],
        },
    );
    println!("{}", serde_json::to_string_pretty(&report).unwrap());
}
