// Command parley is the backend of an AI chat app in one binary.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

const description = "The backend of an AI chat app. " +
	"It is configured by environment variables and a .env file, see configs/example.env."

// commands describes the command line. kong calls the Run method of the selected command.
type commands struct {
	Serve    serveCommand    `cmd:"" default:"1" help:"Run everything in one process (the default)."`
	API      apiCommand      `cmd:"" name:"api" help:"Serve HTTP requests only. Needs Postgres and Redis."`
	Worker   workerCommand   `cmd:"" help:"Generate replies only. Needs Postgres and Redis."`
	Migrate  migrateCommand  `cmd:"" help:"Migrate the database schema and exit. serve, api and worker migrate it too."`
	Erasures erasuresCommand `cmd:"" help:"Export the list of erased accounts, or repeat the erasures after a restore."`
	OpenAPI  openAPICommand  `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

type (
	serveCommand   struct{}
	apiCommand     struct{}
	workerCommand  struct{}
	migrateCommand struct{}
	openAPICommand struct{}
	versionCommand struct{}
)

func main() {
	// Some libraries, such as genai, log data that they cannot parse. They also return an error.
	log.SetOutput(io.Discard)
	var c commands
	k := kong.Parse(&c, kong.Name("parley"), kong.Description(description))
	k.FatalIfErrorf(k.Run())
}

// Run runs the API and a worker until the process is told to stop.
func (serveCommand) Run() error { return run(configs.RoleServe) }

// Run serves HTTP requests until the process is told to stop.
func (apiCommand) Run() error { return run(configs.RoleAPI) }

// Run generates replies until the process is told to stop.
func (workerCommand) Run() error { return run(configs.RoleWorker) }

// run starts a process of the role. It shuts the process down after a signal, or when
// a component fails.
func run(role configs.Role) error {
	c, err := loadAs(role)
	if err != nil {
		return err
	}
	app, err := boot.New(c)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), shutdownSignals...)
	defer cancel()
	if err := app.Start(ctx); err != nil {
		return err
	}
	welcome(os.Stderr, c, app)
	failure := wait(ctx, app)
	if err := shutdown(app); err != nil {
		return err
	}
	return failure
}

// Run migrates the database schema.
func (migrateCommand) Run() error {
	c, err := load(configs.LoadDatabase)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), shutdownSignals...)
	defer cancel()
	if err := boot.Migrate(ctx, c, boot.NewLogger(os.Stderr, c)); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "The database schema is up to date.")
	return nil
}

// Run prints the OpenAPI document, which does not depend on the configuration.
func (openAPICommand) Run() error {
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

// Run prints the version only, so that scripts can use the output.
func (versionCommand) Run() error {
	fmt.Println(boot.Version())
	return nil
}

// loadAs loads the configuration of a role.
func loadAs(role configs.Role) (configs.Config, error) {
	return load(func(getenv func(string) string) (configs.Config, error) { return configs.LoadAs(role, getenv) })
}

// load calls read after it has added the variables of the .env file to the environment. It logs
// those that Parley does not have. The error lists all problems that can be found without opening
// a connection.
func load(read func(getenv func(string) string) (configs.Config, error)) (configs.Config, error) {
	names, err := readEnvFile()
	if err != nil {
		return configs.Config{}, err
	}
	c, err := read(os.Getenv)
	warnOfUnknown(boot.NewLogger(os.Stderr, c), configs.UnknownVariables(names, os.Getenv))
	if err := configs.JoinProblems(err, boot.Check(c)); err != nil {
		return c, fmt.Errorf("the configuration has problems:\n%w", err)
	}
	return c, nil
}
