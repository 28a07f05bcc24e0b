//! Verdicts as tables: a block in, its use out.

use super::{Code, Surroundings, Verdict, is_command_line, judge};
use crate::runbook::{Form, Role};
use proptest::prelude::*;
use std::collections::BTreeSet;

mod details;
mod refused;

/// A block: tag, lead-in, text.
type Case = (&'static str, &'static str, &'static str);

fn verdict(lang: &str, lead_in: &str, text: &str, follows_command: bool, is_scrape: bool) -> Verdict {
    let known = BTreeSet::from(["KNOWN".to_owned()]);
    let code = Code { lang, form: Form::Fence, text, text_line: 11 };
    let own = BTreeSet::from(["harbour-cloud".to_owned()]);
    let around =
        Surroundings { lead_in, title: "", role: Role::Forward, follows_command, is_scrape, known: &known, own: &own };
    judge(&code, &around)
}

/// All cases that come out with another use, so that one run shows every difference.
fn differences(expected: &str, cases: &[Case]) -> Vec<String> {
    cases
        .iter()
        .map(|(lang, lead_in, text)| (text, verdict(lang, lead_in, text, false, false)))
        .filter(|(_, verdict)| verdict.usage.word() != expected)
        .map(|(text, verdict)| format!("{text:?}: {} ({}) instead of {expected}", verdict.usage.word(), verdict.why))
        .collect()
}

static COMMANDS_RUN_AS_THEY_STAND: &[Case] = &[
    ("", "", "dmesg   | tail -5"),
    ("bash", "", "env     | sort\nmount   | grep ext4"),
    ("bash", "", "ls -la"),
    ("sh", "Run the migration:", "bin/rails db:migrate"),
    ("shell", "", "mytool deploy --all"),
    ("zsh", "", "brew services list"),
    ("", "", "docker compose up -d"),
    ("", "", "# first\nsudo systemctl restart app"),
    ("", "", "./deploy.sh production"),
    ("", "", "cd /srv/app && git pull"),
    ("console", "", "kubectl get pods"),
    ("bash", "", "cd app\ngit status\ngit grep -n \"TODO\\|FIXME\\|print(\" ."),
    ("bash", "", "X=1\ncurl -s localhost:$X"),
    ("bash", "", "D=$(date +%F)\npg_dump shop > shop-$D.sql"),
    ("bash", "", "export A=1\nmake"),
    ("bash", "", "export A=1 B=2"),
    ("bash", "", "NODE_ENV=production npm run build"),
    ("bash", "", "a \\\n  --b \\\n  --c"),
    ("bash", "", "cat a |\n  sort |\n  uniq"),
    ("bash", "", "cat <<EOF > f\nserver {\n  listen 80;\n}\nkey: value\nEOF"),
    ("bash", "", "cat > /etc/x.conf <<'EOF'\n[main]\na = b\nEOF\nsystemctl reload x"),
    ("bash", "", "if [ -f x ]; then\n  rm x\nfi"),
    ("bash", "", "for i in 1 2 3; do\n  curl -s localhost:$i\ndone"),
    ("bash", "", "until curl -fs localhost; do sleep 1; done"),
    ("bash", "", "f() {\n  echo $1\n}\nf x"),
    ("bash", "", "set -euo pipefail\nmake build"),
    ("bash", "", "[ -d x ] || mkdir x"),
    ("bash", "", "[[ -n \"$HOME\" ]] && ls"),
    ("bash", "", "( cd x && make )"),
    ("bash", "", "{ date; uptime; } > f"),
    ("bash", "", "psql shop <<SQL\nSELECT 1;\nSQL"),
    ("bash", "", "psql -c \"SELECT count(*)\nFROM t\""),
    ("bash", "", "curl -H 'Content-Type: application/json' -d '{\n  \"a\": 1\n}' localhost"),
    ("bash", "", "python -c \"\nimport x\nprint(x)\n\""),
    ("bash", "", "docker run --rm \\\n  -v data:/data \\\n  alpine tar c /data"),
    ("bash", "", "openssl rand -hex 32"),
    ("bash", "", "# 1. Pull\ngit pull\n\n# 2. Build\nmake\n\n# 3. Restart\nsystemctl restart app"),
    ("bash", "", "docker compose down\ndocker compose up -d"),
    ("bash", "", "systemctl stop app\ncp a b\nsystemctl start app"),
    ("bash", "", "sudo ufw allow 80/tcp\nsudo ufw enable"),
    ("bash", "", "# Linux/macOS\nopenssl rand -base64 32\n\n# Or use a password manager"),
    ("bash", "", "docker exec web env | grep -E 'A|B'"),
    ("bash", "", "cp .env.sample .env\nnano .env"),
    ("bash", "Create the `.env` file:", "cp .env.sample .env"),
    ("bash", "Add the line to `/etc/hosts`:", "echo '10.0.0.1 db' | sudo tee -a /etc/hosts"),
    ("bash", "### Create Production Environment File", "cp .env.sample .env\nchmod 600 .env"),
    ("bash", "To see the expected output, run:", "ls"),
    ("bash", "You should see three pods. Then run:", "kubectl get pods"),
    ("bash", "", "kubectl get pods -o jsonpath='{.items[0].metadata.name}'"),
    ("bash", "", "git log --oneline  # find the commit"),
    ("bash", "", "~/bin/backup --full"),
    ("bash", "", "/opt/app/bin/ctl reload"),
    ("bash", "", "\"$HOME/bin/x\" --y"),
    ("bash", "", "$HOME/bin/x --y"),
    ("bash", "", "time make"),
    ("bash", "", "! grep -q x f"),
    ("bash", "", "source .venv/bin/activate\npip install -r requirements.txt"),
    ("bash", "", "echo \"it's done\""),
    ("bash", "", "echo 'a: b'; echo {1..3}"),
    ("bash", "", "npm audit\ngo list -json -m all | nancy sleuth"),
    ("bash", "", "git clone https://git.shop.io/x.git\ncd x\nnpm install"),
    ("bash", "", "find . -name '*.pyc' -delete"),
    ("bash", "", "test -f x"),
    ("bash", "", "make check"),
    ("bash", "", "sleep 30 && curl -f localhost/health"),
    ("bash", "", "docker compose exec db psql -U a -c \"SELECT 1\""),
    ("bash", "", "trap 'docker compose down' EXIT\n\n# wait\ndocker compose down --timeout 30"),
    ("console", "", "$ make\n$ make install"),
    ("", "", "$ npm ci"),
    ("", "", "user@web:~$ uptime"),
    ("bash", "Add this tool to your `Cargo.toml`:", "cargo add clap"),
    ("bash", "Then use `src/main.rs`:", "cargo run --example shop"),
    ("sh", "Example output:", "DEBUG=1 node job.js"),
    ("console", "", "$ shop add the first item\nadded"),
    ("console", "", "ops@web1:/srv/shop/releases/2026-01-01-000000/current/public/assets/images$ ls"),
    ("bash", "", "sed -i 's/CHANGE_ME/real/' app.conf"),
    ("bash", "", "create-shop init"),
];

#[test]
fn commands_run_as_they_stand() {
    assert_eq!(differences("run", COMMANDS_RUN_AS_THEY_STAND), Vec::<String>::new());
}

static COMMANDS_WITH_HOLES: &[Case] = &[
    ("bash", "", "ssh <host> uptime"),
    ("bash", "", "git checkout <previous-commit>"),
    ("bash", "", "git tag v${VERSION}\ngit push"),
    ("bash", "", "export API_KEY=<key>"),
    ("bash", "", "export API_KEY=your-api-key\nmake deploy"),
    ("bash", "", "curl -f https://example.com/health"),
    ("bash", "", "psql shop < /path/to/dump.sql"),
    ("bash", "", "pg_restore -d shop dump_YYYYMMDD.dump"),
    ("bash", "", "kubectl -n {{namespace}} get pods"),
    ("", "", "git tag vX.Y.Z"),
    ("bash", "", "<path>/bin/ctl reload"),
    ("bash", "", "shop sync [--dry-run]"),
    ("bash", "", "npm ls [<package> ...]"),
    ("console", "", "$ ssh <host>\nWelcome"),
    ("bash", "", "$PYTHON -m venv v"),
    ("bash", "", "cat <<EOF > f\n<name>\nEOF"),
];

#[test]
fn commands_with_holes() {
    assert_eq!(differences("fill", COMMANDS_WITH_HOLES), Vec::<String>::new());
}

static MENUS_ARE_CHOSEN_FROM: &[Case] = &[
    ("bash", "", "# Ubuntu\napt install -y jq\n\n# macOS\nbrew install jq"),
    ("bash", "", "apt install -y jq\nyum install -y jq"),
    ("bash", "", "npm install\n# or\nyarn install"),
    ("bash", "", "npm ci\nyarn install"),
    ("bash", "", "make a\n# Alternatively:\nmake b"),
    ("bash", "", "# Option 1: all\nmake a\n# Option 2: one\nmake b"),
    ("bash", "", "# Using docker\ndocker ps\n# Using systemd\nsystemctl status x"),
    ("bash", "", "# Terminal 1\nnpm run api\n# Terminal 2\nnpm run web"),
    ("bash", "", "make serve-api\n# In another terminal\ncurl localhost"),
    ("bash", "", "# On the primary server\npg_ctl promote\n# On the replica server\npg_ctl restart"),
    ("bash", "", "systemctl start app\nsystemctl stop app\nsystemctl restart app"),
    ("bash", "", "systemctl start app\nsystemctl stop app"),
    ("bash", "", "docker compose logs -f\n\n# last lines\ndocker compose logs --tail=100"),
    ("bash", "", "htop\ndf -h\ndocker stats"),
    ("bash", "", "docker stats\ndocker system df"),
    ("bash", "", "ssh deploy@web1\ncd /srv/app\ngit pull"),
    ("bash", "", "psql shop\nls"),
    ("bash", "", "cd backend\nmake\ncd backend\nmake test"),
    ("bash", "", "cd backend\nnpm ci\ncd frontend\nnpm ci"),
    ("bash", "", "docker network ls\n# If it is missing, create it\ndocker network create proxy"),
    ("bash", "", "make stop\n# 2. Undo the migration (if needed)\nalembic downgrade -1\nmake start"),
    ("bash", "", "ls <dir>\n# or\nls"),
];

#[test]
fn menus_are_chosen_from() {
    assert_eq!(differences("choose", MENUS_ARE_CHOSEN_FROM), Vec::<String>::new());
}

static WHAT_A_SHELL_MUST_NOT_SEE_IS_CUT_OUT: &[Case] = &[
    ("bash", "", "crontab -e\n\n# Add this line:\n0 2 * * * /opt/backup.sh"),
    (
        "bash",
        "",
        "createdb shop\n\n# Update DATABASE_URL in .env\nDATABASE_URL=postgres://h/shop\n\npython manage.py migrate",
    ),
    ("bash", "", "docker ps\nCONTAINER ID   IMAGE   STATUS"),
    ("bash", "", "psql shop\nSELECT * FROM t;"),
    ("bash", "", "make deploy\nThen wait for the pods to come up."),
    ("", "", "git status\nOn branch main\nnothing to commit"),
    ("bash", "", "sudo nano /etc/x.conf\nlisten_addresses = '*'"),
    ("bash", "", "echo 'never closed\nls"),
    ("bash", "", "cat <<EOF\nno end"),
    ("bash", "", "make a\n- make b"),
    ("bash", "", "npm test\n\n> shop@1.0.0 test\n> node test.js"),
    ("", "", "kubectl exec -it db-0 -n shop\npsql\nselect count(*) from orders;\n\\q\nexit"),
    ("bash", "", "export A=1  # elsewhere\nset A=1  # on Windows"),
    ("console", "", "$ mysql -u root\nmysql> SHOW TABLES;"),
];

#[test]
fn what_a_shell_must_not_see_is_cut_out() {
    assert_eq!(differences("mixed", WHAT_A_SHELL_MUST_NOT_SEE_IS_CUT_OUT), Vec::<String>::new());
}

#[test]
fn spans_that_are_commands() {
    for text in [
        "docker compose up -d",
        "npm run build",
        "kubectl get pods",
        "./deploy.sh",
        "sudo reboot",
        "git push --tags",
        "python manage.py check --deploy",
        "ls",
        "X=1 make",
        "/usr/bin/env",
        "chmod 600 .env",
        "ssh <host>",
        "curl -f https://h/x",
        "systemctl status x",
        "cd /srv",
    ] {
        assert!(is_command_line(text), "{text}");
    }
    for text in [
        "/etc/logrotate.d/shop",
        "/api/*",
        "\"$BACKUP_DIR/storage/\"",
        "scripts/backup.sh",
        "",
        ".env",
        "main",
        "config.yaml",
        "/etc/hosts",
        "SECRET_KEY",
        "DEBUG=False",
        "user@host",
        "GET /health",
        "https://h/x",
        "make",
        "SELECT 1",
        "200 OK",
        "make sure it works",
        "node",
        "README.md",
        "key: value",
        "docker-compose.yml",
        "0.0.0.0",
        "*",
        "test",
        "<host>",
        "read the manual of the tool",
        "fingerflow-network",
    ] {
        // A lone word that is also English names something more often than it asks to be run.
        assert!(!is_command_line(text), "{text}");
    }
}

proptest! {
    #[test]
    fn every_text_gets_a_verdict(text in "\\PC{0,120}", lang in proptest::sample::select(vec!["", "bash", "console", "text", "yaml", "powershell"])) {
        let _ = verdict(lang, "", &text, false, false);
        let _ = is_command_line(&text);
    }

    #[test]
    fn parts_and_expectations_stay_inside_the_block(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "ls", "$ ls", "# or", "\n", "\n\n", "docker logs -f x", "cat <<EOF", "EOF", "'", "\"", "(", ")", "if true; then", "fi", "# Expected: 3", "<x>", "$(", "`", "\\\n", "| ", "&&",
                "0 2 * * * x", "key: value", "SELECT 1;", "mysql> ", "─", "é", "for i in a; do", "done", "{", "}", "X=1", "case x in", "esac", ";;", "<<'E'", "E", "[", "]", "${", "\t", "\r\n",
            ]),
            0..24,
        ),
        lang in proptest::sample::select(vec!["", "bash", "console"]),
    ) {
        let text = words.join(" ");
        let last = 11 + u32::try_from(text.matches('\n').count()).unwrap();
        let verdict = verdict(lang, "", &text, true, false);
        for part in &verdict.parts {
            prop_assert!((11..=last).contains(&part.line));
        }
        if let Some(expected) = &verdict.expected {
            prop_assert!((11..=last).contains(&expected.line));
        }
        if let Some((at, _)) = &verdict.syntax_error {
            prop_assert!(*at <= verdict.text.len());
        }
        prop_assert!(!verdict.why.is_empty());
    }
}
