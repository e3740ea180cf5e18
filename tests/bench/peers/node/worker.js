'use strict';
// The worker of the Node peer: BullMQ. It asks the model, inserts the answer and announces it.
const http = require('node:http');
const { Worker } = require('bullmq');
const { channel, postgres, queue, redis } = require('./connections');

const concurrency = +process.env.CONCURRENCY;
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
const pg = postgres();
const announcer = redis();

const insertAnswer = 'INSERT INTO messages (content, is_from_user, chatroom_id, user_id) VALUES ($1, false, $2, $3)';

// ask returns the answer of the model to a text.
const ask = (text) =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const req = http.request(process.env.MODEL_URL, { method: 'POST', agent, headers }, (res) => {
      let answer = '';
      res.setEncoding('utf8');
      res.on('data', (part) => (answer += part));
      res.on('end', () => {
        try {
          resolve(JSON.parse(answer).candidates[0].content.parts[0].text);
        } catch (e) {
          reject(e);
        }
      });
    });
    req.on('error', reject);
    req.end(body);
  });

const answer = async ({ data }) => {
  const text = await ask(data.text);
  await pg.query({ name: 'insert', text: insertAnswer, values: [text, data.room, data.user] });
  await announcer.publish(channel, data.prompt);
};

new Worker(queue, answer, { connection: redis(), concurrency }).on('error', (e) => console.error(e.message));
