//! What has to hold after any number of kills. The platform's own record is the judge.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Result, ensure};
use rusqlite::Connection;
use tiktok_simulator::{Delivery, Simulator};

use super::stage::Stage;

pub(crate) async fn judge(stage: &Stage) -> Result<()> {
    let (database, simulator) = (stage.database()?, &stage.simulator);
    let violations = simulator.violations();
    ensure!(violations.is_empty(), "the platform complains: {violations:?}");
    every_webhook_is_there_once(&database, &simulator.deliveries())?;
    every_send_is_there_once(&database, simulator)?;
    every_acceptance_holds(&database, stage)?;
    every_event_was_heard_once(&database, stage)
}

fn every_webhook_is_there_once(database: &Connection, deliveries: &[Delivery]) -> Result<()> {
    let mut kept: HashMap<String, u32> = HashMap::new();
    let mut query = database.prepare("SELECT platform_id FROM messages WHERE direction = 'inbound'")?;
    for id in query.query_map([], |row| row.get::<_, String>(0))? {
        *kept.entry(id?).or_default() += 1;
    }
    let received = deliveries.iter().filter(|delivery| delivery.event == "im_receive_msg");
    let answered = received.filter(|delivery| delivery.attempts.iter().any(|a| a.status == Some(200)));
    let ids: HashSet<_> = answered.filter_map(|delivery| delivery.content["message_id"].as_str()).collect();
    println!("{} webhooks were answered 200", ids.len());
    ensure!(!ids.is_empty(), "no webhook was answered");
    for id in &ids {
        ensure!(kept.get(*id) == Some(&1), "{id} was answered 200 and is there {:?} times", kept.get(*id));
    }
    ensure!(kept.len() == ids.len(), "{} messages of {} webhooks", kept.len(), ids.len());
    Ok(())
}

/// Each conversation's replies in the order in which they stood in line, with their statuses.
type Lines = BTreeMap<String, Vec<(String, String)>>;

fn lines(database: &Connection) -> Result<Lines> {
    let mut lines = Lines::new();
    let mut query = database.prepare(
        "SELECT c.platform_id, json_extract(m.content, '$.text'), m.status
         FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE m.direction = 'outbound' ORDER BY m.rowid",
    )?;
    for row in query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))? {
        let (conversation, text, status) = row?;
        lines.entry(conversation).or_default().push((text, status));
    }
    Ok(lines)
}

/// What the platform has is what was sent, once, in the order of the lines; nothing else is.
fn every_send_is_there_once(database: &Connection, simulator: &Simulator) -> Result<()> {
    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for send in simulator.sends() {
        sent.entry(send.conversation_id).or_default().push(send.text.unwrap_or_default());
    }
    println!("{} replies were sent", sent.values().map(Vec::len).sum::<usize>());
    ensure!(!sent.is_empty(), "nothing was sent");
    for (conversation, line) in lines(database)? {
        let gone = line.iter().filter(|(_, status)| matches!(status.as_str(), "sent" | "delivered" | "read"));
        let gone: Vec<_> = gone.map(|(text, _)| text.clone()).collect();
        let sent = sent.remove(&conversation).unwrap_or_default();
        ensure!(gone == sent, "in {conversation}\nthe host sent      {gone:?}\nthe platform has   {sent:?}");
        let texts: HashSet<_> = line.iter().map(|(text, _)| text).collect();
        ensure!(texts.len() == line.len(), "a reply stands in line twice in {conversation}");
    }
    ensure!(sent.is_empty(), "the platform has what the host does not know: {sent:?}");
    Ok(())
}

fn every_acceptance_holds(database: &Connection, stage: &Stage) -> Result<()> {
    println!("{} replies were answered 202", stage.accepted.len());
    let mut query =
        database.prepare("SELECT json_extract(content, '$.text'), status FROM messages WHERE id = ?")?;
    for (id, reply) in &stage.accepted {
        let row = query.query_row([id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        let (text, status) = row?;
        ensure!(text == reply.text, "{id} is {text:?} and was {:?}", reply.text);
        ensure!(matches!(status.as_str(), "sent" | "delivered" | "read" | "failed"), "{text:?} is {status}");
    }
    Ok(())
}

fn every_event_was_heard_once(database: &Connection, stage: &Stage) -> Result<()> {
    let mut query = database.prepare("SELECT sequence FROM events ORDER BY sequence")?;
    let told = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let heard = stage.listener.events();
    println!("{} events were heard", heard.len());
    ensure!(heard == told, "heard {} events of {}, or not in order", heard.len(), told.len());
    Ok(())
}
