'use strict';
// The API of the Node peer: Fastify, pg, ioredis and BullMQ, in PROCESSES processes on one port.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  for (let i = 0; i < +process.env.PROCESSES; i++) cluster.fork();
} else {
  serve();
}

async function serve() {
  const announcements = require('./announcements');
  await announcements.subscribe();
  const app = require('fastify')({ logger: false });
  require('./routes')(app, announcements);
  await app.listen({ host: '127.0.0.1', port: +process.env.PORT });
}
