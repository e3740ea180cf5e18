-- +goose Up

-- The summary of the oldest messages of a room. The previous version of the program does not
-- read it. It may add messages and change the last prompt and reply of a room, which no
-- summary covers.
CREATE TABLE summaries (
    room    uuid   NOT NULL,
    text    text   NOT NULL,
    through bigint NOT NULL, -- messages.born of the last message that the summary covers
    CONSTRAINT summaries_pkey PRIMARY KEY (room),
    CONSTRAINT summaries_room_fkey FOREIGN KEY (room) REFERENCES rooms ON DELETE CASCADE,
    CONSTRAINT summaries_text_check CHECK (text <> ''),
    CONSTRAINT summaries_through_check CHECK (through > 0)
);
