//! Blocks that are never offered.

use super::{Case, differences, verdict};

static ASSIGNMENTS: &[Case] = &[
    ("bash", "", "DEBUG=False\nSECRET_KEY=change-me"),
    ("bash", "", "# Production\nA=1\n\n# Mail\nMAIL_HOST=smtp.shop.io  # or ses"),
    ("bash", "", "APP_NAME=My Shop"),
    ("bash", "", "DSN=\"postgres://a:b@h/x?y=z\""),
    ("sh", "", "FILTER=(uid=%s)"),
    ("", "", "A=1\nB=2"),
    ("env", "", "A=1"),
    ("dotenv", "", "A=1"),
    ("bash", "", "POSTGRES_PASSWORD=<password>"),
    ("bash", "", "ORIGINS=https://a.shop.io,https://b.shop.io"),
];

#[test]
fn assignments() {
    assert_eq!(differences("assign", ASSIGNMENTS), Vec::<String>::new());
}

static CONTENT_OF_FILES: &[Case] = &[
    ("yaml", "", "a: b"),
    ("json", "", "{}"),
    ("python", "", "print(1)"),
    ("dockerfile", "", "FROM x"),
    ("nginx", "", "server {}"),
    ("hcl", "", "resource \"a\" \"b\" {}"),
    ("bash", "", "#!/bin/bash\nset -e\npg_dump x > y"),
    ("bash", "Create `/opt/backup.sh`:", "#!/bin/bash\nls"),
    ("bash", "Edit `/opt/app/.env` with the following values:", "A=1\nB=2"),
    ("bash", "Create production `.env`:", "# Mail\nMAIL=1"),
    ("bash", "Add to your `~/.bashrc`:", "export PATH=$HOME/bin:$PATH\nalias k=kubectl"),
    ("bash", "Edit `pg_hba.conf`:", "host shop shop 127.0.0.1/32 md5"),
    ("bash", "", "# Daily\n0 2 * * * /scripts/backup.sh"),
    ("", "", "*/5 * * * * /opt/x >> /var/log/x 2>&1"),
    ("", "", "@daily /opt/x"),
    ("bash", "", "services:\n  app:\n    image: x"),
    ("", "", "server {\n    listen 443 ssl;\n    server_name shop.io;\n}"),
    ("bash", "", "location / {\n  set $x y;\n  return 301 https://$host$request_uri;\n}"),
    ("", "", "[Unit]\nDescription=x\n\n[Service]\nRestart=always"),
    ("", "", "listen_addresses = 'localhost'\nmax_connections = 50"),
    ("", "", "{\n  \"a\": 1,\n  \"b\": [2]\n}"),
    ("bash", "", "FROM node:20\nRUN npm ci\nCMD [\"node\", \"x.js\"]"),
    ("", "", "import os\nprint(os.environ)"),
    ("bash", "", "process.env.MODE === \"production\""),
    ("bash", "Add to your `~/.profile`:", "ulimit -n 4096"),
    ("bash", "", "def f(x):\n    return x"),
    ("", "", "<configuration>\n  <a>b</a>\n</configuration>"),
    ("", "", "const x = require('y');"),
    ("", "", "name: build\nrun: make\nsteps: 3\nother: 4"),
    ("text", "Add to `/etc/hosts`:", "10.0.0.1 db"),
    ("", "", "/var/log/app/*.log {\n    daily\n    rotate 90\n    compress\n}"),
    ("bash", "", "local all all peer\nhost all all 10.0.0.0/8 md5"),
];

#[test]
fn content_of_files() {
    assert_eq!(differences("file", CONTENT_OF_FILES), Vec::<String>::new());
}

static QUERIES: &[Case] = &[
    ("sql", "", "DROP TABLE x;"),
    ("promql", "", "up"),
    ("bash", "", "SELECT * FROM users;"),
    ("", "", "select count(*) from orders where paid;"),
    ("bash", "", "-- all\nDELETE FROM t\nWHERE a < 3;"),
    ("bash", "", "CREATE INDEX a ON b(c);\nANALYZE b;"),
    ("bash", "", "ALTER SYSTEM SET work_mem = '1GB';"),
    ("bash", "", "rate(http_requests_total[5m])"),
    ("", "", "sum by (job) (rate(x[5m]))"),
    ("bash", "", "up{job=\"api\"} == 0"),
    ("bash", "", "histogram_quantile(0.95, sum(rate(d_bucket[5m])) by (le))"),
    ("", "", "{app=\"x\"} |= \"error\""),
    ("", "", "db.users.find({a: 1})"),
    ("", "", "GET /health HTTP/1.1\nHost: x"),
    ("bash", "", "POST /api/login"),
    ("", "", "\\l"),
    ("", "", "create database shop;"),
    ("", "", "mysql> SHOW TABLES;"),
    ("console", "", ">>> import x\n>>> x.y()"),
    ("", "", "\\c shop\n\\dt"),
    ("", "", "BEGIN;\nUPDATE t SET a = 1;\nCOMMIT;"),
];

#[test]
fn queries() {
    assert_eq!(differences("query", QUERIES), Vec::<String>::new());
}

static TEXTS: &[Case] = &[
    ("", "", "postgres   | listening on -all interfaces\nredis      | ready --now"),
    ("", "", "lamp -h, --help     show this help\nlamp -v, --verbose  say more"),
    ("", "", "server web1 10.0.0.1:80 check -weight 3"),
    ("", "", "default via 10.0.0.1 dev eth0 proto dhcp -metric 100"),
    ("", "", "connected to lamp-1 --ok\nuploaded 3 files --done"),
    ("", "", "bind -n M-Left select-pane -L"),
    ("text", "", "ls -la"),
    ("txt", "", "docker ps"),
    ("mermaid", "", "graph TD"),
    ("diff", "", "-a\n+b"),
    ("markdown", "", "# x"),
    ("powershell", "", "Get-Process"),
    ("cmd", "", "dir"),
    ("", "", "PS C:\\> Get-Item x"),
    ("", "", "┌───┐\n│ a │\n└───┘"),
    ("bash", "", "app/\n├── bin\n└── lib"),
    ("", "", "|-- a\n|-- b"),
    ("", "", ".\n+-- package.json\n`-- src"),
    ("bash", "", "shop\n+-- api\n|   +-- v1\n+-- web"),
    ("fish", "", "set -Ux A b"),
    ("", "", "Client --> Proxy --> App"),
    ("", "Slack message template:", "Deploying {version} now"),
    ("bash", "", "2026-01-01 12:00:00 INFO started\n2026-01-01 12:00:01 ERROR x"),
    ("", "", "[2026-01-01T10:00:00] up"),
    ("console", "", "Jan  2 10:00:00 web1 sshd[1]: Accepted"),
    ("bash", "", ""),
    ("", "", "NAME    STATUS\nweb     Up"),
    ("", "", "fingers 1 2"),
    ("bash", "", "error: could not connect"),
];

#[test]
fn texts() {
    assert_eq!(differences("text", TEXTS), Vec::<String>::new());
}

static WORDS_FOR_A_PERSON: &[Case] = &[
    ("bash", "", "# Install PostgreSQL\n# Create the database"),
    ("bash", "", "1. Log in to the console\n2. Open the settings"),
    ("", "", "Make sure that the service is up."),
    ("bash", "", "make sure the service is up"),
    ("", "", "Check the dashboard\nWait for five minutes"),
    ("", "", "- open the site\n- log in"),
    ("bash", "", "Open the browser and go to the login page."),
    ("", "", "test the login page and the search"),
];

#[test]
fn words_for_a_person() {
    assert_eq!(differences("manual", WORDS_FOR_A_PERSON), Vec::<String>::new());
}

#[test]
fn output_by_its_place() {
    let outputs = [
        ("", "Expected output:", "NAME   STATUS\nweb    Up"),
        ("bash", "Expected output:", "fingerflow  Up 3 minutes"),
        ("", "You should see something like:", "{\"status\":\"ok\"}"),
        ("json", "The response should look like this:", "{\"status\":\"ok\"}"),
        ("text", "", "web Up"),
        ("", "", "web   Up   3 minutes"),
        ("", "", "OK"),
        ("", "", "{\"status\": \"ok\"}"),
        ("", "", "status: ok"),
        ("", "", "+----+\n| id |\n+----+"),
        ("", "Output:", "docker version 3"),
        ("console", "Should return:", "HTTP/2 200"),
        ("yaml", "expected_similarity=0.7", "a: b"),
    ];
    for (lang, lead_in, text) in outputs {
        let found = verdict(lang, lead_in, text, true, false);
        assert_eq!(found.usage.word(), "output", "{text:?}: {}", found.why);
    }
    for (lang, lead_in, text, expected) in [
        ("", "Tell the channel:", "Deploying now, please wait.", "manual"),
        ("text", "Tell the channel:", "Deploying now", "text"),
        ("", "Set in `app.conf`:", "status: ok", "file"),
        ("", "", "#!/bin/sh\nls", "file"),
    ] {
        let found = verdict(lang, lead_in, text, true, false);
        assert_eq!(found.usage.word(), expected, "{text:?}: {}", found.why);
    }
    for (lang, lead_in, text) in [("", "", "docker ps"), ("bash", "Then run:", "docker ps"), ("bash", "", "mytool x")] {
        let found = verdict(lang, lead_in, text, true, false);
        assert_eq!(found.usage.word(), "run", "{text:?}: {}", found.why);
    }
}

#[test]
fn a_page_scrape_is_read_strictly() {
    for (text, expected) in [
        ("sudo apt update", "run"),
        ("mytool deploy", "text"),
        ("photoflow listens on 4173", "manual"),
        ("Configure default policies", "manual"),
        ("ssl_protocols TLSv1.2 TLSv1.3;", "file"),
        ("GOTRUE_MFA_ENABLED=true", "assign"),
        ("0 2 * * * /x/backup.sh", "file"),
        ("rsync -a x [email protected]:/y", "fill"),
        ("driver: bridge", "file"),
        ("- Escalation procedures", "manual"),
    ] {
        for lang in ["", "bash"] {
            let found = verdict(lang, "", text, false, true);
            assert_eq!(found.usage.word(), expected, "{text:?}: {}", found.why);
        }
    }
}
