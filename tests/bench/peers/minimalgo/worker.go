package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

const insertAnswer = `INSERT INTO messages (content, is_from_user, chatroom_id, user_id) VALUES ($1, false, $2, $3)`

// worker answers messages.
type worker struct {
	db    *pgxpool.Pool
	redis *redis.Client
	model model
	slots chan struct{} // holds a value for each message that is being answered
}

// work answers messages, CONCURRENCY of them concurrently.
func work(ctx context.Context, db *pgxpool.Pool, rdb *redis.Client) error {
	concurrency, err := strconv.Atoi(os.Getenv("CONCURRENCY"))
	if err != nil {
		return fmt.Errorf("parsing CONCURRENCY: %w", err)
	}
	w := &worker{
		db:    db,
		redis: rdb,
		model: model{
			url: os.Getenv("MODEL_URL"),
			client: &http.Client{
				Timeout:   time.Minute,
				Transport: &http.Transport{MaxIdleConnsPerHost: concurrency},
			},
		},
		slots: make(chan struct{}, concurrency),
	}
	err = rdb.XGroupCreateMkStream(ctx, stream, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") { // another worker has created it
		return fmt.Errorf("creating the consumer group: %w", err)
	}
	for {
		if err := w.read(ctx); err != nil {
			return err
		}
	}
}

// read reads messages and begins to answer them.
func (w *worker) read(ctx context.Context) error {
	read, err := w.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group:    group,
		Consumer: "worker",
		Streams:  []string{stream, ">"},
		Count:    64,
		Block:    time.Second,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading messages: %w", err)
	}
	for _, m := range read[0].Messages {
		w.slots <- struct{}{}
		go func() {
			defer func() { <-w.slots }()
			if err := w.answer(ctx, m); err != nil {
				log.Print(err)
			}
		}()
	}
	return nil
}

// answer asks the model, inserts the answer, and announces it.
func (w *worker) answer(ctx context.Context, m redis.XMessage) error {
	field := func(name string) string { return fmt.Sprint(m.Values[name]) }
	text, err := w.model.ask(ctx, field("text"))
	if err != nil {
		return err
	}
	if _, err := w.db.Exec(ctx, insertAnswer, text, number(field("room")), number(field("user"))); err != nil {
		return fmt.Errorf("inserting an answer: %w", err)
	}
	_, err = w.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, stream, group, m.ID)
		p.Publish(ctx, channel, field("prompt"))
		return nil
	})
	if err != nil {
		return fmt.Errorf("announcing an answer: %w", err)
	}
	return nil
}
