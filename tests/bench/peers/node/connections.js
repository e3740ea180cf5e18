'use strict';
// The connections of the API and of the worker.
const { Redis } = require('ioredis');
const { Pool } = require('pg');

exports.postgres = () => new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
exports.redis = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });

// The queue of BullMQ, and the channel on which the worker announces which prompt is answered.
exports.queue = 'gemini';
exports.channel = 'answered';
