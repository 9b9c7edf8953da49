//! From measured seconds to a line of the Markdown table.

/// Head of the table.
pub(super) const HEAD: &str = "\
| logs | way | seconds (median) | GB/s | times the first way | times `report` | peak memory |
| --- | --- | --- | --- | --- | --- | --- |
";

/// What was measured of one way; each way of a set has the same number of rounds.
pub(super) struct Measured {
    pub(super) way: String,
    /// Seconds, round by round.
    pub(super) seconds: Vec<f64>,
    /// Bytes.
    pub(super) peak: Option<u64>,
}

/// The lines of one set of logs. Ratios are taken within a round, since a machine's speed may
/// change between rounds; median, least and most are told.
pub(super) fn lines(set: &str, bytes: u64, ways: &[Measured], report: usize) -> String {
    let ratio = |way: &Measured, to: usize| {
        let to = ways.get(to).map_or(&[] as &[f64], |to| &to.seconds);
        let mut ratios: Vec<f64> = way.seconds.iter().zip(to).map(|(a, b)| a / b).collect();
        let middle = median(&mut ratios);
        let (least, most) = (
            ratios.first().copied().unwrap_or(f64::NAN),
            ratios.last().copied().unwrap_or(f64::NAN),
        );
        format!("{middle:.2} ({least:.2} to {most:.2})")
    };
    let line = |(index, way): (usize, &Measured)| {
        let seconds = median(&mut way.seconds.clone());
        let first = if index == 0 {
            "1".to_owned()
        } else {
            ratio(way, 0)
        };
        let own = if index == report {
            "1".to_owned()
        } else {
            ratio(way, report)
        };
        let peak = way.peak.map_or("-".to_owned(), |peak| {
            format!("{:.1} MB", peak as f64 / 1e6)
        });
        format!(
            "| {set} | {} | {seconds:.3} | {:.2} | {first} | {own} | {peak} |\n",
            way.way,
            bytes as f64 / seconds / 1e9
        )
    };
    ways.iter().enumerate().map(line).collect()
}

/// The middle one, the lower of two; leaves them sorted.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len().saturating_sub(1) / 2;
    numbers.get(middle).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_a_round() {
        let way = |way: &str, seconds: &[f64], peak| Measured {
            way: way.to_owned(),
            seconds: seconds.to_vec(),
            peak,
        };
        let ways = [
            way("cat", &[1.0, 2.0, 4.0], None),
            way("report", &[0.5, 1.0, 2.0], Some(43_000_000)),
        ];
        assert_eq!(
            lines("all", 2_000_000_000, &ways, 1),
            "| all | cat | 2.000 | 1.00 | 1 | 2.00 (2.00 to 2.00) | - |\n\
             | all | report | 1.000 | 2.00 | 0.50 (0.50 to 0.50) | 1 | 43.0 MB |\n"
        );
    }
}
