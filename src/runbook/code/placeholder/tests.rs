use super::{fill, find};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn texts(text: &str) -> Vec<String> {
    find(text, &BTreeSet::from(["KNOWN".to_owned()]))
        .into_iter()
        .map(|hole| if hole.name == hole.text { hole.text } else { format!("{}={}", hole.name, hole.text) })
        .collect()
}

/// Texts, and what is asked for in each: `name=text` where these differ.
static HOLES: &[(&str, &[&str])] = &[
    ("ssh <host>", &["host=<host>"]),
    ("ssh <user>@<host>", &["user=<user>", "host=<host>"]),
    ("git checkout <previous release>", &["previous release=<previous release>"]),
    ("git tag v<version>", &["version=<version>"]),
    ("psql -c \"DROP TABLE <table>\"", &["table=<table>"]),
    ("echo \"<password>\" | docker login", &["password=<password>"]),
    ("cp ＜値＞ x", &["値=＜値＞"]),
    ("ssh ops@「サーバー名 (IPv4)」", &["サーバー名 (IPv4)=「サーバー名 (IPv4)」"]),
    ("git commit -m '「反映」'", &[]),
    ("deploy <服务器>", &["服务器=<服务器>"]),
    ("kubectl -n {namespace} get pods", &["namespace={namespace}"]),
    ("curl https://h/{id}/x", &["id={id}"]),
    ("curl 'https://h/{id}'", &["id={id}"]),
    ("helm install {{ release }} .", &["release={{ release }}"]),
    ("git checkout [branch]", &["branch=[branch]"]),
    ("ssh [user-name]@h", &["user-name=[user-name]"]),
    ("git tag [RELEASE TAG]", &["RELEASE TAG=[RELEASE TAG]"]),
    ("git tag $VERSION", &["VERSION=$VERSION"]),
    ("echo \"${TAG}\" $TAG", &["TAG=${TAG}", "TAG=$TAG"]),
    ("rm -rf /srv/$app", &["app=$app"]),
    ("echo ${V%.*}", &["V=${V%.*}"]),
    ("npm ls [--json] [<pkg> ...]", &["--json=[--json]", "<pkg> ...=[<pkg> ...]"]),
    ("echo ${V:?unset}", &["V=${V:?unset}"]),
    ("git show ${SHA:0:7}", &["SHA=${SHA:0:7}"]),
    ("copy %USERPROFILE%", &["USERPROFILE=%USERPROFILE%"]),
    ("aws s3 ls s3://your-bucket/x", &["your-bucket"]),
    ("curl https://api.yourdomain.com/health", &["yourdomain.com"]),
    ("export KEY=YOUR_API_KEY", &["YOUR_API_KEY"]),
    ("X=CHANGE_ME cmd", &["CHANGE_ME"]),
    ("cmd --token REPLACE_WITH_TOKEN", &["REPLACE_WITH_TOKEN"]),
    ("cmd --key PASTE_KEY_HERE", &["PASTE_KEY_HERE"]),
    ("cmd --x=TODO", &["TODO"]),
    ("git tag vX.Y.Z", &["vX.Y.Z"]),
    ("ssh keeper@ADRESSE_DU_PHARE", &["ADRESSE_DU_PHARE"]),
    ("scp -P 22 lamp.csv keeper@LAMP:/srv/", &["LAMP"]),
    ("git tag vA.B.C", &["vA.B.C"]),
    ("git tag gear-1.XX.0", &["1.XX.0"]),
    ("git tag x.y.z-rc1", &["x.y.z"]),
    ("ping 10.0.x.x", &["10.0.x.x"]),
    ("pg_restore b_YYYYMMDD_HHMMSS.dump", &["YYYYMMDD_HHMMSS"]),
    ("pg_restore b-YYYYMMDDTHHMMSSZ.dump", &["YYYYMMDDTHHMMSSZ"]),
    ("git tag release_YYMMDD_01", &["YYMMDD"]),
    ("ln -s VOTRE_DOMAINE.conf DEIN_NAME.conf", &["VOTRE_DOMAINE.conf", "DEIN_NAME.conf"]),
    ("ls backup-yyyy-mm-dd", &["yyyy-mm-dd"]),
    ("aws ec2 stop --id i-xxxxxxxx", &["i-xxxxxxxx"]),
    ("curl https://shop.example.com/", &["example.com"]),
    ("curl https://mydomain.com/", &["mydomain.com"]),
    ("curl https://tudominio.com/api", &["tudominio.com"]),
    ("psql postgres://user:password@db:5432/app", &["user:password"]),
    ("psql \"postgres://usuario:senha@host:porta/banco\"", &["usuario:senha@host:porta/banco"]),
    ("ping www.votre-domaine.fr", &["votre-domaine.fr"]),
    ("curl https://api.exemplo.com.br:8080/", &["exemplo.com.br"]),
    ("psql < /path/to/dump.sql", &["/path/to/dump.sql"]),
    ("docker run ... image", &["..."]),
    ("URL=\"s3://...\" make drill", &["..."]),
    ("URL=\"s3://…\" make drill", &["…"]),
    ("T='…' ./load.sh", &["…"]),
    ("gcloud zones list --project [ledger-test|ledger-live]", &["ledger-test|ledger-live=[ledger-test|ledger-live]"]),
    ("export PRESS=[ harbour | library ]", &["harbour | library=[ harbour | library ]"]),
    ("export T=ghp_...", &["ghp_..."]),
    ("curl -H \"X: eyJ0...\"", &["eyJ0..."]),
    ("gcloud config set project PROJECT_ID", &["PROJECT_ID"]),
    ("cat <<EOF\n$A <b>\nEOF", &["A=$A", "b=<b>"]),
];

#[test]
fn holes_are_found() {
    for (text, expected) in HOLES {
        assert_eq!(texts(text), *expected, "{text:?}");
    }
}

static NO_HOLES: &[&str] = &[
    "echo \"done…\"",
    "sort <in.txt >out.txt",
    "sort < in > out",
    "diff <(a) <(b)",
    "cat <<EOF\nx\nEOF",
    "cat <<< text",
    "cat > f <<'EOF'\n<server>\n  $X ${Y}\n</server>\nEOF",
    "cat > f <<'EOF'\n<debug/>\n<trace />\nEOF",
    "curl s | grep '<title>'",
    "echo '<br>'",
    "git commit -m \"x\n\nSigned-off-by: A <a@b.io>\"",
    "awk '{print $1}' f",
    "awk '{print $NF}' f",
    "awk \"{print \\$1}\" f",
    "echo $1 $? $# $@ $$ $!",
    "[ -f x ] && ls",
    "[[ -n x ]] && ls",
    "ls [a-z]*",
    "pip install 'uvicorn[standard]'",
    "jq '.items[0].name'",
    "jq '.[] | {name}'",
    "grep -E \"[ERROR]\" f",
    "ps aux | grep [n]ginx",
    "echo \"[INFO] started\"",
    "echo ${x:-1} ${x:=2} ${x:+3}",
    "VERSION=1; git tag $VERSION",
    "for pod in a b; do echo $pod; done",
    "while read -r line; do echo $line; done",
    "export A=1\necho $A",
    "echo $KNOWN",
    "cd $HOME && ls $PWD",
    "source .env && echo $DB",
    "sh -c 'echo $X'",
    "find . -name x -exec rm {} +",
    "mv file.{txt,md}",
    "echo {1..3}",
    "git show HEAD@{1}",
    "git rev-parse v1^{commit}",
    "docker ps --format '{{.Names}}'",
    "docker ps --format \"{{json .}}\"",
    "x ${{ secrets.T }}",
    "curl -w '%{http_code}' u",
    "date +%Y%m%d_%H%M%S",
    "curl 'u?q=%20AB%20'",
    "mktemp /tmp/x.XXXXXX",
    "go test ./...",
    "git diff a...b",
    "echo \"Waiting...\"",
    "# replace <x> and $Y first",
    "ls # then <x>",
    "git grep -n \"TODO\\|FIXME\"",
    "echo it is yours",
    "git log main@HEAD",
    "psql postgres://lamp:lamp@localhost/lamp",
    "kinit keeper@LAMPS",
    "npm i 1.x",
    "printenv PROJECT_ID",
    "echo \\$X",
    "kubectl get pods -o jsonpath='{.items[0].metadata.name}'",
    "echo 'I <3 x > y'",
    "[Unit]",
    "[[ -n x ]] || ls [a-z]*",
    "sed -i 's/CHANGE_ME/x/' f",
    "npm query \":attr(scripts, [postinstall])\"",
];

#[test]
fn what_only_looks_like_a_hole() {
    for text in NO_HOLES {
        assert_eq!(texts(text), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn filling() {
    let values = BTreeMap::from([
        ("host".to_owned(), "db1".to_owned()),
        ("V".to_owned(), "1.2.3".to_owned()),
        ("VERSION".to_owned(), "9".to_owned()),
    ]);
    let table = [
        ("ssh <host> # <host>", "ssh db1 # <host>"),
        ("ssh <host> <port>", "ssh db1 <port>"),
        ("git tag $V $VERSION ${V}x", "git tag 1.2.3 9 1.2.3x"),
        ("echo ${V%.*} $V", "V='1.2.3'\necho ${V%.*} 1.2.3"),
        ("echo '$V'", "echo '$V'"),
        ("V=2; echo $V", "V=2; echo $V"),
        ("ls", "ls"),
    ];
    for (text, expected) in table {
        assert_eq!(fill(text, &values), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn filling_with_nothing_changes_nothing(text in "\\PC{0,80}") {
        prop_assert_eq!(fill(&text, &BTreeMap::new()), text);
    }

    #[test]
    fn filling_leaves_no_hole_and_is_idempotent(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "ls", "<host>", "$VERSION", "${TAG}", "{{env}}", "[branch]", "your-bucket", "'a b'", "\"$X y\"", "|", "&&",
                "vX.Y.Z", "example.com", "/path/to/x", "%NAME%", "\n", "# note\n", "YYYYMMDD", "${V%.*}", "{name}",
            ]),
            0..12,
        ),
        value in "[a-z]{1,8}",
    ) {
        let text = words.join(" ");
        let known = BTreeSet::new();
        let values: BTreeMap<String, String> =
            find(&text, &known).into_iter().map(|hole| (hole.name, value.clone())).collect();
        let once = fill(&text, &values);
        prop_assert_eq!(find(&once, &known), Vec::new());
        prop_assert_eq!(fill(&once, &values), once);
    }

    #[test]
    fn holes_are_inside_the_text(text in "\\PC{0,80}") {
        for hole in find(&text, &BTreeSet::new()) {
            prop_assert!(text.contains(&hole.text));
            prop_assert!(!hole.name.is_empty());
        }
    }
}

/// Elements are told from holes by what closes them, wherever that stands, and a name that only begins so closes nothing.
#[test]
fn what_is_closed_is_no_hole() {
    let table: &[(&str, &[&str])] = &[
        ("echo <a> <b>\n</b>", &["<a>"]),
        ("echo <node> </node-list>", &[]),
        ("echo <node-list> </node>", &["<node-list>"]),
        ("echo <host> {name} {{zone}}", &["<host>", "{name}", "{{zone}}"]),
        ("cat <<A\n'<x>\nA\ncat <<B\n'<y>\nB", &["<x>", "<y>"]),
    ];
    for (text, expected) in table {
        let spelled: Vec<&str> = super::scan(text).iter().map(|hole| &text[hole.span.clone()]).collect();
        assert_eq!(spelled, *expected, "{text:?}");
    }
}
