//! What has to be there before the first command, and where commands act.

use crate::desk::{Desk, play, state};
use gonogo::run::decide::{Execute, Intent, Refusal};
use gonogo::run::event::DeviationKind;
use gonogo::session::{Denied, Session};

fn reasoned(session: &mut Session, number: &str, reason: &str) -> Result<(), Denied> {
    let Intent::Execute(wish) = crate::desk::run(session, number, 1) else { unreachable!("it is a wish to execute") };
    session.intend(&Intent::Execute(Execute { reason: Some(reason.to_owned()), ..wish }))?;
    crate::desk::finish(session);
    Ok(())
}

fn why(denied: Denied) -> String {
    match denied {
        Denied::Refused(Refusal::NeedsReason(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_missing_is_said_before_the_first_command_with_what_needs_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let open = listener.local_addr().unwrap().port();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let desk = Desk::with(&format!(
        "---\nrequires:\n  commands: [bash >= 3, sh, bash < 2, frobnicate]\n  files: [here.txt, gone.txt]\n  env: [PATH, NOT_SET]\n  ports: [{open}, \"127.0.0.1:{closed}\"]\n---\n# Desk\n\n## Work\n\n- [ ] Step 1\n\n  ```sh\n  echo frobnicate gone.txt\n  ```\n\n- [ ] Step 2\n\n  ```sh\n  echo ${{NOT_SET:-no}}\n  ```\n"
    ));
    std::fs::write(desk.path("here.txt"), "").unwrap();
    let setup = gonogo::session::Setup { approval: gonogo::session::Approval::ByStart, ..desk.setup() };
    let mut session = desk.begin_with(setup);
    let said = why(play(&mut session, "1.1").unwrap_err());
    let parts: Vec<&str> = said.split("; ").collect();
    assert!(parts[0].starts_with("bash is ") && parts[0].ends_with("below 2 is required"), "{said}");
    assert_eq!(parts[1], "frobnicate was not found on the PATH (needed by 1.1)");
    assert_eq!(parts[2], "the file gone.txt is not there (needed by 1.1)");
    assert_eq!(parts[3], "the variable NOT_SET is not set (needed by 1.2)");
    assert!(parts[4].starts_with(&format!("127.0.0.1 port {closed} does not answer")), "{said}");
    assert_eq!(parts[5..], ["say why it runs all the same"]);
    assert!(!crate::desk::exists(&desk.path("state")), "a refusal records nothing");
    reasoned(&mut session, "1.1", "practised without").unwrap();
    play(&mut session, "1.2").unwrap();
    let deviations = &session.run().deviations;
    assert_eq!(
        deviations.iter().map(|deviation| deviation.kind).collect::<Vec<_>>(),
        [DeviationKind::MissingRequirement]
    );
    assert!(deviations[0].reason.starts_with("practised without (bash is "), "{}", deviations[0].reason);
}

#[test]
fn what_is_there_is_not_mentioned() {
    let desk =
        Desk::with("---\nrequires: [bash, sh]\n---\n# Desk\n\n## Work\n\n- [ ] Step 1\n\n  ```sh\n  echo hi\n  ```\n");
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(session.lacks(), [""; 0]);
    assert_eq!(state(&session, "1.1"), "passed");
}

const GIT: &str = "# Desk\n\n## Work\n\n- [ ] Step 1\n\n  ```sh\n  git log -1 --format=%s\n  ```\n\n- [ ] Step 2\n\n  ```sh\n  git log -1 --format=%h\n  ```\n";

fn git(desk: &Desk, arguments: &str) {
    let line = format!("git -c user.name=dana -c user.email=dana@example.org {arguments}");
    let status = std::process::Command::new("sh").args(["-c", &line]).current_dir(desk.folder.path()).output().unwrap();
    assert!(status.status.success(), "{line}: {status:?}");
}

#[test]
fn the_target_is_pinned_at_the_first_command_and_a_change_asks_again() {
    let desk = Desk::with(GIT);
    git(&desk, "init -q -b main && git commit -q --allow-empty -m first");
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let pinned = session.run().target.clone().unwrap();
    assert!(pinned.contains('@') && pinned.ends_with(", git main"), "{pinned}");
    git(&desk, "checkout -q -b other");
    let said = why(play(&mut session, "1.2").unwrap_err());
    assert!(said.contains("git main and is") && said.ends_with("git other now; say why it goes on there"), "{said}");
    reasoned(&mut session, "1.2", "released from other").unwrap();
    play(&mut session, "1.2").unwrap();
    let kinds: Vec<_> = session.run().deviations.iter().map(|deviation| deviation.kind).collect();
    assert_eq!(kinds, [DeviationKind::TargetChanged], "it is asked for once");
    assert_eq!(desk.kinds(&session.run().id).iter().filter(|kind| **kind == "target_pinned").count(), 2);
}

#[test]
fn a_runbook_that_moves_its_target_is_not_held_against_the_operator() {
    let desk = Desk::with(&GIT.replace("git log -1 --format=%s", "git checkout -q -b release"));
    git(&desk, "init -q -b main && git commit -q --allow-empty -m first");
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    play(&mut session, "1.2").unwrap();
    assert_eq!(session.run().deviations, []);
}
