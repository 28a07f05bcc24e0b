//! Whether an item gives an order: it begins with a verb, also in bold, in seven languages.

use super::inline::Inline;
use super::title;
use crate::runbook::letters::Letters;

/// Imperatives that begin steps of runbooks, and infinitives where instructions use them, sorted.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "abfragen", "abort", "abra", "abram", "abre", "abrid", "abrir", "abschalten", "abschließen", "acceda", "accede",
    "acceder", "access", "acessar", "acesse", "acionar", "acione", "acknowledge", "act", "activa", "activar",
    "activate", "activen", "activer", "activez", "actualice", "actualicen", "actualiza", "actualizar", "adapt",
    "adapter", "adaptez", "add", "adicionar", "adicione", "adjust", "agendar", "agende", "aggiorna", "aggiornare",
    "aggiungere", "aggiungi", "agrega", "agregar", "aguardar", "aguarde", "ajoute", "ajouter", "ajoutez", "ajusta",
    "ajustar", "ajuste", "ajustem", "aktifkan", "aktiviere", "aktivieren", "aktualisiere", "aktualisieren",
    "aktualizuj", "alert", "allow", "alterar", "altere", "analyze", "anhalten", "anlegen", "anmelden", "announce",
    "annuler", "anota", "anotar", "anote", "anpassen", "apaga", "apagar", "apague", "aplica", "aplicar", "aplique",
    "append", "applique", "appliquer", "appliquez", "apply", "approve", "apri", "aprire", "archive", "arranca",
    "arrancar", "arranque", "arresta", "arrestare", "arrête", "arrêter", "arrêtez", "asegurar", "asegúrate",
    "asegúrese", "ask", "assemble", "assess", "assign", "ativar", "ative", "attach", "attendere", "attendez", "attendi",
    "attendre", "attends", "attiva", "attivare", "atualizar", "atualize", "atualizem", "atur", "aufrufen", "ausführen",
    "ausschalten", "authenticate", "avisa", "avisar", "avise", "avvia", "avviare", "avvisa", "avvisare", "açın",
    "añade", "añadir", "back", "backup", "baixar", "baixe", "baixem", "bascule", "basculer", "basculez", "başlatın",
    "beende", "beenden", "begin", "bekleyin", "benachrichtigen", "benenne", "bereitstellen", "bersihkan", "bestätige",
    "bestätigen", "bevestig", "bewaar", "bewerk", "block", "bloquer", "book", "boot", "bootstrap", "borra", "borrar",
    "branche", "bring", "browse", "buat", "build", "buka", "bump", "busca", "buscar", "busque", "cadastrar", "cadastre",
    "calculate", "call", "cambia", "cambiar", "cambiese", "cancel", "cancele", "capture", "cargar", "cargue", "cek",
    "cerrar", "change", "changer", "charge", "charger", "check", "checkout", "cherry-pick", "chiudere", "chiudi",
    "choisir", "choisis", "choose", "cierra", "classify", "clean", "clear", "clicca", "cliccare", "click", "clique",
    "cliquer", "cliquez", "clona", "clonar", "clonare", "clone", "cloner", "close", "coche", "coletar", "colete",
    "colle", "collect", "collega", "coloca", "colocar", "coloque", "commit", "communicate", "compare", "compile",
    "compiler", "complete", "compress", "comprobad", "comprobar", "comprueba", "compruebe", "comunica", "comunicar",
    "comunicare", "comunique", "conduct", "conecta", "conectar", "conecte", "conectese", "conferir", "conferma",
    "confermare", "configura", "configurar", "configurare", "configure", "configurer", "configurez", "confira",
    "confirm", "confirma", "confirmar", "confirme", "confirmer", "confirmez", "connect", "connecte", "connectez",
    "construir", "construye", "consultar", "consulte", "consulter", "consultez", "contact", "contacte", "contain",
    "continue", "controleer", "controlla", "controllare", "contrôler", "contrôlez", "convert", "conéctate", "conéctese",
    "coordinate", "copia", "copiar", "copiare", "copie", "copier", "copiez", "copy", "cordon", "corra", "corre",
    "correlate", "correr", "corriger", "corrigir", "corrija", "crea", "crear", "creare", "create", "cree", "criar",
    "crie", "criem", "crée", "créer", "créez", "cut", "cutover", "cámbiate", "cámbiese", "deaktiviere", "deaktivieren",
    "decide", "declare", "decommission", "defina", "define", "definir", "deletar", "delete", "demande", "demote",
    "deploy", "derrubar", "derrube", "desactiva", "desactivar", "desactive", "desativar", "desative", "descarga",
    "descargar", "descargue", "describe", "desinstalar", "desligar", "desligue", "desplegar", "despliega", "despliegue",
    "destroy", "detener", "detenga", "determine", "detén", "diagnose", "dirígete", "diríjase", "disabilita",
    "disabilitare", "disable", "disattiva", "disattivare", "discard", "disconnect", "dispatch", "distinguish",
    "distribuire", "do", "document", "documenta", "documentar", "documente", "documentez", "dodaj", "dokumentieren",
    "double-check", "download", "draai", "draft", "drain", "drop", "druk", "drück", "drücke", "dump", "durdurun",
    "déconnecter", "définir", "définis", "définissez", "démarre", "démarrer", "démarrez", "déploie", "déployer",
    "déployez", "désactive", "désactiver", "désactivez", "désinstaller", "edit", "edita", "editar", "edite", "editen",
    "edytuj", "effectuer", "effectuez", "einrichten", "einschalten", "einspielen", "ejecuta", "ejecutar", "ejecute",
    "ekleyin", "elegir", "elija", "elimina", "eliminar", "eliminare", "elimine", "email", "emita", "emitir", "enable",
    "encender", "encerrar", "encerre", "encienda", "encrypt", "end", "enregistre", "enregistrer", "enregistrez",
    "ensure", "enter", "entferne", "entfernen", "entra", "entrar", "enviar", "envie", "envoie", "envoyer", "envoyez",
    "envía", "envíe", "eradicate", "ersetze", "ersetzen", "erstelle", "erstellen", "erzeuge", "escalate", "escolha",
    "escreva", "escribe", "escribir", "esegui", "eseguire", "espera", "esperar", "espere", "establecer", "establish",
    "evaluate", "examine", "exclude", "executar", "execute", "executem", "exit", "expand", "export", "exportar",
    "exporte", "exporter", "exportez", "extract", "extraer", "extraia", "exécute", "exécuter", "exécutez", "fail",
    "failover", "fais", "fazer", "faça", "fechar", "feche", "ferma", "fermare", "fermer", "fermez", "fetch", "fill",
    "finalize", "find", "finish", "fix", "flip", "flush", "follow", "force", "fork", "formulate", "freeze", "freigeben",
    "füge", "führ", "führe", "ganti", "garanta", "garde", "gather", "geben", "gebruik", "geh", "gehe", "genera",
    "generar", "generare", "generate", "genere", "gerar", "gere", "get", "gib", "girin", "give", "go", "grant", "guard",
    "guarda", "guardar", "gunakan", "génère", "générer", "générez", "haal", "habilita", "habilitar", "habilite", "haga",
    "hagan", "halt", "handle", "hapus", "hentikan", "herhaal", "herlaad", "hernoem", "herstart", "herstel",
    "herunterladen", "hochfahren", "hochladen", "hold", "hubungi", "hubungkan", "identifica", "identificar",
    "identifique", "identify", "implantar", "import", "importar", "importe", "importer", "importez", "include",
    "increase", "increment", "inform", "informa", "informar", "informer", "informez", "informiere", "informieren",
    "ingresa", "ingresar", "ingrese", "ingresen", "inicia", "iniciar", "inicie", "initialize", "initiate", "inserir",
    "inserire", "inserisci", "insert", "insira", "inspect", "instala", "instalar", "instale", "instalen", "install",
    "installa", "installare", "installe", "installeer", "installer", "installez", "installiere", "installieren",
    "investigate", "investigue", "invia", "inviare", "invite", "isolate", "isoler", "issue", "jalankan", "join",
    "kaydedin", "keep", "kies", "kill", "kirim", "klicke", "klik", "kliknij", "konfirmasi", "kontrolliere",
    "kontrollieren", "kopieer", "kopiere", "kopieren", "kopiuj", "label", "lad", "lade", "lakukan", "lance", "lancer",
    "lancez", "lanza", "lanzar", "lanzen", "laporkan", "launch", "leave", "leg", "lege", "leia", "let", "levanta",
    "levantar", "levante", "liberar", "libere", "lies", "ligar", "ligue", "limpar", "limpe", "limpia", "limpiar",
    "limpie", "lire", "list", "listar", "load", "locate", "lock", "log", "logge", "login", "look", "lower", "lösch",
    "lösche", "löschen", "maak", "make", "mantenha", "manually", "marcar", "mark", "marque", "masuk", "masukkan",
    "matikan", "measure", "meld", "melde", "melden", "merge", "mets", "mettez", "mettre", "migrar", "migrate", "migre",
    "migrer", "mitigate", "modifica", "modificare", "modifie", "modifier", "modifiez", "modify", "monitor", "monitorar",
    "monitore", "monitorea", "monitorear", "monte", "monter", "mount", "mova", "move", "mover", "muat", "mudar", "mude",
    "mueve", "name", "navigate", "nettoie", "nettoyer", "nettoyez", "neustarten", "never", "nimm", "nonaktifkan",
    "note", "noteer", "noter", "notez", "notiere", "notieren", "notifica", "notificar", "notificare", "notifier",
    "notifiez", "notifique", "notify", "nutze", "nyalakan", "observe", "obtain", "obtener", "obtenha", "obtén",
    "odczekaj", "oluşturun", "onboard", "ontkoppel", "open", "optimize", "order", "otwórz", "ouvre", "ouvrez", "ouvrir",
    "page", "pague", "pantau", "parar", "pare", "passe", "paste", "pastikan", "pause", "pega", "pegar", "perbarui",
    "perform", "periksa", "peça", "pick", "pilih", "pin", "pindahkan", "ping", "plaats", "place", "placer", "placez",
    "plan", "planifier", "planifiez", "pobierz", "poczekaj", "podaj", "point", "pon", "poner", "ponga", "post",
    "potwierdź", "pousser", "power", "power-cycle", "poweroff", "powiadom", "połącz", "preencha", "preencher",
    "prepara", "preparar", "prepare", "preserve", "press", "prevent", "print", "probar", "proceed", "promote",
    "protect", "provide", "provision", "provisione", "prune", "przejdź", "przełącz", "przywróć", "prépare", "préparer",
    "préparez", "prévenez", "prévenir", "préviens", "prévois", "prüf", "prüfe", "prüfen", "pubblica", "pubblicare",
    "publica", "publicar", "publie", "publier", "publiez", "publique", "publish", "pulihkan", "pulire", "pull", "pulsa",
    "purge", "purger", "push", "put", "puxe", "query", "quiesce", "quit", "quita", "quitar", "raise", "reabra", "read",
    "realice", "realiza", "realizar", "realize", "reassign", "rebalance", "rebase", "reboot", "rebuild", "recarga",
    "recargar", "reconcile", "reconfigura", "reconfigurar", "reconnect", "record", "recover", "recreate", "recriar",
    "recrie", "recuperar", "redeploy", "redirect", "redirigir", "reduce", "reduza", "redémarre", "redémarrer",
    "redémarrez", "reemplace", "reemplaza", "reemplazar", "reexecute", "refaça", "refresh", "register", "registrar",
    "registre", "rehearse", "rehydrate", "reinicia", "reiniciar", "reinicie", "reinstale", "reinstall", "reissue",
    "relance", "relancer", "relancez", "relaunch", "release", "relie", "reload", "remets", "remettez", "remind",
    "remova", "remove", "remover", "remplace", "remplacer", "remplacez", "remplir", "rename", "renew", "renombra",
    "renombrar", "renomeie", "renomme", "renommer", "renovar", "renove", "renseigne", "renseigner", "renseignez",
    "renueva", "reopen", "repair", "repeat", "repetir", "repita", "repite", "replace", "replicate", "replique",
    "report", "reproduce", "request", "require", "rerun", "reschedule", "reset", "resolve", "responda", "restablecer",
    "restart", "restaura", "restaurar", "restaure", "restaurer", "restaurez", "restez", "restore", "restrict", "resume",
    "resync", "retain", "retire", "retirer", "retrieve", "retry", "return", "revert", "reverta", "reverter", "review",
    "revisa", "revisar", "revise", "revoca", "revocar", "revogar", "revogue", "revoke", "riavvia", "riavviare",
    "rimuovere", "rimuovi", "ripristina", "ripristinare", "rodar", "rode", "roll", "rollback", "rotacionar",
    "rotacione", "rotate", "route", "rufe", "run", "règle", "récupère", "récupérer", "récupérez", "révoquer", "saisir",
    "saisis", "saisissez", "salin", "salva", "salvar", "salvare", "salve", "sambungkan", "sauvegarder", "sauvegardez",
    "save", "say", "scale", "scarica", "scaricare", "schakel", "schalte", "schau", "schedule", "search", "secure",
    "see", "seguir", "selecciona", "seleccionar", "seleccione", "select", "selecteer", "seleziona", "selezionare",
    "send", "set", "setup", "setze", "setzen", "seçin", "share", "ship", "shut", "shutdown", "sichere", "sichern",
    "sicherstellen", "siga", "sign", "signaler", "silin", "simpan", "simulate", "sincronizar", "sincronize", "skip",
    "skonfiguruj", "skopiuj", "sluit", "smoke", "snapshot", "solicita", "solicitar", "solicite", "sostituire",
    "sostituisci", "spegnere", "spegni", "speicher", "speichere", "speichern", "spin", "sprawdź", "squash", "ssh",
    "stabilize", "stage", "start", "starte", "starten", "stell", "stelle", "stop", "stoppe", "stoppen", "store",
    "stuur", "suba", "sube", "subid", "subir", "submit", "subscribe", "substitua", "substituir", "suche", "suis",
    "suivez", "suivre", "supprime", "supprimer", "supprimez", "surveille", "surveiller", "surveillez", "suspend",
    "suspenda", "sustituir", "sustituye", "swap", "switch", "sync", "synchronize", "sélectionne", "sélectionner",
    "sélectionnez", "sépare", "tag", "taguer", "take", "talk", "tambahkan", "tarik", "tear", "tell", "terminate",
    "test", "testar", "teste", "testem", "tester", "testez", "tippe", "tippen", "toggle", "track", "trag", "trage",
    "transfer", "transférer", "trenne", "triage", "trigger", "trocar", "troque", "truncate", "try", "tunggu", "turn",
    "tutup", "type", "télécharge", "télécharger", "téléchargez", "tıklayın", "ubah", "ubica", "ubicar", "ubique", "uji",
    "umstellen", "unblock", "uncomment", "uncordon", "undeploy", "unduh", "unfreeze", "unggah", "uninstall", "unlock",
    "unmount", "unpack", "unpause", "unprotect", "unsubscribe", "untar", "unzip", "update", "upewnij", "upgrade",
    "upload", "uruchom", "usa", "usar", "use", "ustaw", "usuń", "utilice", "utiliser", "utilisez", "utiliza",
    "utilizar", "utilize", "utwórz", "valida", "validad", "validar", "validasi", "validate", "valide", "valideer",
    "valider", "validez", "vaya", "vayan", "veja", "verbinde", "verbinden", "verifica", "verificar", "verificare",
    "verifieer", "verifikasi", "verifique", "verifiquem", "verifiquen", "verify", "verschieben", "vervang", "verwende",
    "verwijder", "verzend", "vide", "vider", "view", "visit", "voeg", "voer", "volte", "vraag", "vuelva", "vuelve",
    "vul", "vérifie", "vérifier", "vérifiez", "wacht", "wait", "walk", "warm", "warn", "warte", "warten", "watch",
    "wdróż", "wechseln", "wechsle", "wejdź", "whitelist", "wiederherstellen", "wijzig", "wipe", "withdraw", "work",
    "wpisz", "wrap", "write", "wybierz", "wyczyść", "wykonaj", "wyłącz", "wyślij", "wähl", "wähle", "yapın", "yükleyin",
    "zainstaluj", "zaktualizuj", "zaloguj", "zamknij", "zapisz", "zastąp", "zatrzymaj", "zet", "zip", "zmień", "zoek",
    "zorg", "zrób", "zurücksetzen", "zweryfikuj", "ändere", "çalıştırın", "öffne", "öffnen", "übernehmen", "überprüfe",
    "überprüfen", "überwache",
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
    // Japanese and Korean instructions end in a verb, and short German ones in an infinitive.
    let body = title.trim_end_matches(['。', '.', '：', ':']);
    if FINAL.iter().any(|end| body.ends_with(end)) || ends_in_plain_verb(body) || ends_in_infinitive(body) {
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
        "ne",
        "puis",
        "ensuite",
        "luego",
        "depois",
    ];
    if softens.contains(&first.as_str()) {
        return words.next().is_some_and(|word| is_verb(&word));
    }
    // "If it fails, stop the job", "Alternatively, swap them".
    let is_set_off = title.split_whitespace().next().is_some_and(|word| word.ends_with(','));
    (is_set_off || CONDITIONS.contains(&first.as_str()))
        && title.split_once([',', ':', '，']).is_some_and(|(_, rest)| {
            let mut words = rest.split_whitespace().map(|word| word.trim_matches([',', '.']).to_lowercase());
            words.find(|word| !matches!(word.as_str(), "either" | "then" | "please")).is_some_and(|word| is_verb(&word))
        })
}

/// What stands in front of an order and says where, when or for what.
#[rustfmt::skip]
const CONDITIONS: [&str; 46] = [
    "if", "when", "once", "after", "before", "for", "in", "on", "under", "from", "to", "using", "with", "as", "at",
    "wenn", "falls", "unter", "auf", "im", "nach", "vor", "si", "dans", "sur", "depuis", "sous", "pour", "après", "avant",
    "en", "desde", "para", "con", "tras", "al", "em", "no", "na", "nos", "nas", "se", "após", "nel", "nella", "dopo",
];

/// Whether an item of a list names a deed by a noun: "Creation of a rope", "Setting up the ladder", "Einrichtung des Tors".
#[must_use]
pub fn names_deed(title: &str) -> bool {
    let mut words = super::text::skip_marks(title).split_whitespace();
    let (first, second) = (words.next().unwrap_or("").to_lowercase(), words.next().unwrap_or("").to_lowercase());
    let is_known = |word: &str| VERBS.binary_search(&word).is_ok();
    let is_gerund = first.strip_suffix("ing").is_some_and(|stem| {
        let doubled = || stem.len() > 2 && stem.as_bytes()[stem.len() - 1] == stem.as_bytes()[stem.len() - 2];
        is_known(stem) || is_known(&format!("{stem}e")) || doubled() && stem.get(..stem.len() - 1).is_some_and(is_known)
    });
    let ends = |ends: &[&str]| ends.iter().any(|end| first.ends_with(end));
    is_gerund
        || match second.as_str() {
            "of" => ends(&["tion", "sion", "ment", "val", "ance", "down", "up", "ing"]),
            "der" | "von" | "aller" => ends(&["ung"]),
            "de" | "du" | "des" => ends(&["tion", "age", "ment", "ción", "ung"]),
            "del" | "da" | "do" | "das" | "dos" | "di" | "della" => ends(&["ción", "ção", "zione", "mento"]),
            _ => false,
        }
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
    // "Выполните", "Запустить": no other Russian words end so.
    if ["йте", "ите", "ьте", "ать", "ить", "еть", "уть"].iter().any(|end| first.ends_with(end)) {
        return true;
    }
    let is_infinitive = ["ar", "er", "ir", "re"].iter().any(|end| first.ends_with(end));
    let second = second.to_lowercase();
    let is_elided = ["l'", "l’", "d'", "d’"].iter().any(|start| second.starts_with(start));
    // "Guarde el archivo", "Limpe o disco": a noun stands before an article behind a preposition only.
    let governs =
        || first.ends_with(['a', 'e', 'i']) && ARTICLES.contains(&second.as_str()) && !BEFORE_ARTICLES.contains(&first);
    is_long && (is_infinitive && (is_elided || ROMANCE.contains(&second.as_str())) || governs())
}

/// What instructions end in where the verb stands last.
const FINAL: [&str; 11] =
    ["する", "ください", "します", "させる", "行う", "ます", "세요", "십시오", "하기", "한다", "합니다"];

/// "画面を開く", "ボタンを押す（右上）": Japanese that ends in the plain form of a verb behind its object, and states nothing.
fn ends_in_plain_verb(body: &str) -> bool {
    if body.is_ascii() {
        return false;
    }
    let plain = |text: &str| {
        let text = text.trim_end_matches(['。', ' ']);
        text.ends_with(['う', 'く', 'ぐ', 'す', 'つ', 'ぶ', 'む', 'る'])
            && text.contains(['を', 'へ', 'に'])
            && !["である", "ている", "なる", "できる", "ある", "いる", "される", "られる", "えうる"]
                .iter()
                .any(|end| text.ends_with(end))
    };
    plain(body) || body.find(['（', '(']).is_some_and(|at| plain(&body[..at]))
}

/// "Alten Router abhängen": German words of which the last is an infinitive. A noun would have a capital, and the other
/// words show that this is no English.
fn ends_in_infinitive(body: &str) -> bool {
    let mut clauses = body.split([',', '(', ':', ';']).map(str::trim);
    let is_condition = |clause: &&str| {
        ["Wenn ", "Falls ", "Sobald ", "Bevor ", "Nachdem ", "Damit ", "Dass ", "Weil "]
            .iter()
            .any(|start| clause.starts_with(start))
    };
    let Some(body) = clauses.find(|clause| !is_condition(clause)) else {
        return false;
    };
    let mut words = body.split_whitespace();
    let Some(last) = words.next_back() else {
        return false;
    };
    let count = body.split_whitespace().count();
    let is_infinitive = ["en", "ern", "eln"].iter().any(|end| last.ends_with(end))
        && last.chars().count() > 4
        && last.chars().all(char::is_lowercase)
        && !NO_INFINITIVES.contains(&last);
    is_infinitive && (2..=14).contains(&count) && {
        let is_noun = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
        let is_german = |word: &str| {
            word.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü']) || GERMAN.contains(&word.to_lowercase().as_str())
        };
        body.split_whitespace().any(is_german) || words.next_back().is_some_and(is_noun)
    }
}

/// English words, and German ones that state something, that end like an infinitive.
#[rustfmt::skip]
const NO_INFINITIVES: [&str; 42] = [
    "broken", "between", "children", "chosen", "driven", "eleven", "fallen", "forgotten", "frozen", "given", "golden", "hidden",
    "happen", "kitchen", "lantern", "listen", "modern", "often", "pattern", "proven", "return", "screen", "seven", "shaken",
    "spoken", "stolen", "taken", "token", "tokens", "unseen", "wooden", "woken", "written", "können", "müssen", "sollen",
    "sollten", "wurden", "waren", "hatten", "dürfen", "haben",
];

/// Words that only German has.
#[rustfmt::skip]
const GERMAN: [&str; 32] = [
    "alle", "alten", "am", "auf", "aus", "bei", "beim", "das", "dem", "den", "der", "die", "ein", "eine", "einen", "für",
    "im", "ins", "mit", "nach", "neu", "neue", "neuen", "neuer", "sich", "und", "vom", "von", "vor", "wieder", "zum", "zur",
];

/// Articles of Romance languages that are no English words.
#[rustfmt::skip]
const ARTICLES: [&str; 22] = [
    "el", "la", "los", "las", "un", "una", "le", "les", "une", "o", "os", "um", "uma", "il", "lo", "gli", "este", "esta", "essa",
    "esse", "ce", "cette",
];

/// What stands before an article without being a verb.
#[rustfmt::skip]
const BEFORE_ARTICLES: [&str; 34] = [
    "ante", "contra", "desde", "durante", "entre", "hacia", "mediante", "para", "sobre", "toda", "cada", "como", "quando", "embora",
    "enquanto", "onde", "donde", "porque", "contre", "comme", "outre", "toute", "lorsque", "puisque", "quoique", "parce", "anche",
    "come", "dove", "finché", "oltre", "tutta", "tutte", "hasta",
];

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

/// Whether a line of Chinese or Japanese ends in a noun that names a deed (適用, 確認, 起動), asides apart.
#[must_use]
pub fn ends_with_deed(line: &str) -> bool {
    let body = line.trim_end().trim_end_matches(['。', '.']);
    let body = match body.rfind(['（', '(']) {
        Some(at) if body.ends_with(['）', ')']) => body[..at].trim_end(),
        Some(_) | None => body,
    };
    // "npmパッケージが自動公開": what happens by itself.
    DEEDS.iter().any(|deed| body.ends_with(deed)) && !body.contains("自動")
}

#[rustfmt::skip]
const DEEDS: [&str; 42] = [
    "確認", "実行", "適用", "起動", "停止", "再起動", "配信", "設定", "作成", "削除", "更新", "調査", "取得", "切替", "切り替え", "登録", "連絡", "実施",
    "選択", "クリック", "タップ", "ログイン", "公開", "提出", "入力", "追加", "変更", "送信", "保存", "開始",
    "投入", "デプロイ", "バックアップ", "リリース", "检查", "部署", "重启", "备份", "切换", "验证", "上线", "执行",
];

/// Whether a step asks a person to look and confirm rather than to change something.
#[must_use]
pub fn is_check(title: &str) -> bool {
    let first = title.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty()).unwrap_or("");
    let begins_alike = first.bytes().next().is_some_and(|byte| CHECK_LETTERS.has(byte));
    begins_alike && CHECKS.iter().any(|check| first.eq_ignore_ascii_case(check))
        || !title.is_ascii()
            && (["检查", "确认", "验证"].iter().any(|verb| title.starts_with(verb)) || title.contains("確認"))
}

#[rustfmt::skip]
const CHECKS: [&str; 17] = [
    "verify", "check", "confirm", "ensure", "validate", "prüfe", "prüfen", "kontrolliere", "bestätige", "vérifier", "vérifiez",
    "verificar", "verifique", "comprobar", "confirmar", "assert", "inspect",
];
/// What these begin with.
const CHECK_LETTERS: Letters = Letters::first_of(&CHECKS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_name_work() {
        assert!(names_work("Moderate the chat") && names_work("Restart it") && names_work("The restore procedure"));
        assert!(!names_work("About the chat") && !names_work("Branches"));
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
