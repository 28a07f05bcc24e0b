//! A full disk: endings and sign-offs still go in, nothing new is started, and all is well once there is space.

use crate::open::in_namespace;
use crate::share::worker;
use crate::*;
use gonogo::journal::{Cause, Health};
use std::fs;

#[test]
fn on_a_full_disk_what_has_happened_is_still_recorded() {
    let test = "full::on_a_full_disk_what_has_happened_is_still_recorded";
    if let Some((_, path)) = worker() {
        return fill_up(&path);
    }
    let (_folder, path) = folder();
    in_namespace(test, &path, "mount -t tmpfs -o mode=700,size=6m none \"$DIR\"; \"$@\"");
}

fn fill_up(path: &Path) {
    let run = run_id(1);
    let mut journal = Journal::create_or_open(path).unwrap();
    let (_, lease) = begin(&mut journal, &run);
    journal.append(&run, 1, Needs::Lease(&lease), &stamp(), &intended(1)).unwrap();
    let hog = path.with_file_name("hog");
    let mut bytes = vec![0; 8 * 1024 * 1024];
    getrandom::fill(&mut bytes).unwrap();
    fs::write(&hog, &bytes).unwrap_err();

    // The output does not fit any more; its ending does, and says what is missing.
    let mut writer = journal.output_writer(&run, AttemptId(1), Keep::default()).unwrap();
    writer.write(&bytes[..3_000_000]);
    let kept = writer.finish(0);
    let entries = journal.end_attempt(&run, 2, &stamp(), &ended(1), &kept).unwrap();
    let Event::AttemptEnded(ended) = &entries[0].event else { panic!("the ending") };
    assert_eq!((ended.output.bytes, ended.output.dropped), (3_000_000, 3_000_000));
    assert_eq!(ended.output.sha256, Some(Digest::of(&bytes[..3_000_000])));
    assert_eq!(journal.health(), Health::Full);

    let refused = journal.append(&run, 3, Needs::Lease(&lease), &stamp(), &intended(2)).unwrap_err();
    assert_eq!(refused.cause, Cause::Full);
    for seq in 4..500 {
        assert_eq!(add(&mut journal, &run, &note("a sign-off")), seq);
    }
    assert!(journal.verify_all().unwrap().is_intact());

    fs::remove_file(&hog).unwrap();
    journal.append(&run, 499, Needs::Lease(&lease), &stamp(), &intended(2)).unwrap();
    assert_eq!(journal.health(), Health::Good);
    assert_eq!(fs::metadata(path.with_file_name("journal.db-ballast")).unwrap().len(), 1024 * 1024);
    assert!(journal.verify_all().unwrap().is_intact());
}
