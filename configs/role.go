package configs

import (
	"errors"
	"fmt"
)

// Role is the share of the work that a process takes; the command chooses it.
type Role string

// Roles.
const (
	Serve  Role = ""       // all of it
	API    Role = "api"    // requests
	Worker Role = "worker" // answers; of requests only /healthz and /readyz
)

// String is the command that chooses the role.
func (r Role) String() string {
	if r == Serve {
		return "serve"
	}
	return string(r)
}

// LoadAs is Load for a process of that role. Its error holds what others that
// share the work need, too.
func LoadAs(role Role, getenv func(string) string) (Config, error) {
	c, err := Load(getenv)
	c.Role = role
	if role != Serve {
		err = errors.Join(err, c.Shared())
	}
	return c, err
}

// Shared fails, naming every problem, unless several processes can share the
// work: they need a store, a Redis and a key in common. In production Load asks
// for all but the Redis.
func (c Config) Shared() error {
	needs := map[string]bool{"REDIS_URL": c.RedisURL != ""}
	if c.Env != Production {
		needs["DATABASE_URL"], needs["SECRET_KEY"] = c.DatabaseURL != "", len(c.SecretKeys) > 0
	}
	var problems []error
	for name, set := range needs {
		if !set {
			problems = append(problems, fmt.Errorf("%s: must be set where api and worker are processes of their own", name))
		}
	}
	return errors.Join(problems...)
}

// LoadDatabase reads what bringing the schema up to date takes, and no more. It
// fails when DATABASE_URL is not set or is not a database's.
func LoadDatabase(getenv func(string) string) (Config, error) {
	v := variables{DatabaseURL: getenv("DATABASE_URL")}
	if v.DatabaseURL == "" {
		return Config{}, errors.New("DATABASE_URL: must be set to be migrated")
	}
	return Config{DatabaseURL: v.DatabaseURL}, v.database()
}
