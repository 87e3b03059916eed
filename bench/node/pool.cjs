// A pool of nodemailer with a ledger in SQLite, as a sensible Node programmer would write it: the letters stand in a
// table, are sent over three connections, and each row is marked as sent when the server has taken its letter.
"use strict";

const fs = require("node:fs");
const Database = require("better-sqlite3");
const nodemailer = require("nodemailer");

const CONNECTIONS = 3;

function opened(spec) {
  const database = new Database(spec.database);
  database.pragma("journal_mode = WAL");
  database.exec(`CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, sent_at TEXT)`);
  return database;
}

function fill(database, spec) {
  const insert = database.prepare("INSERT INTO letters (name, address, subject, text, html) VALUES (?, ?, ?, ?, ?)");
  const { subject, text, html } = spec.letter;
  database.transaction(() => {
    for (const [address, name] of spec.recipients) insert.run(name, address, subject, text, html);
  })();
}

async function sendAll(database, spec) {
  const pool = nodemailer.createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Infinity,
    host: spec.host,
    port: spec.port,
    secure: false,
    ignoreTLS: true,
    auth: { user: spec.username, pass: spec.password },
  });
  const unsent = database.prepare("SELECT * FROM letters WHERE sent_at IS NULL AND id > ? ORDER BY id LIMIT 1");
  const mark = database.prepare("UPDATE letters SET sent_at = ? WHERE id = ?");
  let last = 0;
  const sender = async () => {
    for (let row = unsent.get(last); row; row = unsent.get(last)) {
      last = row.id;
      await pool.sendMail({
        from: { name: spec.sender_name, address: spec.sender },
        to: { name: row.name, address: row.address },
        subject: row.subject,
        text: row.text,
        html: row.html,
      });
      mark.run(new Date().toISOString(), row.id);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  pool.close();
}

function peak() {
  const line = /VmHWM:\s+(\d+) kB/.exec(fs.existsSync("/proc/self/status") ? fs.readFileSync("/proc/self/status", "utf8") : "");
  return (line ? Number(line[1]) : process.resourceUsage().maxRSS) / 1024;
}

async function main() {
  const spec = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const database = opened(spec);
  const before = process.cpuUsage();
  const began = process.hrtime.bigint();
  if (spec.fresh) fill(database, spec);
  await sendAll(database, spec);
  const used = process.cpuUsage(before);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6, peak_mb: peak() }));
  database.close();
}

main();
