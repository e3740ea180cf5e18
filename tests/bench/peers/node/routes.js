'use strict';
const { createVerifier } = require('fast-jwt');
const { Queue } = require('bullmq');
const { postgres, queue: queueName, redis } = require('./connections');

const limit = 1_000_000_000; // messages a day: every message is counted, and none is refused

const selectRooms = 'SELECT id, name, created_at FROM chatrooms WHERE user_id = $1 ORDER BY id';

// Counts the message in the user's quota and inserts it, if the room is the user's.
const insertMessage = `
WITH counted AS (
  UPDATE users u SET quota_day = (now() AT TIME ZONE 'utc')::date, daily_message_count =
    CASE WHEN u.quota_day = (now() AT TIME ZONE 'utc')::date THEN u.daily_message_count + 1 ELSE 1 END
  FROM chatrooms c WHERE u.id = $1 AND c.id = $2 AND c.user_id = u.id AND (u.subscription_tier <> 'Basic'
    OR u.quota_day <> (now() AT TIME ZONE 'utc')::date OR u.daily_message_count < $4)
  RETURNING u.id
)
INSERT INTO messages (content, is_from_user, chatroom_id, user_id)
SELECT $3::text, true, $2, counted.id FROM counted RETURNING id`;

// Only one message of a room is in flight, so the answer is the first one after the prompt.
const selectAnswer = `SELECT content FROM messages
WHERE chatroom_id = $1 AND id > $2 AND user_id = $3 AND NOT is_from_user ORDER BY id LIMIT 1`;

const body = {
  type: 'object',
  required: ['content'],
  properties: { content: { type: 'string', minLength: 1, maxLength: 8000 } },
};

module.exports = (app, announcements) => {
  const verify = createVerifier({ key: process.env.SECRET_KEY, algorithms: ['HS256'], cache: false });
  const pg = postgres();
  const cache = redis();
  const queue = new Queue(queueName, {
    connection: redis(),
    defaultJobOptions: { attempts: 4, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: true },
  });

  app.decorateRequest('user', 0);
  app.addHook('onRequest', async (req, rep) => {
    try {
      req.user = +verify((req.headers.authorization || '').slice('Bearer '.length)).sub;
    } catch {
      return rep.code(401).send({ detail: 'Invalid token' });
    }
  });

  app.get('/chatroom', async (req, rep) => {
    const key = 'chatrooms:' + req.user;
    let list = await cache.get(key);
    if (list === null) {
      list = JSON.stringify((await pg.query({ name: 'rooms', text: selectRooms, values: [req.user] })).rows);
      await cache.setex(key, 300, list);
    }
    return rep.type('application/json').send(list);
  });

  app.post('/chatroom/:room/message', { schema: { body } }, async (req, rep) => {
    const { room } = req.params;
    const text = req.body.content;
    const { rows } = await pg.query({ name: 'insert', text: insertMessage, values: [req.user, room, text, limit] });
    if (!rows.length) return rep.code(429).send({ detail: 'Daily limit reached' });
    const prompt = rows[0].id;
    await queue.add('message', { prompt, text, room, user: req.user });
    rep.code(202).header('Location', `/chatroom/${room}/messages/${prompt}`);
    return rep.send({ id: prompt, status: 'queued' });
  });

  app.get('/chatroom/:room/messages/:prompt', async (req) => {
    const { room, prompt } = req.params;
    const find = async () =>
      (await pg.query({ name: 'answer', text: selectAnswer, values: [room, prompt, req.user] })).rows[0];
    const next = announcements.next(prompt, +req.query.wait || 0);
    let answer = await find();
    if (!answer) {
      await next.announcement;
      answer = await find();
    }
    next.end();
    return answer ? { status: 'done', content: answer.content } : { status: 'queued', content: '' };
  });
};
