'use strict';
// Waits for the announcements of the worker.
const { EventEmitter } = require('node:events');
const { channel, redis } = require('./connections');

const announced = new EventEmitter().setMaxListeners(0);
const subscriber = redis();
subscriber.on('message', (_, prompt) => announced.emit(prompt));

exports.subscribe = () => subscriber.subscribe(channel);

// next begins to wait until a prompt is announced, for some seconds. end ends it early.
exports.next = (prompt, seconds) => {
  let end;
  const announcement = new Promise((resolve) => {
    end = () => {
      clearTimeout(timer);
      announced.off(prompt, end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    announced.on(prompt, end);
  });
  return { announcement, end };
};
