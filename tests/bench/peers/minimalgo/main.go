// Command minimalgo is one of the systems to which TestPeers compares Parley: a chat API in as
// little Go as possible. It counts and inserts a message with one statement and adds it to a
// stream of Redis. Its worker asks the model, inserts the answer and announces it. It has no
// leases, retries, idempotency keys, streaming answers, limits or metrics.
//
// Its only argument is api or worker. The variables are those of peerEnv in tests/bench.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

const (
	stream  = "jobs"
	group   = "workers"
	channel = "answered" // the worker publishes the id of each prompt that is answered
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("the argument must be api or worker")
	}
	log.Fatal(run(context.Background(), os.Args[1]))
}

// run connects and runs a role. It returns only with an error.
func run(ctx context.Context, role string) error {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return fmt.Errorf("parsing DATABASE_URL: %w", err)
	}
	config.MaxConns = 16
	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return fmt.Errorf("parsing REDIS_URL: %w", err)
	}
	options.PoolSize = 50
	rdb := redis.NewClient(options)
	switch role {
	case "api":
		return serve(ctx, db, rdb)
	case "worker":
		return work(ctx, db, rdb)
	}
	return fmt.Errorf("unknown role %s", role)
}

// serve serves the API on PORT.
func serve(ctx context.Context, db *pgxpool.Pool, rdb *redis.Client) error {
	a := &api{db: db, redis: rdb, secret: []byte(os.Getenv("SECRET_KEY"))}
	if err := a.subscribe(ctx); err != nil {
		return err
	}
	server := http.Server{
		Addr:              "127.0.0.1:" + os.Getenv("PORT"),
		Handler:           a.routes(),
		ReadHeaderTimeout: 10 * time.Second,
	}
	return server.ListenAndServe()
}
