-- The schema of the systems to which TestPeers compares Parley. It has what their routes need.
CREATE TABLE users (
    id                  bigserial   PRIMARY KEY,
    mobile_number       text        NOT NULL UNIQUE,
    subscription_tier   text        NOT NULL DEFAULT 'Basic',
    daily_message_count integer     NOT NULL DEFAULT 0,
    quota_day           date        NOT NULL DEFAULT current_date,
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE chatrooms (
    id         bigserial   PRIMARY KEY,
    name       text        NOT NULL,
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX chatrooms_user ON chatrooms (user_id);
CREATE TABLE messages (
    id           bigserial   PRIMARY KEY,
    content      text        NOT NULL,
    is_from_user boolean     NOT NULL,
    chatroom_id  bigint      NOT NULL REFERENCES chatrooms ON DELETE CASCADE,
    user_id      bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX messages_chatroom ON messages (chatroom_id, id);
