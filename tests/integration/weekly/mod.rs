//! What administrators need every week: what has changed, what is accepted, what most failures have in
//! common, one machine in depth.

mod accepted;
mod baseline;
mod collecting;
mod depth;

use std::path::Path;

use xtask::recipe::Recipe;

/// Writes the log of a machine that asks a KMS host in vain, from a day of March 2026 on.
fn write_failing(folder: &Path, computer: &str, code: &str, day: u32) {
    let label = computer.split('.').next().unwrap();
    let number = label.bytes().map(u32::from).sum::<u32>() + day;
    let events = format!(
        "2026-03-{day:02} 08:00:00.000 902 10.0.19041.1266\n\
         2026-03-{day:02} 08:10:00.000 12288 {code}, 0x00000000, kms01.contoso.com:1688, \
         0c8d6a51-4f0b-4f5e-b0ea-0000{number:08x}, 2026/03/{day:02} 08:10, 0, 5, 0, \
         73111121-5638-40f6-bc11-f1d7b0d64300, 25\n\
         2026-03-{day:02} 08:10:01.000 8198 hr=0xC004F074 | RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;\
         Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;\
         SkuId=73111121-5638-40f6-bc11-f1d7b0d64300;NotificationInterval=1440;Trigger=TimerEvent\n"
    );
    let bytes = Recipe::of_events(computer, &events).own_bytes().unwrap();
    std::fs::write(folder.join(format!("{label}-{day}.evtx")), bytes).unwrap();
}
