//! What runs by itself: trusted first, recorded always, and never in the way.

use crate::desk::{Desk, exists, finish, play, run, state, until};
use gonogo::run::Trust;
use gonogo::run::decide::{Intent, Refusal};
use gonogo::run::event::{DeviationKind, Event, TrustDecided, Verdict};
use gonogo::runbook::{Digest, HookPoint};
use gonogo::session::{Denied, Hook, Session, Setup, Source};
use std::os::unix::fs::PermissionsExt as _;

const STEPS: &str = "# Desk\n\n## Work\n\n- [ ] Step 1\n\n  ```sh\n  echo one >> \"$DESK/did\"\n  ```\n\n- [ ] Step 2\n\n  ```sh\n  echo two >> \"$DESK/did\"; exit 3\n  ```\n";

fn with_front(front: &str) -> String {
    format!("---\n{front}\n---\n{STEPS}")
}

/// A setup with hooks of the operator's own configuration.
fn own(desk: &Desk, hooks: &[(HookPoint, &str)]) -> Setup {
    let source = Source::Own("config.yaml".into());
    let hooks = hooks.iter().map(|(point, command)| Hook {
        point: *point,
        command: (*command).to_owned(),
        source: source.clone(),
    });
    Setup { hooks: hooks.collect(), ..desk.setup() }
}

fn untrusted(denied: Denied) -> Vec<String> {
    match denied {
        Denied::Refused(Refusal::Untrusted(what)) => what,
        other => panic!("{other:?}"),
    }
}

/// Runs a step's first block, waiting for hooks on the way; the refusal that is left, if any.
fn walk(session: &mut Session, number: &str) -> Result<(), Denied> {
    let wish = run(session, number, 1);
    loop {
        match session.intend(&wish) {
            Err(Denied::Refused(Refusal::HookRuns(_))) => until(session, |session| session.hook().is_none()),
            other => {
                finish(session);
                return other;
            }
        }
    }
}

#[test]
fn nothing_of_a_document_runs_by_itself_before_it_is_trusted() {
    let desk = Desk::with(&with_front(
        "hooks: {before_run: ['touch \"$DESK/evil\"']}\nrequires: {commands: [./probe >= 1], ports: ['127.0.0.1:9']}",
    ));
    std::fs::write(desk.path("probe"), "#!/bin/sh\ntouch \"$(dirname \"$0\")/probed\"; echo 2.0\n").unwrap();
    std::fs::set_permissions(desk.path("probe"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut session = desk.begin();
    for _ in 0..3 {
        let what = untrusted(play(&mut session, "1.1").unwrap_err());
        assert_eq!(
            what,
            [
                "before_run hook of runbook: touch \"$DESK/evil\"",
                "requires: ./probe is asked for its version",
                "requires: a connection to 127.0.0.1, port 9",
            ]
        );
        session.tick().unwrap();
    }
    assert!(!exists(&desk.path("evil")) && !exists(&desk.path("probed")) && !exists(&desk.path("did")));
    assert!(!exists(&desk.path("state")), "a question records nothing");
    // Refused, the command runs without it, and it is not asked again: not here, and not in the next run.
    session.trust(Trust::Refused).unwrap();
    let lacks = play(&mut session, "1.1");
    assert!(
        matches!(&lacks, Err(Denied::Refused(Refusal::NeedsReason(why))) if why.contains("./probe was not found")),
        "whether a command is there is looked at in any case: {lacks:?}"
    );
    assert!(!exists(&desk.path("evil")) && !exists(&desk.path("probed")));
    let mut next = desk.begin();
    assert_eq!(next.undecided(), []);
    assert!(matches!(play(&mut next, "1.1"), Err(Denied::Refused(Refusal::NeedsReason(_)))));
}

#[test]
fn a_trusted_hook_runs_before_the_first_command_and_once() {
    let desk = Desk::with(&with_front(
        "hooks: {before_run: 'echo \"$GONOGO_HOOK $GONOGO_VERDICT\" >> \"$DESK/did\"; echo fine'}",
    ));
    let mut session = desk.begin();
    untrusted(play(&mut session, "1.1").unwrap_err());
    session.trust(Trust::Given).unwrap();
    walk(&mut session, "1.1").unwrap();
    walk(&mut session, "1.2").unwrap();
    assert_eq!(desk.lines("did"), ["before_run HOLD", "one", "two"]);
    let hook = &session.run().hooks[0];
    assert!(hook.has_succeeded() && hook.outcome() == "exit 0: fine", "{hook:?}");
    let id = session.run().id.clone();
    let kinds = desk.kinds(&id);
    let at = |kind: &str| kinds.iter().position(|one| *one == kind).unwrap();
    assert!(at("trust_decided") < at("hook_began") && at("hook_ended") < at("attempt_intended"), "{kinds:?}");
    session.leave().unwrap();
    // The same bytes at the same place are not asked for again, also in another process; the hook runs anew in a new run.
    let mut again = desk.begin();
    walk(&mut again, "1.1").unwrap();
    assert_eq!(desk.lines("did").len(), 5);
    // Taken up again, a run does not begin again.
    let mut resumed = desk.resume(&id);
    walk(&mut resumed, "1.2").unwrap();
    assert_eq!(desk.lines("did").iter().filter(|line| line.starts_with("before_run")).count(), 2);
}

#[test]
fn a_hook_that_fails_before_the_run_asks_for_a_reason_and_is_tried_again_on_the_next_wish() {
    let desk = Desk::with(STEPS);
    let gate = "test -e \"$DESK/open\" || { echo the window is closed; exit 7; }";
    let mut session = desk.begin_with(own(&desk, &[(HookPoint::BeforeRun, gate)]));
    let why = match walk(&mut session, "1.1").unwrap_err() {
        Denied::Refused(Refusal::NeedsReason(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(why.ends_with("exit 7: the window is closed; say why it runs all the same"), "{why}");
    assert_eq!(desk.lines("did"), [""; 0]);
    std::fs::write(desk.path("open"), "").unwrap();
    walk(&mut session, "1.1").unwrap();
    assert_eq!((desk.lines("did"), session.run().hooks.len()), (vec!["one".to_owned()], 2));
    assert_eq!(session.run().deviations, [], "it was done as it should be");
    // With a reason it runs all the same, and that is a deviation.
    std::fs::remove_file(desk.path("open")).unwrap();
    let mut forced = desk.begin_with(own(&desk, &[(HookPoint::BeforeRun, gate)]));
    walk(&mut forced, "1.1").unwrap_err();
    let Intent::Execute(mut wish) = run(&forced, "1.1", 1) else { unreachable!("it is a wish to execute") };
    wish.reason = Some("the desk said so".to_owned());
    forced.intend(&Intent::Execute(wish)).unwrap();
    finish(&mut forced);
    let deviation = &forced.run().deviations[0];
    assert_eq!(deviation.kind, DeviationKind::MissingRequirement);
    assert!(deviation.reason.contains("the window is closed"), "{}", deviation.reason);
    assert_eq!(forced.run().hooks.len(), 1, "a reason does not run the hook again");
}

#[test]
fn a_reason_that_was_given_before_a_hook_failed_does_not_cover_it() {
    let desk = Desk::with(&with_front("requires: [no-such-program]"));
    let mut session = desk.begin_with(own(&desk, &[(HookPoint::BeforeRun, "echo closed; exit 7")]));
    let Intent::Execute(mut wish) = run(&session, "1.1", 1) else { unreachable!("it is a wish to execute") };
    wish.reason = Some("the program is not needed today".to_owned());
    let wish = Intent::Execute(wish);
    assert!(matches!(session.intend(&wish), Err(Denied::Refused(Refusal::HookRuns(_)))));
    until(&mut session, |session| session.hook().is_none());
    let why = format!("{:?}", session.intend(&wish).unwrap_err());
    assert!(why.contains("exit 7: closed") && why.contains("no-such-program"), "{why}");
    assert_eq!(desk.lines("did"), [""; 0]);
    session.intend(&wish).unwrap();
    finish(&mut session);
    assert_eq!(desk.lines("did"), ["one"], "said again after the failure was told, it covers both");
}

#[test]
fn hooks_follow_steps_and_the_answer_without_holding_anything_up() {
    let desk = Desk::with(STEPS);
    let note = "echo \"$GONOGO_HOOK ${GONOGO_STEP-} ${GONOGO_STATE-} $GONOGO_VERDICT\" >> \"$DESK/hooks\"";
    let mut session = desk.begin_with(own(&desk, &[(HookPoint::AfterStep, note), (HookPoint::OnNoGo, note)]));
    walk(&mut session, "1.1").unwrap();
    walk(&mut session, "1.2").unwrap();
    let second = session.book().find_step("1.2").unwrap().id.clone();
    let fail = Intent::Mark { step: second, verdict: Verdict::Failed, reason: None };
    session.intend(&fail).unwrap();
    session.leave().unwrap();
    assert_eq!(
        desk.lines("hooks"),
        [
            "after_step step-1 passed HOLD",
            "after_step step-2 failed NO-GO",
            "on_no_go   NO-GO",
            "after_step step-2 failed NO-GO",
        ],
        "the machine's failure and the person's word are two occasions, the answer is one"
    );
    assert_eq!(desk.kinds(&session.run().id).last(), Some(&"sitting_ended"), "leaving waits for them");
    assert!(session.run().hooks.iter().all(gonogo::run::HookRun::has_succeeded));
}

#[test]
fn a_hook_that_hangs_is_stopped_and_one_that_cannot_start_is_recorded() {
    let desk = Desk::with(STEPS);
    let mut session = desk.begin_with(own(&desk, &[(HookPoint::BeforeRun, "sleep 600 & sleep 600")]));
    let wish = run(&session, "1.1", 1);
    assert!(matches!(session.intend(&wish), Err(Denied::Refused(Refusal::HookRuns(_)))));
    assert!(session.hook().is_some());
    session.stop_hook();
    until(&mut session, |session| session.hook().is_none());
    assert!(!session.run().hooks[0].has_succeeded());
    assert_eq!(session.run().hooks[0].outcome(), "stopped");
    let setup = own(&desk, &[(HookPoint::BeforeRun, "true")]);
    let mut shellless = desk.begin_with(Setup { shell: "/no/such/shell".to_owned(), ..setup });
    let why = format!("{:?}", walk(&mut shellless, "1.1").unwrap_err());
    assert!(why.contains("not started") && why.contains("/no/such/shell"), "{why}");
}

#[test]
fn a_crash_while_a_hook_runs_is_said_and_the_hook_is_not_run_again_by_itself() {
    let desk = Desk::with(STEPS);
    let setup = || own(&desk, &[(HookPoint::BeforeRun, "echo x >> \"$DESK/hooks\"; sleep 1")]);
    let mut session = desk.begin_with(setup());
    let wish = run(&session, "1.1", 1);
    session.intend(&wish).unwrap_err();
    let id = session.run().id.clone();
    until(&mut session, |_| !desk.lines("hooks").is_empty());
    drop(session);
    let mut resumed = desk.resume_with(&id, setup());
    let why = format!("{:?}", walk(&mut resumed, "1.1").unwrap_err());
    assert!(why.contains("its end was not seen"), "{why}");
    assert_eq!(desk.lines("hooks"), ["x"]);
}

#[test]
fn secrets_stay_out_of_what_a_hook_says_and_hooks_do_not_get_those_of_the_run() {
    let desk = Desk::with(&format!("---\nvars: {{token: {{secret: true}}}}\n---\n{STEPS}"));
    let mut setup = own(&desk, &[(HookPoint::BeforeRun, "echo \"[$token] $API_TOKEN\"")]);
    setup.environment.insert("API_TOKEN".to_owned(), "s3cr3t-from-the-environment".to_owned());
    let mut session = desk.begin_with(setup);
    session.give_secret("token", "hunter2-hunter2".to_owned()).unwrap();
    walk(&mut session, "1.1").unwrap();
    let said = session.run().hooks[0].ended.as_ref().unwrap().said.clone();
    assert!(said.starts_with("[] [redacted:"), "{said}");
    assert!(!format!("{:?}", desk.entries(&session.run().id)).contains("s3cr3t-from"));
}

#[test]
fn a_rehearsal_runs_no_hook() {
    let desk = Desk::with(STEPS);
    let book = gonogo::runbook::read::read("desk.md", STEPS.as_bytes()).unwrap();
    let setup =
        own(&desk, &[(HookPoint::BeforeRun, "touch \"$DESK/evil\""), (HookPoint::AfterStep, "touch \"$DESK/evil\"")]);
    let kind = gonogo::run::event::RunKind::Rehearsal;
    let mut session = Session::begin(book, STEPS.into(), "desk.md", kind, setup);
    play(&mut session, "1.1").unwrap();
    session.leave().unwrap();
    assert!(!exists(&desk.path("evil")) && session.run().hooks.is_empty());
}

fn key(session: &Session) -> Vec<Digest> {
    session.undecided().iter().map(|one: &TrustDecided| one.about).collect()
}

fn open(desk: &Desk, path: &str, text: &str, hooks: Vec<Hook>) -> Session {
    let book = gonogo::runbook::read::read(path, text.as_bytes()).unwrap();
    let setup = Setup { hooks, ..desk.setup() };
    Session::begin(book, text.into(), path, gonogo::run::event::RunKind::Real, setup)
}

#[test]
fn trust_goes_with_every_byte_and_every_place() {
    let text = with_front("hooks: {before_run: 'true'}");
    let desk = Desk::with(&text);
    let folder = desk.folder.path().join("run");
    std::fs::create_dir(&folder).unwrap();
    let path = |name: &str| desk.path(name).display().to_string();
    let real = path("run/book.md");
    std::fs::write(&real, &text).unwrap();
    let mut session = open(&desk, &real, &text, Vec::new());
    session.trust_beforehand(Trust::Given).unwrap();
    assert_eq!(key(&open(&desk, &real, &text, Vec::new())), []);
    // A symbolic link to it is it; the path is resolved.
    std::os::unix::fs::symlink(&real, path("link.md")).unwrap();
    assert_eq!(key(&open(&desk, &path("link.md"), &text, Vec::new())), []);
    // Any other name is another file: a hard link, a copy, a folder whose name begins alike.
    std::fs::hard_link(&real, path("hard.md")).unwrap();
    std::fs::create_dir(desk.path("run-evil")).unwrap();
    std::fs::copy(&real, path("run-evil/book.md")).unwrap();
    for other in [path("hard.md"), path("run-evil/book.md"), "-".to_owned()] {
        assert_eq!(key(&open(&desk, &other, &text, Vec::new())).len(), 1, "{other}");
    }
    // Every single byte counts.
    let mut asked = 0;
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(book) = gonogo::runbook::read::read(&real, &bytes) else { continue };
        let changed = Session::begin(book, bytes, &real, gonogo::run::event::RunKind::Real, desk.setup());
        let still_hooked = !changed.book().front.hooks.is_empty();
        assert!(!still_hooked || key(&changed).len() == 1, "byte {at}");
        asked += usize::from(still_hooked);
    }
    assert!(asked > text.len() / 2, "{asked} of {} changes leave a hook to be asked for", text.len());
}

#[test]
fn a_decision_that_somebody_else_could_have_written_says_nothing() {
    let text = with_front("hooks: {before_run: 'true'}");
    let desk = Desk::with(&text);
    let mut session = open(&desk, "desk.md", &text, Vec::new());
    session.trust_beforehand(Trust::Given).unwrap();
    let decisions = || std::fs::read_dir(desk.path("state/trust")).unwrap().map(|entry| entry.unwrap().path());
    let file = decisions().next().unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(key(&open(&desk, "desk.md", &text, Vec::new())), []);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(key(&open(&desk, "desk.md", &text, Vec::new())).len(), 1, "anybody may write it");
    std::fs::rename(&file, desk.path("elsewhere")).unwrap();
    std::fs::set_permissions(desk.path("elsewhere"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(desk.path("elsewhere"), &file).unwrap();
    assert_eq!(key(&open(&desk, "desk.md", &text, Vec::new())).len(), 1, "it is a link");
}

#[test]
fn a_project_is_asked_for_by_itself_and_its_bytes_count() {
    let desk = Desk::with(STEPS);
    let hooks = |bytes: &[u8]| {
        let source = Source::Project(desk.path(".gonogo.yaml"), Digest::of(bytes));
        vec![Hook { point: HookPoint::AfterStep, command: "true".to_owned(), source }]
    };
    let mut session = open(&desk, "desk.md", STEPS, hooks(b"one"));
    assert!(untrusted(play(&mut session, "1.1").unwrap_err())[0].ends_with(".gonogo.yaml: true"));
    session.trust(Trust::Given).unwrap();
    play(&mut session, "1.1").unwrap();
    session.leave().unwrap();
    assert_eq!(session.run().hooks.len(), 1);
    let decided = desk.entries(&session.run().id).into_iter().find_map(|entry| match entry.event {
        Event::TrustDecided(decided) => Some(decided),
        _ => None,
    });
    assert!(decided.unwrap().trusted);
    assert_eq!(key(&open(&desk, "desk.md", STEPS, hooks(b"one"))), []);
    assert_eq!(key(&open(&desk, "desk.md", STEPS, hooks(b"two"))).len(), 1);
    assert_eq!(state(&session, "1.1"), "passed");
}
