//! What a section is for, by its title, in seven languages. The first list that matches decides.

use super::text::{Lists, Stems, Words, beginning, begins, has_any};
use crate::runbook::Role;
use std::sync::LazyLock;

/// A role and why it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub role: Role,
    pub why: String,
}

impl Reason {
    pub fn new(role: Role, why: impl Into<String>) -> Self {
        Reason { role, why: why.into() }
    }
}

#[rustfmt::skip]
const REFERENCE: &[&str] = &[
    "contents$", "table of content", "overview", "introduction", "intro$", "architecture", "meaning", "impact",
    "reference", "resources$", "contact$", "contacts$", "contact information", "contact list", "support$",
    "appendix", "notes$", "glossary", "matrix", "best practice", "next steps", "next step$", "read next$", "recommended improvements", "possible improvements", "future improvement", "what's next", "see also",
    "further reading", "background", "about$", "purpose", "scope$", "audience and", "target audience", "intended audience", "legend", "changelog", "change log",
    "revision history", "document history", "version history", 
    "escalation", "eskalation", "escalade",
    "escalación", "escalonamento",     "merksätze", "grundsätze", "goldene regel", "golden rule", "regla de oro", "règle d'or", "regra de ouro",
    "後に起きること", "がやること", "がすること", "の処理内容", "次の工程", "grundprinzip", "prinzipien", "起こること", "追加するもの", "今後の", "readiness:", "timeline", "key concepts",
    "definitions", "symptom", "severity", "goal$", "goals$", "doel$", "doelen$", "objective", "objetivo", "objectif", "ziel$", "ziele$",
    "release schedule", "release cycle", "release cadence", "release policy", "release types", "release team",
    "at a glance", "auf einen blick", "en un coup d'œil", "de un vistazo", "environment variables$", "env variables$",
    "versioning", "version number", "version scheme", "support policy", "current state", "current status", "current setup",
    "current deployment", "starting state", "initial state", "ausgangslage", "ausgangszustand", "état initial", "estado inicial",
    "costs$", "cost$", "kosten$", "coûts$", "coût$", "costos$", "custos$", "costi$", "koszty$", "pricing$", "费用", "費用", "비용", "current configuration", "current environment", "current infrastructure", "state after", "当前状态",
    "后的状态", "后的系统状态", "現在の状態", "aktueller stand", "état actuel", "estado actual", "estado atual",
    "frequency", "metrics$", "root cause", "prevention", "alert guide", "response guide", "目的", "目标", "症状", "getting help", "help$", "license", "how it works", "summary$", "inhalt", "übersicht",
    "überblick", "einleitung", "einführung", "architektur", "referenz", "anhang", "glossar", "kontakt", "hinweise",
    "ansprechpartner", "aperçu", "vue d'ensemble", "présentation", "annexe", "glossaire", "glossário", "glosario",
    "références", "resumen", "introducción", "descripción general", "contactos", "apéndice", "visão geral",
    "introdução", "contatos", "apêndice", "referências", "概述", "概览", "简介", "介绍", "目录", "架构", "参考", "附录", "联系", "术语",
    "说明", "概要", "目次", "はじめに", "参照", "連絡先", "用語", "付録", "備考",
    "roles and", "responsibilities", "description$", "terminology", "abbreviations", "known limitations",
    "out of scope", "zweck$", "hintergrund", "geltungsbereich", "zielgruppe", "begriffe", "abkürzung", "siehe auch",
    "nächste schritte", "weiterführend", "verwandte", "änderungshistorie", "dokumenthistorie", "versionshistorie",
    "quellen$", "zuständigkeiten", "rollen und", "allgemeines", "grundlagen", "funktionsweise", "bewährte",
    "umgebungsvariablen$", "zusammenfassung", "symptome", "ursachen$", "aufbau$", "systemüberblick",
    "begriffserklärung", "objet$", "contexte", "périmètre", "principe de", "principes", "fonctionnement$",
    "bonnes pratiques", "rôles", "responsabilités", "voir aussi", "prochaines étapes", "historique", "sommaire",
    "table des matières", "variables d'environnement$", "symptôme", "remarques", "propósito", "alcance$", "contexto",
    "antecedentes", "descripción", "buenas prácticas", "mejores prácticas", "responsabilidades", "ver también",
    "véase", "próximos pasos", "historial", "referencias", "índice", "arquitectura", "variables de entorno$",
    "síntomas", "causas$", "escopo$", "descrição", "boas práticas", "papéis e", "veja também", "próximos passos",
    "histórico", "sumário", "arquitetura", "variáveis de ambiente$", "observações$", "notas de", "notas adicionales", "notas$", "更新内容", "panoramica", "introduzione",
    "scopo$", "obiettivi", "contesto", "architettura", "riferimenti", "contatti", "appendice", "descrizione",
    "overzicht", "inleiding", "achtergrond", "architectuur", "contactpersonen", "bijlage", "inhoudsopgave",
    "begrippen", "обзор", "введение", "цель$", "цели$", "назначение", "архитектура", "ссылки", "контакты",
    "приложение", "глоссарий", "содержание", "описание", "общие сведения", "przegląd", "wprowadzenie", "cel$",
    "architektura", "kontakty", "załącznik", "słownik", "spis treści", "개요", "소개", "목적", "목차", "아키텍처", "부록", "연락처",
    "용어", "genel bakış", "amaç$", "mimari", "iletişim", "sözlük", "içindekiler", "tujuan$", "ringkasan",
    "gambaran umum", "pendahuluan", "arsitektur", "referensi", "lampiran", "kontak$", "daftar isi", "glosarium",
    "philosoph", "rationale", "theory of operation", "guiding principle", "design decision", "branching model", "branching strategy",
    "expectations$", "directory structure", "directory layout", "folder structure", "file layout", "project structure",
    "repository structure", "repository layout", "log location", "log files$", "useful links", "data flow", "tech stack",
    "technology stack", "open question", "future work", "test coverage", "security consideration",
    "secrets inventory", "エスカレーション", "advantages", "benefits$", "vorteile", "avantages", "ventajas", "vantagens", "优势", "优点", "メリット",
    "full documentation", "documentation complète", "documentación completa", "documentação completa", "補足", "cadence$",
    "not covered", "pas couvert", "alert name",
    "prinsip", "背景", "适用范围", "职责", "注意事项", "相关文档", "相关链接", "版本历史", "更新日志", "变更记录", "原理", "最佳实践", "適用範囲", "注意事項",
    "注意点", "important files", "important paths", "files & paths", "files and paths", "key files", "file locations", "wichtige dateien", "fichiers importants", "archivos importantes", "arquivos importantes", "関連ドキュメント", "関連資料", "用語集", "改訂履歴", "変更履歴", "アーキテクチャ", "システム構成", "構成図", "仕組み",
];
#[rustfmt::skip]
const ROLLBACK: &[&str] = &[
    "rollback", "roll back", "roll-back", "rolling back", "revert", "back out", "backing out", "backout",
    "back-out", "fallback plan", "undo", "rückfall", "zurückrollen", "rücksetz", "zurücksetzen", "retour arrière",
    "retour en arrière", "annulation", "reversión", "revertir", "marcha atrás", "reversão", "reverter", "回滚", "回退",
    "ロールバック", "切り戻し", "戻し",
    "zurückspielen", "terugdraaien", "откат", "wycofanie", "롤백", "geri alma", "復元手順",
];
#[rustfmt::skip]
const TROUBLE: &[&str] = &[
    "troubleshoot", "trouble shooting", "issues$", "faq$", "debugging", "debug tip", "debug guide", "incident", "crisis", "emergency", "rescue",
    "common problems", "common errors", "common failures", "known problems", "if something goes wrong", "if something is wrong",
    "if something fails", "if things go wrong", "wenn etwas schief", "wenn etwas nicht", "falls etwas", "en cas de problème", "si algo falla",
    "si algo sale mal", "se algo der errado",
    "when things go wrong", "problems$", "failure scenarios", "failure modes", "failure handling", "error handling", "fehlerbehandlung", "fehlersuche",
    "fehlerbehebung", "störung", "notfall", "probleme$", "dépannage", "urgence", "problèmes", "incidencias",
    "solución de problemas", "emergencia", "solução de problemas", "emergência", "故障", "排查", "排错", "常见问题", "应急", "トラブル", "障害時", "障害対応",
    "障害発生", "障害復旧", "障害が", "障害の", "障害切", "緊急時", "緊急対応", "緊急連絡", "緊急事態", "緊急手順", "緊急の", "よくある質問",
    "häufige fragen", "häufige probleme", "häufige fehler", "fehlerbilder", "foire aux questions",
    "erreurs courantes", "preguntas frecuentes", "problemas$", "errores comunes", "resolución de problemas",
    "perguntas frequentes", "problemas comuns", "erros comuns", "resolução de problemas", "solucionando",
    "risoluzione dei problemi", "problemi comuni", "probleemoplossing", "устранение неполадок", "неисправност",
    "частые проблемы", "rozwiązywanie problemów", "문제 해결", "장애", "sorun giderme", "pemecahan masalah", "masalah umum",
    "常见错误", "部署问题", "异常处理", "踩坑", "if there are problems", "bei problemen", "si hay problemas", "se houver problemas", "紧急", "問題が発生", "異常時", "トラブルシュ",
];
#[rustfmt::skip]
const PREP: &[&str] = &[
    "prerequisite", "prereq", "pre-requisite", "precondition", "requirement", "before you", "before deploy", "before release",
    "before starting", "pre-flight", "preflight", "preparation", "prepare", "pre-deploy", "pre-release",
    "pre-launch", "pre-migration", "pre-upgrade", "pre-check", "pre-install", "pre-go", "pre-cut", "pre-work",
    "pre-maintenance", "pre-requis", "pre-switch", "pre-", "voraussetzung", "vorbereitung", "vorbedingung",
    "anforderung", "prérequis", "pré-requis", "préparation", "avant de", "requisitos", "preparación", "antes de",
    "preparação", "先决条件", "前提", "准备", "前置", "要求", "準備", "事前",
    "prerequisiti", "preparazione", "prima di", "voorbereiding", "vereisten", "voorwaarden", "предварительн",
    "подготовка", "требования", "wymagania", "przygotowanie", "사전", "준비", "요구 사항", "전제", "ön koşul", "gereksinim",
    "hazırlık", "prasyarat", "persiapan", "sebelum ", "prerrequisito", "vor dem", "vor der",
];
#[rustfmt::skip]
const VERIFY: &[&str] = &[
    "verif", "smoke", "acceptance", "validat", "sanity", "check$", "checks$", "health check", "überprüf", "prüfung",
    "abnahme", "verifik", "vérif", "validation", "recette", "comprobación", "comprobar", "validación",
    "verificación", "verificação", "validação", "验证", "校验", "检查", "验收", "確認", "検証", "動作確認",
    "verificatie", "проверка", "верификац", "weryfikacja", "확인", "검증", "점검", "doğrulama", "verifikasi", "pengecekan",
    "vérification",
];
#[rustfmt::skip]
const POST: &[&str] = &[
    "post-", "post ", "after the", "after deploy", "after release", "after launch", "aftercare", "cleanup",
    "clean up", "clean-up", "follow-up", "follow up", "wrap-up", "wrap up", "nachbereitung", "nacharbeit",
    "aufräumen", "après", "nettoyage", "después", "limpieza", "após", "limpeza", "后续", "收尾", "清理", "事後", "後処理",
    "後片付け",
    "nach dem", "nach der", "nazorg", "после", "사후", "setelah", "pós-", "dopo il", "dopo la",
];
#[rustfmt::skip]
const SIGNOFF: &[&str] = &[
    "sign-off", "sign off", "signoff", "approval", "decision", "go/no-go", "go / no-go", "go-no-go",
    "summary table", "freigabe", "unterschrift", "genehmigung", "signature", "approbation", "aprobación", "firma$",
    "aprovação", "assinatura", "签字", "审批", "签署", "承認", "署名",
];
#[rustfmt::skip]
const ONGOING: &[&str] = &[
    "useful commands", "monitoring", "maintenance", "daily$", "weekly", "monthly", "quarterly", "annually",
    "yearly", "ongoing", "operations$", "day-2", "day 2", "cheat sheet", "cheatsheet", "command reference",
    "regular review", "überwachung", "wartung", "betrieb$", "surveillance", "supervision", "maintenance",
    "monitoreo", "mantenimiento", "monitoramento", "manutenção", "监控", "维护", "運用", "監視", "保守",
    "everyday commands", "common commands", "quick commands", "what to monitor", "handy commands", "wöchentlich", "monatlich", "täglich", "regelmäßig",
    "vierteljährlich", "jährlich", "nützliche befehle", "wichtige befehle", "comandos frecuentes", "comandos importantes", "команды", "laufender betrieb", "hebdomadaire", "mensuel", "quotidien",
    "trimestriel", "entretien", "commandes utiles", "semanal", "mensual", "diarias", "diario$", "trimestral",
    "comandos útiles", "mensal", "diária", "diário$", "comandos úteis", "manutenzione", "settimanal", "mensil",
    "giornalier", "monitoraggio", "comandi utili", "onderhoud", "wekelijks", "maandelijks", "dagelijks", "мониторинг",
    "обслуживание", "ежедневн", "еженедельн", "ежемесячн", "полезные команды", "konserwacja", "monitorowanie",
    "przydatne polecenia", "모니터링", "유지보수", "유지 관리", "bakım", "izleme", "pemeliharaan", "pemantauan",
    "perintah berguna", "日常", "定期", "每日", "每周", "每月", "常用命令", "日次", "週次", "月次", "よく使うコマンド",
];
#[rustfmt::skip]
const TEMPLATE: &[&str] = &[
    "template", "message", "announcement text", "email text", "vorlage", "modèle", "plantilla", "modelo de", "模板",
    "テンプレート", "雛形",
];
/// A title that begins with one of these tells what to do; it names no reference. Sorted.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "add", "announce", "apply", "approve", "build", "bump", "change", "check", "clone", "commit", "configure",
    "copy", "create", "cut", "define", "deploy", "disable", "download", "edit", "enable", "ensure", "execute",
    "export", "generate", "import", "inform", "install", "launch", "make", "merge", "migrate", "notify", "open",
    "prepare", "promote", "publish", "push", "rebuild", "record", "register", "release", "remove", "rename", "replace", "restart",
    "review", "run", "scale", "schedule", "send", "set", "share", "start", "stop", "submit", "switch", "sync", "tag", "test", "update", "upgrade",
    "upload", "verify", "write",
];

/// All lists of roles, asked of every title at once.
static LISTS: LazyLock<Lists<9>> =
    LazyLock::new(|| Lists::new([TEMPLATE, REFERENCE, ROLLBACK, TROUBLE, PREP, VERIFY, SIGNOFF, POST, ONGOING]));

/// The role a title gives, or `None` when it says nothing: forward then.
#[must_use]
pub fn by_title(title: &str) -> Option<Reason> {
    by_title_among(title, &[])
}

/// The role a title gives besides those that are the subject of the whole document: in a rollback handbook "Rollback
/// checks" are checks.
#[must_use]
pub fn by_title_among(title: &str, subjects: &[Role]) -> Option<Reason> {
    let title = without_short(title);
    let lower = title.to_lowercase();
    let words = Words::of(&lower);
    let [template, reference, rollback, trouble, prep, verify, signoff, post, ongoing] = LISTS.find(&words);
    // "Debug mode": what is looked into. A "debug build" is built.
    let debug = || lower.starts_with("debug").then_some("debug");
    let template = template.filter(|_| !is_said_aside(&lower, TEMPLATE));
    let trouble = trouble
        .filter(|_| !is_said_aside(&lower, TROUBLE) && !is_option(&lower))
        .or_else(debug)
        .or_else(|| foresees_failure(&lower, &words));
    let says = |role: Role, stem: Option<&str>| {
        stem.map(|stem| Reason::new(role, format!("title says {}", stem.trim_end_matches([' ', '-', ':']))))
    };
    let orders = orders(&lower);
    if !orders && let Some(reason) = says(Role::Template, template) {
        return Some(reason);
    }
    // A report on the state of things is no phase, whatever word it begins with.
    if let Some(stem) = words.has_any(&["readiness:", "timeline"]) {
        return Some(Reason::new(Role::Reference, format!("title says {}", stem.trim_end_matches(':'))));
    }
    if names_symptom(&lower) {
        let walked = subjects.contains(&Role::Trouble);
        return (!walked).then(|| Reason::new(Role::Trouble, "title names a symptom"));
    }
    // "Related runbooks"; "Release the related parts" does not begin so.
    if lower.starts_with("related ") {
        return Some(Reason::new(Role::Reference, "title says related"));
    }
    if lower.starts_with("useful ") && lower.ends_with(" commands") {
        return Some(Reason::new(Role::Ongoing, "title says useful commands"));
    }
    if asks_to_explain(&lower) {
        return Some(Reason::new(Role::Reference, "title asks a question that the section answers"));
    }
    if !orders
        && verify.is_none()
        && let Some(reason) = says(Role::Reference, reference)
    {
        return Some(reason);
    }
    // "Test the rollback plan" does not roll back.
    let is_subject = |role: Role| subjects.contains(&role);
    let of_subject = rollback.is_some() && is_subject(Role::Rollback) || trouble.is_some() && is_subject(Role::Trouble);
    if (!orders || !lower.contains("plan"))
        && !of_subject
        && let Some(reason) = says(Role::Rollback, rollback).or_else(|| says(Role::Trouble, trouble))
    {
        return Some(reason);
    }
    says(Role::Prep, prep)
        .or_else(|| says(Role::Verify, verify))
        .or_else(|| says(Role::Signoff, signoff).filter(|_| !orders))
        .or_else(|| says(Role::Post, post))
        .or_else(|| says(Role::Ongoing, ongoing).filter(|_| !orders && !counts_steps(&lower)))
}

/// "Step 1: Choose a monitoring provider": whoever counts steps has them done once.
fn counts_steps(lower: &str) -> bool {
    super::text::split_counted(lower, &super::title::STEP_WORDS).is_some()
}

/// Whether a title says nothing but the name of something that is no work.
#[must_use]
pub fn is_mere_name(title: &str) -> bool {
    let bare = title.trim();
    let is_name = if bare.is_ascii() {
        NAMES.iter().any(|name| bare.eq_ignore_ascii_case(name))
    } else {
        NAMES.contains(&bare.to_lowercase().as_str())
    };
    let is_file = || !bare.contains(char::is_whitespace) && crate::runbook::code::content::is_file_name(bare);
    is_name
        || is_file()
        || POLICIES.are_in(bare) && (is_name_of_thing(&bare.to_lowercase()) || !super::verbs::is_order(title))
}

/// What is decided once and then holds.
#[rustfmt::skip]
const POLICIES: Stems<25> = Stems::new([
    "policy$", "policies$", "strategy$", "strategie$", "richtlinie", "stratégie$", "estrategia$", "política$", "estratégia$", "策略",
    "ポリシー", "rules$", "invariants$", "boundaries$", "assumptions$", "conventions$", "caveats$", "gotchas$", "pitfalls$",
    "truths$", "lessons learned", "security model", "threat model", "mental model", "source of truth",
]);

#[rustfmt::skip]
const NAMES: [&str; 43] = [
    "audience", "inventory", "log", "example", "examples", "przeznaczenie", "trigger", "triggers", "do not", "don't", "don’t", "don'ts", "never", "what not to do", "note", "important rules", "wichtige regeln", "règles importantes",
    "reglas importantes", "regole importanti",
    "status", "state", "stand", "related", "rules", "ground rules", "roles", "team", "links", "history", "versions", "secrets", "principles",
    "regeln", "regel", "rollen", "règles", "reglas", "regras", "regole", "principios", "princípios", "状态",
];

/// "Restore on the same machine (emergency)", "Drain the queue (message backlog)": when or why it is needed is said aside.
fn is_said_aside(lower: &str, stems: &[&'static str]) -> bool {
    lower.ends_with([')', '）'])
        && !lower.contains("faq")
        && lower.find(['(', '（']).is_some_and(|at| at > 0 && has_any(&lower[..at], stems).is_none())
}

/// "Option C: emergency": one of several ways to do the same, whichever case it is for.
fn is_option(lower: &str) -> bool {
    let rest = beginning(lower, &["option ", "opción ", "opção ", "variante "]).map(|start| &lower[start.len()..]);
    rest.is_some_and(|rest| rest.split([':', ' ', '.', ')']).next().is_some_and(|letter| letter.len() == 1))
}

/// "Symptom: the bell is silent": a case, unlike "Symptoms".
fn names_symptom(lower: &str) -> bool {
    let starts = ["symptom: ", "symptôme : ", "síntoma: ", "sintoma: ", "症状：", "症状: "];
    beginning(lower, &starts).is_some_and(|start| !lower[start.len()..].trim().is_empty())
}

/// "What the check covers", "Why we do it", "When to update": an explanation, unless it asks what to do.
fn asks_to_explain(lower: &str) -> bool {
    let question = lower.trim_start_matches('¿');
    let asks_to_do = || beginning(question, &["what to ", "what you do", "what next"]).is_some();
    let is_how_it_works = || {
        let how = beginning(question, &["how ", "wie ", "comment ", "cómo ", "como "]);
        how.is_some_and(|how| has_any(&question[how.len()..], WORKS).is_some())
    };
    let asks_back = || question.ends_with('?') && beginning(question, &ASKS_BACK).is_some();
    beginning(question, &QUESTIONS).is_some() && !asks_to_do() || is_how_it_works() || asks_back()
}

/// What questions begin with that a section answers.
#[rustfmt::skip]
const QUESTIONS: [&str; 34] = [
    "was passiert ", "was ist ", "qué es ", "qu'est-ce ", "o que é ", "was das ", "was der ", "was die ", "que fait ", "ce que fait ", "qué hace ", "o que faz ", "what ", "why ", "when to ", "who ", "which ", "how often ", "how long ", "how many ", "warum ", "wieso ", "wozu ", "pourquoi ", "por qué ", "por que ", "perché ", "waarom ", "почему ",
    "dlaczego ", "mengapa ", "为什么", "为何", "なぜ",
];

/// What a reader asks of himself: "Do I need a dump?"
#[rustfmt::skip]
const ASKS_BACK: [&str; 13] = [
    "are we ", "do i ", "do we ", "do you ", "can i ", "can we ", "should i ", "should we ", "is it ", "is this ", "does it ", "does this ",
    "will it ",
];

/// "How it works", "Wie das Archiv arbeitet".
const WORKS: &[&str] = &["works$", "is built$", "funktionier", "arbeitet$", "fonctionne$", "funciona$", "functions$"];

/// "When the mail server is down", "Falls der Motor ausfällt": what is to be known for a case that one hopes not to meet.
fn foresees_failure(lower: &str, words: &Words<'_>) -> Option<&'static str> {
    let start = beginning(lower, &CASES)?;
    words.has_any(FAILURES).map(|_| start.trim_end())
}

#[rustfmt::skip]
const CASES: [&str; 17] = [
    "if ", "when ", "wenn ", "falls ", "bei ", "quand ", "si ", "lorsque ", "en cas ", "cuando ", "quando ", "se ", "caso ", "in caso ",
    "als ", "если ", "jika ",
];

#[rustfmt::skip]
const FAILURES: &[&str] = &[
    "fails$", "failed$", "failure", "failing", "down$", "broken$", "breaks$", "crash", "goes wrong", "go wrong", "unavailable",
    "stuck$", "not work", "doesn't", "doesn’t", "won't", "does not", "unreachable", "unhealthy", "hangs$", "red$",
    "ausfällt", "ausfall", "fehlschlägt", "scheitert", "abstürzt", "nicht ", "schiefgeht", "kaputt",
    "tombe$", "échoue", "échec", "panne", "plante", "cae$", "cayó", "falla$", "fallo", "fallan", "cai$", "caiu", "falha", "falhar",
    "quebra", "cade$", "fallisce", "guasto", "faalt", "uitvalt", "не ", "упал", "gagal", "rusak",
];

/// A title without "(summary)" at its end: a short procedure is a procedure.
fn without_short(title: &str) -> &str {
    let bare = title.trim_end();
    if !bare.ends_with([')', '）']) {
        return title;
    }
    match bare.rfind(['(', '（']) {
        Some(at) if at > 0 && has_any(&bare[at..].to_lowercase(), SHORT).is_some() => bare[..at].trim_end(),
        Some(_) | None => title,
    }
}

#[rustfmt::skip]
const SHORT: &[&str] = &[
    "overview$", "summary$", "in short$", "short$", "tl;dr", "kurz", "überblick$", "résumé$", "resumen$", "resumo$", "概要", "概述", "简要",
];

/// Whether a title says that something is over: what is done after an incident is no trouble any more.
#[must_use]
pub fn comes_after(title: &str) -> bool {
    ["post-", "post ", "after the "].iter().any(|start| begins(title, start))
}

/// Whether a title says that what stands below it is done again and again.
#[must_use]
pub fn recurs(title: &str) -> bool {
    RECURRING.are_in(title)
}

#[rustfmt::skip]
const RECURRING: Stems<45> = Stems::new([
    "hourly", "daily", "weekly", "biweekly", "monthly", "quarterly", "annual", "yearly", "every day", "every week", "every month",
    "täglich", "wöchentlich", "monatlich", "jährlich", "vierteljährlich", "quotidien", "hebdomadaire", "mensuel", "annuel",
    "diari", "semanal", "mensual", "anual", "mensal", "giornalier", "settimanal", "mensil", "dagelijks", "wekelijks",
    "maandelijks", "ежедневн", "еженедельн", "ежемесячн", "每日", "每天", "日常", "每周", "每月", "日次", "週次", "月次", "毎日", "毎週", "毎月",
]);

/// Whether a title, in lower case, begins with a verb that tells what to do.
#[must_use]
pub fn orders(lower: &str) -> bool {
    // "deploy.sh" is no order to deploy.
    let first = lower.split_whitespace().find(|word| word.starts_with(char::is_alphabetic)).unwrap_or("");
    let is_file = first.split_once('.').is_some_and(|(_, rest)| rest.starts_with(char::is_alphanumeric));
    !is_file
        && lower
            .split(|c: char| !c.is_alphanumeric())
            .find(|word| !word.is_empty() && !word.chars().all(|c| c.is_ascii_digit()) && *word != "step")
            .is_some_and(|word| VERBS.binary_search(&word).is_ok() && !is_name_of_thing(lower))
}

/// Two words of which the second makes the first a noun: "Release schedule", "Test environments".
#[must_use]
pub fn is_name_of_thing(lower: &str) -> bool {
    let mut words = lower.split_whitespace();
    let last = words.next_back().unwrap_or("").trim_end_matches(['.', ':', '?']);
    words.count() == 1 && THINGS.contains(&last)
}

#[rustfmt::skip]
const THINGS: &[&str] = &[
    "schedule", "schedules", "notes", "policy", "policies", "cycle", "cycles", "cadence", "types", "history", "strategy",
    "strategies", "environment", "environments", "targets", "calendar", "channels", "frequency", "model", "numbering",
    "managers", "manager", "team", "matrix", "windows", "criteria", "branches", "timeline", "variables", "results",
    "coverage", "status", "log", "options", "questions",
];

/// The roles of sections that a document's own title is about: its main sections of that kind are the walk.
#[must_use]
pub fn subjects(title: &str) -> Vec<Role> {
    let lower = title.to_lowercase();
    let (first, rest) = title.split_once(' ').unwrap_or((title, ""));
    let is_alert =
        is_alert_name(first) && matches!(rest.to_lowercase().as_str(), "" | "runbook" | "playbook" | "alert");
    if is_alert || has_any(&lower, RECOVERY).is_some() {
        return vec![Role::Rollback, Role::Trouble];
    }
    own_subjects(title)
}

/// The roles that the words of a document's title name: whatever stands in its sections under such a name belongs to them.
#[must_use]
pub fn own_subjects(title: &str) -> Vec<Role> {
    let lower = title.to_lowercase();
    let words = Words::of(&lower);
    // "Deploy and rollback": one of two things, and no subject of the whole.
    let names_two = words.has_any(SHIPPING).is_some() && JOINTS.iter().any(|joint| lower.contains(joint));
    if names_two {
        return Vec::new();
    }
    let lists = [(Role::Rollback, ROLLBACK), (Role::Trouble, TROUBLE)];
    lists.into_iter().filter(|(_, list)| words.has_any(list).is_some()).map(|(role, _)| role).collect()
}

#[rustfmt::skip]
const SHIPPING: &[&str] = &[
    "deploy", "release", "upgrade", "update", "migration", "launch", "rollout", "install", "implant", "despliegue", "mise en prod",
    "déploiement", "publica", "bereitstellung", "发布", "部署", "上线", "升级", "リリース", "デプロイ",
];
const JOINTS: [&str; 15] =
    [" and ", " & ", "/", ",", " e ", " y ", " et ", " und ", " or ", "・", "、", "与", "和", "及", "と"];

/// Whether a document is about restoring something, and not about the trouble that made it necessary.
#[must_use]
pub fn restores(title: &str) -> bool {
    has_any(&title.to_lowercase(), RECOVERY).is_some() && own_subjects(title).is_empty()
}

/// Whether a title offers help in general: in a document about restoring something that is no way to walk.
#[must_use]
pub fn helps_in_general(title: &str) -> bool {
    has_any(&title.to_lowercase(), HELP).is_some()
}

#[rustfmt::skip]
const HELP: &[&str] = &[
    "troubleshoot", "trouble shooting", "faq$", "common problems", "common errors", "common issues", "known issues", "known problems",
    "if something", "if things", "if there are problems", "fehlerbehebung", "fehlersuche", "häufige", "bei problemen", "dépannage", "en cas de problème",
    "erreurs courantes", "solución de problemas", "resolución de problemas", "problemas comunes", "problemas frecuentes", "problemas frequentes", "si hay problemas",
    "resolução de problemas", "solução de problemas", "problemas comuns", "se houver problemas", "risoluzione dei problemi", "排查", "常见问题",
    "トラブルシュ", "よくある質問",
];

#[rustfmt::skip]
const RECOVERY: &[&str] = &[
    "recover", "restore", "restoration", "disaster", "wiederherstell", "récupération", "recuperación", "恢复", "復旧", "restaur",
    "notfall", "recuperação", "ripristin", "восстановлен", "복구", "pemulihan",
];

/// `KubePodCrashLooping`, `NodeFilesystemSpaceFillingUp`: one word, several capitals, no space.
fn is_alert_name(title: &str) -> bool {
    let capitals = title.chars().filter(char::is_ascii_uppercase).count();
    capitals >= 3
        && title.len() > 8
        && title.chars().all(|c| c.is_ascii_alphanumeric())
        && title.chars().any(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(title: &str) -> Option<Role> {
        by_title(title).map(|reason| reason.role)
    }

    #[test]
    fn titles_name_roles_in_seven_languages() {
        for (title, expected) in [
            ("Table of Contents", Role::Reference),
            ("Architecture Overview", Role::Reference),
            ("Rollback Procedures", Role::Rollback),
            ("Troubleshooting", Role::Trouble),
            ("Known Issues", Role::Trouble),
            ("If something is wrong", Role::Trouble),
            ("Falls etwas schiefgeht", Role::Trouble),
            ("Version Scheme", Role::Reference),
            ("Prerequisites", Role::Prep),
            ("Pre-Launch Checklist", Role::Prep),
            ("Post-Deployment Verification", Role::Verify),
            ("Post-Launch", Role::Post),
            ("ONE-SHOT ELITE PROD CHECK", Role::Verify),
            ("Monitoring & Maintenance", Role::Ongoing),
            ("Maintenance Windows", Role::Ongoing),
            ("Sign-off", Role::Signoff),
            ("Email template", Role::Template),
            ("Next Steps", Role::Reference),
            ("Next step", Role::Reference),
            ("Do I need a dump of the tables?", Role::Reference),
            ("What the script verifies", Role::Reference),
            ("When to use this runbook", Role::Reference),
            ("When to update", Role::Reference),
            ("What to verify", Role::Verify),
            ("Support & Resources", Role::Reference),
            ("Voraussetzungen", Role::Prep),
            ("Was passiert hier?", Role::Reference),
            ("What to monitor for a day", Role::Ongoing),
            ("Fehlerbehebung", Role::Trouble),
            ("Prérequis", Role::Prep),
            ("Retour arrière", Role::Rollback),
            ("Verificación", Role::Verify),
            ("Visão geral", Role::Reference),
            ("回滚方案", Role::Rollback),
            ("切り戻し手順", Role::Rollback),
        ] {
            assert_eq!(role(title), Some(expected), "{title}");
        }
    }

    #[test]
    fn a_title_that_orders_something_is_no_reference() {
        assert!(VERBS.is_sorted());
        for title in [
            "Update the release notes",
            "Deployment",
            "Deployment Checklist",
            "Publish the architecture page",
            "Step 1 — Choose a monitoring provider",
            "Option C: Emergency, no replica is left",
            "Drain the queue (message backlog)",
        ] {
            assert_eq!(role(title), None, "{title}");
        }
    }

    #[test]
    fn alert_names_are_recovery_documents() {
        let both = vec![Role::Rollback, Role::Trouble];
        assert_eq!(subjects("KubePodCrashLooping"), both);
        assert_eq!(subjects("Database Recovery Runbook"), both);
        assert_eq!(subjects("Rollback handbook"), [Role::Rollback]);
        assert_eq!(own_subjects("Database Recovery Runbook"), []);
        assert_eq!(subjects("Release Checklist"), []);
        assert_eq!(subjects("PhotoFlow"), []);
        let among = |title: &str| by_title_among(title, &[Role::Rollback]).map(|reason| reason.role);
        assert_eq!(among("Rollback checks"), Some(Role::Verify));
        assert_eq!(among("Configuration rollback"), None);
        assert_eq!(among("Emergency plan"), Some(Role::Trouble));
        assert_eq!(role("Procedure (summary)"), None);
        assert_eq!(role("Release schedule"), Some(Role::Reference));
        assert!(orders("release the build") && !orders("test environments"));
    }
}
