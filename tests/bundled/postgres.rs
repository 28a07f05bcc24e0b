//! A real PostgreSQL server under PhotoFlow's runbook: its settings are really changed, its indexes really built, its backup
//! really restored and compared.

use crate::operator::Operator;
use crate::world::World;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

#[test]
#[ignore = "SKIPPED: needs a PostgreSQL server; .ci/run installs one and runs it: cargo test --test bundled -- --ignored"]
fn photoflow_restores_its_backup_on_a_real_server() {
    let server = Server::start();
    let mut world = World::with("photoflow", &["psql", "pg_dump", "createdb", "dropdb", "systemctl"]);
    for (name, value) in server.connection() {
        world.set(name, &value);
    }
    server.answer_for_systemctl(&world.path("bin/systemctl"));
    server.fill(&world);
    let mut operator = Operator::of(&world);
    let status = operator.to_the_end();
    assert_eq!(status.exit, 0, "{status:?}: {}", operator.story());

    let run = operator.run.clone().unwrap();
    let compared = world.gonogo(&["show", &run, "drill-compare"]).out;
    assert!(compared.contains("identical: 120 tasks, 45 comments"), "{compared}");
    assert_eq!(server.ask(&world, "photoflow", "SHOW work_mem"), "16MB");
    let indexes = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_%'";
    assert_eq!(server.ask(&world, "photoflow", indexes), "4");
    let databases = "SELECT count(*) FROM pg_database WHERE datname LIKE '%drill'";
    assert_eq!(server.ask(&world, "photoflow", databases), "0", "the drill cleans up");
}

/// A server of its own in a temporary folder, stopped when it is dropped.
struct Server {
    folder: TempDir,
    bin: PathBuf,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Server { folder, bin: server_programs(), port };
        if is_root() {
            done(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        let data = server.data();
        done(server.as_owner("initdb").args(["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]));
        let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(format!("{data}/pg_hba.conf"), rules).unwrap();
        let socket = server.folder.path().display();
        let settings = format!("port = {port}\nunix_socket_directories = '{socket}'\nfsync = off\n");
        let conf = format!("{data}/postgresql.conf");
        fs::write(&conf, fs::read_to_string(&conf).unwrap() + &settings).unwrap();
        done(server.as_owner("pg_ctl").args(["-D", &data, "-w", "-l", &format!("{data}/log"), "start"]));
        server
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// The server refuses to run as root.
    fn as_owner(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command.current_dir("/");
            return command;
        }
        Command::new(program)
    }

    fn connection(&self) -> [(&'static str, String); 3] {
        let folder = self.folder.path().display().to_string();
        [("PGHOST", folder), ("PGPORT", self.port.to_string()), ("PGUSER", "postgres".to_owned())]
    }

    /// A `systemctl` that restarts this server and says yes to the rest.
    fn answer_for_systemctl(&self, path: &Path) {
        let restart = self.as_owner("pg_ctl");
        let words: Vec<String> = [restart.get_program()]
            .into_iter()
            .chain(restart.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let data = self.data();
        let script = format!(
            "#!/bin/sh\n. \"${{0%/*}}/record\"\nrecord \"$@\"\ncase \"$*\" in\n    \"restart postgresql\") cd / && {} -D {data} -w -l {data}/log restart > /dev/null ;;\n    is-enabled*) echo enabled ;;\nesac\n",
            words.join(" ")
        );
        fs::write(path, script).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What production holds.
    fn fill(&self, world: &World) {
        let tables = "CREATE TABLE \"Tasks\" (id serial PRIMARY KEY, \"taskColumn\" int, is_finished bool, \"dueAt\" timestamptz, created_at timestamptz DEFAULT now()); \
            CREATE TABLE task_comments (id serial PRIMARY KEY, task_id int REFERENCES \"Tasks\", body text); \
            INSERT INTO \"Tasks\" (\"taskColumn\", is_finished, created_at) SELECT n % 5, n % 3 = 0, now() - n * interval '5 days' FROM generate_series(1, 120) n; \
            INSERT INTO task_comments (task_id, body) SELECT n, 'comment ' || n FROM generate_series(1, 45) n";
        self.ask(world, "postgres", "CREATE ROLE photoflow LOGIN");
        self.ask(world, "postgres", "CREATE DATABASE photoflow OWNER photoflow");
        self.ask(world, "photoflow", tables);
    }

    fn ask(&self, world: &World, database: &str, statement: &str) -> String {
        let mut psql = world.command("psql");
        psql.args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]);
        psql.env("PGPORT", self.port.to_string());
        String::from_utf8(done(&mut psql).stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed may have left it stopped.
        let _ = self.as_owner("pg_ctl").args(["-D", &self.data(), "-m", "immediate", "stop"]).output();
    }
}

fn is_root() -> bool {
    let id = done(Command::new("id").arg("-u"));
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}

/// The newest server that is installed: on the path, or where Debian keeps it.
fn server_programs() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.retain(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists());
    found.sort();
    found.pop().expect("PostgreSQL's server is installed (Debian: apt-get install postgresql)")
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
