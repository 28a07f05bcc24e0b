//! Lists of programs and subcommands that only look, in byte order where they are searched by halves.

use crate::runbook::code::listed::{Listed, count};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Programs that never change anything but the terminal or the shell they run in.
const LOOKING_PROGRAMS: &str = ": [ [[ alias apt-cache arch arp atop aureport ausearch b2sum base64 basename bc blkid break btop \
     bzcat cal cat cd cksum clear cmp column comm compgen continue ctop cut declare df dig dirname dirs \
     dog du duf echo egrep env exit expr false fgrep file findmnt fmt fold free getconf getenforce \
     getent getfacl glances grep groups head hexdump history host hostid htop id iftop info iostat iotop \
     jobs jq klist last lastlog ldd less ls lsattr lsb_release lsblk lscpu lsmod lsns lsof lspci lsusb \
     lvdisplay lvs man md5sum modinfo more mountpoint mpstat mtr ncdu netstat nl nm nproc nslookup ntpq \
     nvidia-smi od paste pg_isready pg_lsclusters pgrep pidof pidstat ping pip-audit pmap popd printenv \
     printf procs ps pstree pushd pvdisplay pvs pwd readelf readlink realpath return rev rg sar seq \
     sestatus sha1sum sha256sum sha512sum shasum showmount sleep ss stat stern strings tac tail test \
     tldr top tr tracepath traceroute tree true type ulimit uname uniq uptime users vgdisplay vgs vmstat \
     w wait wc whereis which who whoami whois xxd xzcat zcat zgrep zless";
pub(super) static LOOKING: Listed<{ count(LOOKING_PROGRAMS) }> = Listed::new(LOOKING_PROGRAMS);

/// Redis commands that only look.
pub(super) static REDIS: &str = "ping info get mget ttl pttl keys scan llen dbsize client monitor slowlog exists type strlen hgetall \
     hget hlen lrange smembers scard zrange zcard memory latency role time cluster --stat --bigkeys \
     --latency";

/// Subcommands that only look: names of programs with blanks between, then beginnings of operands with `|` between.
static SUBCOMMANDS: &[(&str, &str)] = &[
    (
        "git",
        "status|log|diff|show|rev-parse|describe|ls-files|ls-remote|ls-tree|blame|grep|shortlog|\
         cat-file|rev-list|merge-base|count-objects|fsck|verify-commit|verify-tag|check-ignore|\
         for-each-ref|worktree list|submodule status|stash list|stash show|name-rev|whatchanged|\
         show-ref|diff-tree|cherry|range-diff",
    ),
    (
        "docker podman nerdctl",
        "ps|logs|inspect|images|info|version|stats|top|port|diff|events|history|search|container ls|\
         container inspect|container logs|container stats|container top|image ls|image inspect|\
         image history|volume ls|volume inspect|network ls|network inspect|system df|system info|\
         system events|node ls|node ps|node inspect|service ls|service ps|service logs|service inspect|\
         stack ls|stack ps|stack services|config ls|secret ls|context ls|context show|compose ps|\
         compose logs|compose config|compose images|compose top|compose port|compose ls|compose version|\
         compose events|manifest inspect|scout cves|scout quickview|buildx ls|buildx inspect|\
         buildx imagetools inspect|scan",
    ),
    ("docker-compose podman-compose", "ps|logs|config|images|top|port|version|events"),
    (
        "kubectl oc k",
        "get|describe|logs|top|explain|version|cluster-info|api-resources|api-versions|diff|events|wait|\
         auth can-i|auth whoami|config view|config get-contexts|config current-context|\
         config get-clusters|rollout status|rollout history|status|whoami",
    ),
    ("helm", "list|ls|status|get|history|show|search|template|lint|version|env|repo list|diff"),
    (
        "systemctl",
        "status|is-active|is-enabled|is-failed|list-units|list-unit-files|list-timers|list-sockets|show|\
         cat|list-dependencies|get-default|list-jobs",
    ),
    ("supervisorctl", "status|tail|avail|pid"),
    ("pm2", "list|ls|status|logs|show|describe|monit|info|jlist|env"),
    (
        "terraform tofu terragrunt",
        "plan|show|output|validate|version|providers schema|graph|state list|state show|state pull|\
         workspace list|workspace show",
    ),
    ("pulumi", "preview|stack ls|stack output|config get|whoami"),
    ("ansible-inventory", "list|graph"),
    ("aws", "s3 ls|configure list|logs tail|sts get-caller-identity"),
    ("apt", "list|show|search|policy"),
    ("yum dnf", "list|info|search|repolist|check-update|history list|history info|provides"),
    ("brew", "list|info|search|outdated|doctor|services list|config"),
    ("snap", "list|info|find|changes"),
    ("pip pip3 uv", "list|show|freeze|check|pip list|tree"),
    ("npm pnpm yarn", "ls|list|view|info|outdated|ping|whoami|why|audit"),
    ("go", "version|list|env"),
    ("cargo", "tree|metadata|search|audit|deny check|deny list"),
    ("ufw", "status|show"),
    ("nft", "list"),
    ("vault", "status|read|list|kv get|kv list|token lookup|secrets list|policy read"),
    ("consul", "members|info|kv get|catalog|operator raft list-peers"),
    ("nomad", "status|job status|node status|alloc status|alloc logs|server members"),
    ("etcdctl", "get|member list|endpoint status|endpoint health|alarm list"),
    (
        "rabbitmqctl rabbitmq-diagnostics",
        "status|cluster_status|list_queues|list_users|list_vhosts|list_connections|list_permissions|\
         ping|check_running|list_exchanges",
    ),
    ("nodetool", "status|info|ring|tpstats|netstats|compactionstats|describecluster"),
    ("ceph", "status|health|df|osd tree|osd df|mon stat|pg stat"),
    ("zpool zfs", "status|list|get|history|iostat"),
    (
        "gh",
        "pr list|pr view|pr status|pr checks|pr diff|run list|run view|run watch|release list|\
         release view|issue list|issue view|auth status|repo view|workflow list|workflow view|api",
    ),
    ("alembic", "current|history|heads|check|show|branches"),
    ("flyway", "info|validate"),
    ("prisma npx", "prisma migrate status|prisma validate|migrate status|validate"),
    ("rails rake", "db:migrate:status|about|routes|db:version"),
    ("argocd", "app get|app list|app diff|app history|cluster list|version"),
    ("flux", "get|check|logs|tree|stats"),
    ("certbot", "certificates"),
    ("fail2ban-client", "status|ping|version"),
    ("tailscale", "status|ip|ping|netcheck"),
    ("wg", "show|showconf"),
    ("velero", "backup get|backup describe|backup logs|restore get|restore describe|get|describe|schedule get"),
    ("restic", "snapshots|check|stats|ls|diff|find"),
    ("borg", "list|info|check|diff"),
    ("heroku", "logs|ps|config|releases|apps|info|status|addons|pg:info|config:get|domains"),
    ("fly flyctl", "status|logs|apps list|secrets list|releases|checks list|info"),
    ("vercel", "ls|list|inspect|logs|whoami|env ls"),
    ("railway", "status|logs|variables|whoami"),
    ("crictl", "ps|images|logs|inspect|pods|info|stats"),
    (
        "ctr",
        "version|images ls|images list|containers ls|containers list|containers info|tasks ls|tasks list|plugins ls",
    ),
    ("mdadm", "detail"),
    ("pgbackrest", "info|check|verify"),
    ("patronictl", "list|history|show-config"),
    ("composer", "show|validate|outdated|diagnose|audit"),
    ("skopeo crane", "inspect|list-tags|digest|manifest|ls"),
    ("istioctl linkerd cilium", "check|status|version|analyze|proxy-status|verify-install"),
];

/// The table above by single program.
static BY_PROGRAM: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let by_program =
        |&(programs, lines): &(&'static str, &'static str)| programs.split(' ').map(move |program| (program, lines));
    SUBCOMMANDS.iter().flat_map(by_program).collect()
});

/// The beginnings of operands with which a program only looks, with `|` between.
pub(super) fn subcommands(name: &str) -> Option<&'static str> {
    BY_PROGRAM.get(name).copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_is_in_order() {
        assert!(super::LOOKING.is_sorted());
    }
}
