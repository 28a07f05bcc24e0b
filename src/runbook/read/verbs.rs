//! Whether an item gives an order: it begins with a verb, also in bold, in seven languages.

use super::inline::Inline;
use super::text::Words;
use super::title;

/// Imperatives that begin steps of runbooks, and infinitives where instructions use them, sorted.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "abort", "abra", "abre", "abrir", "access", "acessar", "acesse", "acknowledge", "activate", "actualiza",
    "actualizar", "adapt", "add", "adicione", "adjust", "agrega", "agregar", "aguarde", "ajoute", "ajouter", "ajoutez",
    "aktiviere", "aktualisiere", "aktualisieren", "alert", "allow", "altere", "analyze", "announce", "aplicar",
    "aplique", "append", "apply", "approve", "archive", "arrêter", "arrêtez", "ask", "assess", "assign", "attach",
    "attendre", "attends", "atualizar", "atualize", "authenticate", "añade", "añadir", "back", "backup", "baixar",
    "baixe", "beende", "begin", "benenne", "bestätige", "block", "book", "bootstrap", "borra", "borrar", "bring",
    "browse", "build", "bump", "calculate", "call", "cambia", "cambiar", "cancel", "capture", "change", "check",
    "checkout", "cherry-pick", "choose", "clean", "clear", "click", "clone", "close", "collect", "commit",
    "communicate", "compare", "compile", "complete", "compress", "comprobar", "comprueba", "conferir", "configura",
    "configurar", "configure", "configurer", "configurez", "confirm", "confirmar", "confirme", "confirmer", "connect",
    "contact", "continue", "convert", "coordinate", "copia", "copiar", "copie", "copier", "copiez", "copy", "cordon",
    "crea", "crear", "create", "criar", "crie", "créer", "créez", "cut", "deaktiviere", "decide", "declare",
    "decommission", "define", "delete", "deploy", "descarga", "descargar", "describe", "desplegar", "destroy",
    "detener", "determine", "detén", "disable", "discard", "disconnect", "dispatch", "distinguish", "do", "document",
    "double-check", "download", "draft", "drain", "drop", "dump", "démarrer", "démarrez", "déployer", "edit", "edita",
    "edite", "effectuer", "effectuez", "ejecuta", "ejecutar", "ejecute", "elimina", "eliminar", "email", "enable",
    "encrypt", "end", "ensure", "enter", "entferne", "ersetze", "erstelle", "erstellen", "erzeuge", "escalate",
    "escolha", "espera", "esperar", "establish", "evaluate", "examine", "exclude", "executar", "execute", "exit",
    "expand", "export", "extract", "exécuter", "exécutez", "fail", "fazer", "faça", "fermer", "fetch", "fill",
    "finalize", "find", "finish", "fix", "flip", "flush", "follow", "force", "fork", "freeze", "füge", "führe",
    "garanta", "gather", "gehe", "generate", "get", "give", "go", "grant", "guard", "guarda", "guardar", "halt",
    "handle", "hold", "identify", "implantar", "import", "include", "increase", "increment", "inform", "informiere",
    "informieren", "inicia", "iniciar", "inicie", "initialize", "initiate", "insert", "inspect", "instala", "instalar",
    "instale", "install", "installer", "installez", "installiere", "installieren", "investigate", "invite", "isolate",
    "issue", "join", "keep", "kill", "klicke", "kontrolliere", "kopiere", "kopieren", "label", "lade", "lancer",
    "lancez", "launch", "leave", "lege", "let", "list", "load", "locate", "lock", "log", "login", "look", "lower",
    "lösche", "löschen", "make", "manually", "mark", "marque", "measure", "melde", "merge", "mettre", "migrate",
    "modify", "monitor", "mount", "move", "name", "navigate", "never", "note", "notiere", "notificar", "notify",
    "observe", "obtain", "onboard", "open", "optimize", "order", "ouvre", "ouvrez", "ouvrir", "parar", "pare", "paste",
    "pause", "perform", "pick", "pin", "ping", "place", "plan", "point", "post", "power", "prepare", "preserve",
    "press", "prevent", "print", "proceed", "promote", "protect", "provide", "provision", "prune", "prévenir", "prüfe",
    "prüfen", "publish", "pull", "pulsa", "purge", "push", "put", "query", "quiesce", "quit", "raise", "read",
    "rebalance", "rebase", "reboot", "rebuild", "reconcile", "reconnect", "record", "recover", "recreate", "redeploy",
    "redirect", "reduce", "redémarrer", "refaça", "refresh", "register", "rehydrate", "reinicia", "reiniciar",
    "reinicie", "reinstall", "reissue", "relaunch", "release", "reload", "remind", "remova", "remove", "remover",
    "remplacer", "rename", "renew", "reopen", "repair", "repeat", "replace", "replicate", "report", "reproduce",
    "request", "require", "rerun", "reschedule", "reset", "resolve", "restart", "restaurar", "restaure", "restaurer",
    "restore", "restrict", "resume", "resync", "retain", "retire", "retrieve", "retry", "return", "revert", "review",
    "revisa", "revisar", "revoke", "rodar", "rode", "roll", "rollback", "rotate", "route", "run", "salvar", "salve",
    "sauvegarder", "save", "say", "scale", "schalte", "schedule", "search", "secure", "see", "selecciona", "select",
    "send", "set", "setup", "setze", "share", "ship", "shut", "shutdown", "sichere", "sichern", "siga", "sign",
    "simulate", "skip", "smoke", "snapshot", "speichere", "spin", "squash", "ssh", "stage", "start", "starte",
    "starten", "stelle", "stop", "stoppe", "stoppen", "store", "sube", "subir", "submit", "subscribe", "suche",
    "supprime", "supprimer", "supprimez", "suspend", "swap", "switch", "sync", "synchronize", "tag", "take", "talk",
    "tear", "tell", "terminate", "test", "testar", "tester", "toggle", "track", "trage", "transfer", "trenne",
    "trigger", "truncate", "try", "turn", "type", "unblock", "uncomment", "uncordon", "undeploy", "unfreeze",
    "uninstall", "unlock", "unmount", "unpack", "unpause", "unprotect", "unsubscribe", "untar", "unzip", "update",
    "upgrade", "upload", "usa", "use", "validar", "validate", "valide", "verbinde", "verifica", "verificar",
    "verifique", "verify", "view", "visit", "vérifie", "vérifier", "vérifiez", "wait", "walk", "warm", "warn", "warte",
    "watch", "wechsle", "whitelist", "wipe", "withdraw", "work", "write", "wähle", "zip", "ändere", "öffne", "öffnen",
];

/// Verbs of scripts without spaces: the text begins with one of them.
#[rustfmt::skip]
const UNSPACED: &[&str] = &[
    "检查", "确认", "执行", "运行", "启动", "停止", "创建", "修改", "更新", "安装", "备份", "部署", "登录", "打开", "删除", "重启", "通知", "配置",
    "上传", "下载", "验证", "回滚", "切换", "拉取", "等待", "设置", "点击", "进入", "编辑", "添加",
];

/// Whether the words begin with an order.
#[must_use]
pub fn begins_with_verb(inline: &Inline) -> bool {
    let title = title::of_item(inline);
    is_order(&title.text)
}

/// Whether a title begins with a verb, an adverb and a verb, or names a condition and then a verb.
#[must_use]
pub fn is_order(title: &str) -> bool {
    let title = super::text::skip_marks(title).trim_start_matches(['*', '_', '"', '\'', '`', '(']);
    if UNSPACED
        .iter()
        .any(|verb| title.starts_with(verb) || (title.starts_with(['请', '在', '将']) && title.contains(verb)))
    {
        return true;
    }
    // Japanese instructions end in a verb.
    let body = title.trim_end_matches(['。', '.', '：', ':']);
    if ["する", "ください", "します", "させる", "行う", "ます"].iter().any(|end| body.ends_with(end)) {
        return true;
    }
    let mut words =
        title.split_whitespace().map(|word| word.trim_end_matches([',', '.', ':', ';', '!', ')']).to_lowercase());
    let Some(first) = words.next() else {
        return false;
    };
    let is_known = |word: &str| VERBS.binary_search(&word).is_ok();
    let is_verb = |word: &str| {
        is_known(word) || word.strip_prefix("re-").or_else(|| word.strip_prefix("un-")).is_some_and(is_known)
    };
    if is_verb(&first) || is_formal_order(title, &first) {
        return true;
    }
    let softens = [
        "please",
        "then",
        "now",
        "finally",
        "first",
        "next",
        "optionally",
        "once",
        "carefully",
        "again",
        "also",
        "don't",
        "bitte",
        "gracefully",
        "toujours",
        "puis",
        "ensuite",
        "luego",
        "depois",
    ];
    if softens.contains(&first.as_str()) {
        return words.next().is_some_and(|word| is_verb(&word));
    }
    let conditional = ["if", "when", "after", "before", "for", "in", "on", "from", "to", "using", "with", "as"];
    conditional.contains(&first.as_str())
        && title
            .split_once([',', ':'])
            .is_some_and(|(_, rest)| rest.split_whitespace().next().is_some_and(|word| is_verb(&word.to_lowercase())))
}

/// Verbs by their form: "Öffnen Sie …", "Ouvrez …", "Guardar el …", "Vérifier les …".
fn is_formal_order(title: &str, first: &str) -> bool {
    let second = title.split_whitespace().nth(1).unwrap_or("");
    let is_long = first.chars().count() > 3;
    if second == "Sie" || second == "sie" {
        return first.ends_with('n') && !MODAL.contains(&first);
    }
    if first.ends_with("ez") {
        return is_long && !["chez", "assez"].contains(&first);
    }
    let is_infinitive = ["ar", "er", "ir", "re"].iter().any(|end| first.ends_with(end));
    let is_led_on = ROMANCE.contains(&second.to_lowercase().as_str())
        || ["l'", "l’", "d'", "d’"].iter().any(|start| second.starts_with(start));
    is_long && is_infinitive && is_led_on
}

/// German words before "Sie" that order nothing.
const MODAL: [&str; 12] =
    ["wenn", "können", "müssen", "sollten", "möchten", "werden", "haben", "wollen", "dann", "denn", "sind", "würden"];

/// Articles and prepositions behind a verb of a Romance language; none of them is an English word that follows a noun.
const ROMANCE: [&str; 33] = [
    "el", "la", "los", "las", "un", "una", "le", "les", "une", "des", "du", "o", "os", "um", "uma", "em", "en", "que",
    "con", "com", "dans", "sur", "todos", "todas", "tous", "toutes", "cette", "ce", "ces", "este", "esta", "al", "ao",
];

/// Whether a heading gives an order, or is the name of something to do.
#[must_use]
pub fn names_work(title: &str) -> bool {
    let lower = title.to_lowercase();
    let mut words = lower.split_whitespace();
    let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    // "Moderate the chat": nothing but a verb or a preposition stands before an article.
    let governs = ["the", "a", "an", "all", "your", "each", "every"].contains(&second)
        && !["about", "for", "in", "on", "of", "with", "without", "behind", "under", "is", "are"].contains(&first);
    governs || is_order(title) || super::text::has_any(&lower, &["procedure", "steps$", "how to", "process$"]).is_some()
}

/// Whether prose only explains: English sentences, of which none gives an order or says what somebody has to do. Of other
/// languages nothing is said.
#[must_use]
pub fn only_explains(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = Words::of(&lower);
    let is_english = (lower.contains(" a ") || words.has_any(&["the$"]).is_some()) && words.has_any(ENGLISH).is_some();
    is_english
        && words.has_any(DUTIES).is_none()
        && !text.split_inclusive(['.', ':', ';']).any(|part| is_order(part.trim()))
}

/// Verbs of sentences that state something.
const ENGLISH: &[&str] =
    &["is$", "are$", "was$", "were$", "has$", "have$", "will$", "can$", "does$", "which$", "comes$", "uses$"];

/// What sentences say that ask something of somebody.
#[rustfmt::skip]
const DUTIES: &[&str] = &[
    "must$", "should$", "shall$", "need to", "needs to", "you need", "has to", "have to", "ensure", "make sure",
    "please", "remember", "be sure", "do not", "don't", "never$", "you can", "you may", "you will", "we ", "recommend",
    "to be ", "let ", "wait",
];

/// Whether a line of Chinese or Japanese ends in a noun that names a deed (適用, 確認, 起動), asides apart.
#[must_use]
pub fn ends_with_deed(line: &str) -> bool {
    let body = line.trim_end().trim_end_matches(['。', '.']);
    let body = match body.rfind(['（', '(']) {
        Some(at) if body.ends_with(['）', ')']) => body[..at].trim_end(),
        Some(_) | None => body,
    };
    DEEDS.iter().any(|deed| body.ends_with(deed))
}

#[rustfmt::skip]
const DEEDS: [&str; 30] = [
    "確認", "実行", "適用", "起動", "停止", "再起動", "配信", "設定", "作成", "削除", "更新", "調査", "取得", "切替", "切り替え", "登録", "連絡", "実施",
    "投入", "デプロイ", "バックアップ", "リリース", "检查", "部署", "重启", "备份", "切换", "验证", "上线", "执行",
];

/// Whether a step asks a person to look and confirm rather than to change something.
#[must_use]
pub fn is_check(title: &str) -> bool {
    let first = title.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty()).unwrap_or("");
    let checks = [
        "verify",
        "check",
        "confirm",
        "ensure",
        "validate",
        "prüfe",
        "prüfen",
        "kontrolliere",
        "bestätige",
        "vérifier",
        "vérifiez",
        "verificar",
        "verifique",
        "comprobar",
        "confirmar",
        "assert",
        "inspect",
    ];
    checks.iter().any(|check| first.eq_ignore_ascii_case(check))
        || !title.is_ascii()
            && (["检查", "确认", "验证"].iter().any(|verb| title.starts_with(verb)) || title.contains("確認"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_that_asks_for_nothing_only_explains() {
        assert!(only_explains("Branches are frozen after a year. The current one is more flexible."));
        assert!(names_work("Moderate the chat") && names_work("Restart it") && names_work("The restore procedure"));
        assert!(!names_work("About the chat") && !names_work("Branches"));
        for text in [
            "The base is large. Copy it to the new host.",
            "The tables have to be read once.",
            "In the console, select the machine that is new.",
            "Die Tabellen sind alt.",
            "Open the page of the shop",
        ] {
            assert!(!only_explains(text), "{text}");
        }
    }

    #[test]
    fn orders_begin_with_a_verb() {
        assert!(VERBS.is_sorted());
        for order in [
            "Deploy to staging",
            "Please restart it",
            "If it fails, stop the job",
            "检查服务状态",
            "サーバーを再起動する",
            "Re-run the job",
            "Sichern der Datenbank".trim_end_matches("der Datenbank"),
            "Stecken Sie den Stick ein",
            "Débranchez la sono",
            "Comprimir los registros",
            "Toujours effectuer une sauvegarde",
        ] {
            assert!(is_order(order), "{order}");
        }
        for other in [
            "The server",
            "Manual approval",
            "OS: Linux",
            "2 cores",
            "Wenn Sie das sehen",
            "Server as of May",
            "Chez nous",
        ] {
            assert!(!is_order(other), "{other}");
        }
        assert!(is_check("Verify the page"));
        assert!(!is_check("Checkout the tag"));
    }
}
