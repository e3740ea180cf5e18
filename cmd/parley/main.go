// Command parley is the backend of an AI chat app in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

// Shutting down takes this long at most: running answers get worker.Drain of it.
const stopWithin = 25 * time.Second

type commands struct {
	Serve   serve   `cmd:"" default:"1" help:"Run the whole product in one process (the default)."`
	API     api     `cmd:"" name:"api" help:"Answer requests; workers of their own answer messages. Needs a database and Redis."`
	Worker  work    `cmd:"" help:"Answer messages. Needs a database and Redis."`
	Migrate migrate `cmd:"" help:"Bring the database's schema up to date and end. Every start does so, too."`
	OpenAPI openAPI `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
	Version version `cmd:"" help:"Print the version."`
}

func main() {
	log.SetOutput(io.Discard) // libraries print there, such as genai what it could not read; their errors are returned as well
	var c commands
	k := kong.Parse(&c, kong.Name("parley"), kong.Description("The backend of an AI chat app. Configured by environment variables and a .env file; see configs/example.env."))
	k.FatalIfErrorf(k.Run())
}

// load reads a configuration, the environment before a .env file in the working
// directory. It tells of all that can be known before anything is opened.
func load(read func(getenv func(string) string) (configs.Config, error)) (configs.Config, error) {
	if err := godotenv.Load(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return configs.Config{}, errors.New("reading .env: it is not a list of NAME=value lines")
	}
	c, err := read(os.Getenv)
	if err := errors.Join(err, boot.Check(c)); err != nil {
		return c, fmt.Errorf("the configuration has problems:\n%w", err)
	}
	return c, nil
}

type (
	serve   struct{}
	api     struct{}
	work    struct{}
	migrate struct{}
)

func (serve) Run() error { return runAs(configs.Serve) }
func (api) Run() error   { return runAs(configs.API) }
func (work) Run() error  { return runAs(configs.Worker) }

// runAs runs a process of the role.
func runAs(role configs.Role) error {
	c, err := load(as(role))
	if err != nil {
		return err
	}
	return run(c)
}

// as reads the configuration of the role.
func as(role configs.Role) func(getenv func(string) string) (configs.Config, error) {
	return func(getenv func(string) string) (configs.Config, error) { return configs.LoadAs(role, getenv) }
}

func (migrate) Run() error {
	c, err := load(configs.LoadDatabase)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := boot.Migrate(ctx, c); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "The schema is up to date.")
	return nil
}

// run runs the program until it is told to stop or a part cannot go on.
func run(c configs.Config) error {
	app, err := boot.New(c)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := app.Start(ctx); err != nil {
		return err
	}
	welcome(os.Stderr, c, app)
	failed := false
	select {
	case <-ctx.Done():
	case s := <-app.Failed():
		failed = s.ExitCode != 0 // 0 when it is the signal that ctx has, too
	}
	cancel()
	signal.Reset(os.Interrupt, syscall.SIGTERM) // fx listens, too: a second signal ends the program at once
	stop, done := context.WithTimeout(context.Background(), stopWithin)
	defer done()
	if err := app.Stop(stop); err != nil {
		return err
	}
	if failed {
		return errors.New("a part could not go on; see the log")
	}
	return nil
}

type version struct{}

func (version) Run() error {
	fmt.Println(boot.Version())
	return nil
}

type openAPI struct{}

func (openAPI) Run() error {
	c, err := configs.Load(func(string) string { return "" })
	if err != nil {
		return err
	}
	app, err := boot.New(c)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(app.OpenAPI())
	return err
}
